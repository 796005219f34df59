package rejection

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"

	"shipper/outputs"
	"shipper/outputs/kafka/codes"
)

type errorRecord = kmsg.ProduceResponseTopicPartitionErrorRecord

// Named returns the records of b that p, the answer to it, names. It sorts what p
// has of them, each once.
func Named(b *outputs.Batch, p *kmsg.ProduceResponseTopicPartition) []outputs.RecordRange {
	slices.SortFunc(p.ErrorRecords, func(x, y errorRecord) int { return cmp.Compare(x.RelativeOffset, y.RelativeOffset) })
	p.ErrorRecords = slices.CompactFunc(p.ErrorRecords, func(x, y errorRecord) bool { return x.RelativeOffset == y.RelativeOffset })
	var named []outputs.RecordRange
	for i := range p.ErrorRecords {
		e := &p.ErrorRecords[i]
		segment, first := locate(b, int(e.RelativeOffset))
		if segment < 0 {
			continue
		}
		r := outputs.RecordRange{Segment: segment, First: first, Count: 1, Reason: codes.Code(p.ErrorCode).Name()}
		if e.ErrorMessage != nil {
			r.Reason = *e.ErrorMessage
		}
		if n := len(named); n > 0 {
			last := &named[n-1]
			if last.Segment == r.Segment && last.First+last.Count == r.First && last.Reason == r.Reason {
				last.Count++
				continue
			}
		}
		named = append(named, r)
	}
	return named
}

// First names the first record of b.
func First(b *outputs.Batch, reason string) []outputs.RecordRange {
	segment, first := locate(b, 0)
	if segment < 0 {
		return nil
	}
	return []outputs.RecordRange{{Segment: segment, First: first, Count: 1, Reason: reason}}
}

// locate finds record n of a batch: its segment, and its number in it.
func locate(b *outputs.Batch, n int) (segment, first int) {
	for i := range b.Segments {
		if l := b.Segments[i].Len(); n >= l {
			n -= l
		} else if n >= 0 {
			return i, n
		}
	}
	return -1, 0
}

// Error is a broker's refusal in words.
func Error(code codes.Code, p *kmsg.ProduceResponseTopicPartition, broker string) error {
	said := ""
	if p.ErrorMessage != nil {
		said = fmt.Sprintf(" (%q)", *p.ErrorMessage)
	}
	if c := code.Cure(); c != "" {
		return fmt.Errorf("broker %s answers %w%s. %s", broker, code, said, c)
	}
	return fmt.Errorf("broker %s answers %w%s", broker, code, said)
}
