package poison

import (
	"fmt"
	"slices"

	"shipper/inputs"
	"shipper/outputs"
)

// Cut is how the batches of a shard are to be cut, by what its output thought of the
// last ones. The zero value is ready; it belongs to whoever sends the shard's batches.
type Cut struct {
	limit   int // bytes of a batch, lowered when the output finds batches too large; 0: no limit
	within  int // batches acknowledged under limit since it was last changed
	untimed int // batches still to be sent with the time of reading and not their own
}

// widenAfter is how many batches of a lowered size must be acknowledged before a
// larger one is tried again: seldom enough that lines which are always too many
// for one batch cost a refusal only now and then.
const widenAfter = 64

// Limit is the most bytes of a batch, 0 for as many as the output likes.
func (c *Cut) Limit() int { return c.limit }

// Untimed tells whether the next batch is to carry the time of reading in place of
// times of its own.
func (c *Cut) Untimed() bool { return c.untimed > 0 }

// Found takes the limit away: batches were cut down only to find one record.
func (c *Cut) Found() { c.limit = 0 }

// Acked notes that a batch was acknowledged: a lowered limit is raised again in time,
// up to the output's own batch size, and records get their own times back.
func (c *Cut) Acked(most int) {
	c.untimed = max(0, c.untimed-1)
	if c.limit == 0 {
		return
	}
	if c.within++; c.within < widenAfter {
		return
	}
	c.within = 0
	if c.limit *= 2; c.limit >= most {
		c.limit = 0
	}
}

// Refused says what follows from the fate of a batch that was refused: which of its
// records the output will never take, if it is known, and whether the next batches
// are better for being cut in another way, as they will be.
func (c *Cut) Refused(b *outputs.Batch) (rejected []outputs.RecordRange, better bool) {
	fate, smallest := &b.Fate, b.Len() == 1 || c.limit == 1
	switch {
	case fate.TooLarge && smallest:
		reason := fmt.Sprintf("%d bytes are more than the output takes in one record; "+
			"raise its limit (Kafka: max.message.bytes of the topic), or lower max_line to have such lines cut in pieces. "+
			"It said: %v", b.Bytes(), fate.Err)
		return first(b, reason), false
	case fate.TooLarge:
		c.halve(b)
		return nil, true
	case fate.BadTime:
		return nil, c.dropTimes(b)
	case fate.Class != outputs.RecordError:
		return nil, false
	case len(fate.Rejected) > 0:
		return fate.Rejected, false
	case smallest:
		return first(b, fate.Err.Error()), false
	}
	c.halve(b) // it did not say which: until it is found
	return nil, true
}

func (c *Cut) halve(b *outputs.Batch) { c.limit, c.within = max(1, b.Bytes()/2), 0 }

// dropTimes has the next batches carry the time of reading, as the output does not
// take their own. It returns false if the batch has none: then a clock is wrong, and
// nothing but setting it helps.
func (c *Cut) dropTimes(b *outputs.Batch) bool {
	if !slices.ContainsFunc(b.Segments, func(seg inputs.Segment) bool { return seg.HasTimes() }) {
		return false
	}
	c.untimed = widenAfter
	return true
}

// first is the first record of a batch.
func first(b *outputs.Batch, reason string) []outputs.RecordRange {
	i := max(0, slices.IndexFunc(b.Segments, func(seg inputs.Segment) bool { return seg.Len() > 0 }))
	return []outputs.RecordRange{{Segment: i, Count: 1, Reason: reason}}
}
