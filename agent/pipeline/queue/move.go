package queue

import (
	"time"

	"shipper/inputs"
	"shipper/outputs"
)

// An output that has got new shards, such as a topic that has grown, would choose
// one of them for its share of the streams. A stream goes there at a quiet point
// only: nothing of it is under way, everything it had is acknowledged, and either
// it was idle for Config.IdleToMove or its next bytes are the first of a generation. So
// what it sends to the new shard comes after all that it sent to the old one.

// elsewhere returns the shard that the output chooses for a feed now, if that is
// not the one it has.
func (q *Queue) elsewhere(f *Feed) (outputs.Shard, bool) {
	id, err := q.output.Shard(f.cursor.Stream())
	return id, err == nil && id != f.shard.id
}

// MovesAt tells whether seg, just read by the lane that holds the feed, is to go
// to another shard. Bytes of which an attempt was made stay where they are: they
// may be there already.
func (q *Queue) MovesAt(f *Feed, seg *inputs.Segment) bool {
	if seg.Start > 0 || seg.Late || f.tried {
		return false
	}
	_, other := q.elsewhere(f)
	return other
}

// reconsider moves a feed that was idle for long. The caller holds mu.
func (q *Queue) reconsider(f *Feed, now time.Time) {
	if f.shard != nil && !f.idle.IsZero() && now.Sub(f.idle) >= q.idleToMove {
		q.move(f)
	}
}

// move gives a feed, which is neither queued nor in flight, the shard that the
// output chooses now. The checkpoint learns of it with the next acknowledged
// batch; until then a new process would choose the old one, and repeat to it at
// most what was not acknowledged. The caller holds mu.
func (q *Queue) move(f *Feed) {
	id, other := q.elsewhere(f)
	if !other {
		return
	}
	q.log.Info("a log goes to another partition from here on",
		"stream", f.cursor.Stream().Name, keyTopic, id.Topic, "from", f.shard.id.Partition, keyPartition, id.Partition)
	f.shard, f.choiceSaved = q.shardOf(id), false
	delete(q.choices, q.choiceOf(f.cursor.Stream()))
}
