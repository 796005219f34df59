package agent

import (
	"fmt"
	"hash/maphash"
	"time"

	"shipper/inputs"
	"shipper/outputs"
)

// poison is a record that the output will never take, found in a refused batch.
type poison struct {
	before int64  // bytes between the watermark and the record, to be delivered first
	length int64  // bytes of the record
	sum    uint64 // of its value: the file may be truncated meanwhile
	reason string
}

// limit is how many bytes to read next: what precedes the record, or it alone.
func (p *poison) limit() int { return int(max(p.before, 1)) }

// isNext tells whether seg, just read, is the record itself.
func (p *poison) isNext(seg *inputs.Segment) bool {
	if p == nil || (seg.Len() == 1 && seg.End-seg.Start > p.before+p.length) {
		return false
	}
	// Records that can't be cut apart, such as container lines between the
	// pieces of another, share its fate.
	for i := range seg.Len() {
		if offset, _, _ := seg.At(i); offset-seg.Start == p.before {
			return valueSum(seg, i) == p.sum
		}
	}
	return false
}

// after returns what remains of the poison once seg was delivered: nil if the
// bytes are not those it was found in.
func (p *poison) after(seg *inputs.Segment) *poison {
	p.before -= seg.End - seg.Start
	if p.before < 0 {
		return nil
	}
	return p
}

// rejectedAt finds the poison that fate names in segment i, if any: the first
// rejected record, with what precedes it.
func rejectedAt(seg *inputs.Segment, i int, rejected []outputs.RecordRange) *poison {
	var first *outputs.RecordRange
	for j := range rejected {
		r := &rejected[j]
		if r.Segment == i && r.Count > 0 && (first == nil || r.First < first.First) {
			first = r
		}
	}
	if first == nil || first.First >= seg.Len() {
		return nil
	}
	start, end := recordSpan(seg, first.First)
	return &poison{before: start - seg.Start, length: end - start, sum: valueSum(seg, first.First), reason: first.Reason}
}

// valueSum is a hash of record i's value.
func valueSum(seg *inputs.Segment, i int) uint64 {
	_, value, _ := seg.At(i)
	return maphash.Bytes(sumSeed, value)
}

var sumSeed = maphash.MakeSeed()

// recordSpan is the bytes of the file that record i takes up: from its start to
// the start of the next one, or to the end of the segment.
func recordSpan(seg *inputs.Segment, i int) (start, end int64) {
	start, _, _ = seg.At(i)
	end = seg.End
	if i+1 < seg.Len() {
		end, _, _ = seg.At(i + 1)
	}
	return start, end
}

// narrow prepares smaller batches if the output blamed the batch's size or some
// of its records. It returns false if a smaller batch would not help.
func (l *lane) narrow(s *shard, fate *outputs.Fate) bool {
	if fate.TooLarge {
		if l.batch.Len() == 1 || s.limit == 1 { // no smaller batch can be cut
			reason := fmt.Sprintf("%d bytes are more than the output takes in one record; "+
				"raise its limit (Kafka: max.message.bytes of the topic), or lower max_line to have such lines cut in pieces. "+
				"It said: %v", l.batch.Bytes(), fate.Err)
			return l.poisonAll([]outputs.RecordRange{{Segment: l.firstWithRecords(), Count: 1, Reason: reason}})
		}
		s.limit, s.within = max(1, l.batch.Bytes()/2), 0
		return true
	}
	switch {
	case fate.BadTime:
		return l.dropTimes(s)
	case fate.Class != outputs.RecordError:
		return false
	case len(fate.Rejected) > 0:
		return l.poisonAll(fate.Rejected)
	case l.batch.Len() == 1 || s.limit == 1:
		return l.poisonAll([]outputs.RecordRange{{Segment: l.firstWithRecords(), Count: 1, Reason: fate.Err.Error()}})
	}
	// It did not say which: halve until it is found.
	s.limit, s.within = max(1, l.batch.Bytes()/2), 0
	return true
}

func (l *lane) firstWithRecords() int {
	for i := range l.batch.Segments {
		if l.batch.Segments[i].Len() > 0 {
			return i
		}
	}
	return 0
}

// poisonAll marks the first rejected record of each segment, to be put into
// quarantine once what precedes it is delivered. It returns false if the output
// named no record of the batch.
func (l *lane) poisonAll(rejected []outputs.RecordRange) bool {
	found := false
	for i := range l.batch.Segments {
		if p := rejectedAt(&l.batch.Segments[i], i, rejected); p != nil {
			l.shipping[i].poison = p
			found = true
		}
	}
	return found
}

// bury writes records that the output will never take, or is not to be given, to
// quarantine, durably, and only then moves the watermark past them. It returns
// false if quarantine can't take them: then the stream waits.
func (l *lane) bury(s *shard, f *feed, seg *inputs.Segment) bool {
	reason := "longer than max_line"
	if !seg.TooLong {
		reason = f.poison.reason
	}
	for i := range seg.Len() {
		offset, value, piece := seg.At(i)
		reason := reason
		if part := piece.HeaderValue(); seg.TooLong && part != "" {
			reason += ", " + part + " piece"
		}
		err := l.p.quar.Put(outputs.Quarantined{
			Time: time.Now(), Output: l.p.name, Topic: s.id.Topic, Partition: s.id.Partition,
			Input: f.route.input.Label, Path: seg.Gen.Path,
			Generation: seg.Gen.ID, Offset: offset, Reason: reason, Value: value,
		})
		l.p.quarantineState(err)
		if err != nil {
			f.route.failed(err)
			return false
		}
		l.p.log.Warn("a record was put into quarantine",
			keyPath, seg.Gen.Path, keyOffset, offset, keyBytes, len(value), keyTopic, s.id.Topic, keyReason, reason)
		f.route.quarantined.Add(1)
	}
	if seg.TooLong {
		if f.poison != nil {
			f.poison = f.poison.after(seg)
		}
	} else {
		f.poison, s.limit = nil, 0 // batches were cut down to find it
	}
	addProgress(&l.changes, f.cursor.Commit(seg), f.route)
	l.p.store.Commit(&l.changes)
	resetChanges(&l.changes)
	return true
}

// quarantineState logs when the quarantine begins to refuse records, whose
// streams wait then, and when it takes them again.
func (p *pipeline) quarantineState(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.quarFull == (err != nil) {
		return
	}
	p.quarFull = err != nil
	if err != nil {
		p.log.Error("quarantine takes no records; their streams wait", keyError, err)
	} else {
		p.log.Info("quarantine takes records again")
	}
}
