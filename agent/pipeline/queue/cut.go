package queue

// Cut is how the batches of a shard are to be cut, by what its output thought of the
// last ones. It belongs to the lane that has leased the shard.
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

// Halve makes the next batches half as large as one that was refused.
func (c *Cut) Halve(bytes int) { c.limit, c.within = max(1, bytes/2), 0 }

// Whole takes the limit away: batches were cut down only to find one record.
func (c *Cut) Whole() { c.limit = 0 }

// DropTimes has the next batches carry the time of reading in place of times of their
// own.
func (c *Cut) DropTimes() { c.untimed = widenAfter }

// Untimed tells whether the next batch is to.
func (c *Cut) Untimed() bool { return c.untimed > 0 }

// Acked notes that a batch was acknowledged: a lowered limit is raised again in time,
// up to the output's own batch size, and so records get their own times back.
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
