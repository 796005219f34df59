package kafka

import (
	"context"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"shipper/inputs"
	"shipper/outputs"
)

// courier stands for the agent on one partition: it cuts batches, obeys their
// fates and puts into quarantine what the output calls impossible.
type courier struct {
	*simulation
	shard    outputs.Shard
	handed   []string // all records that were handed over
	done     int      // records that are delivered or in quarantine
	limit    int      // records of a batch
	set      []string // in quarantine
	doubtful int      // records that may be there twice
	fates    []outputs.Fate
}

func (s *simulation) courier(partition int32) *courier {
	return &courier{simulation: s, shard: outputs.Shard{Topic: topicName, Partition: partition}}
}

// hand gives n records more to the courier, and returns when all are dealt with.
func (c *courier) hand(n int) {
	for range n {
		c.handed = append(c.handed, strconv.Itoa(len(c.handed)))
	}
	c.limit = n
	failures := 0
	var b *outputs.Batch
	for c.done < len(c.handed) {
		if b == nil {
			b = c.cut()
		}
		c.out.Write(context.Background(), []*outputs.Batch{b})
		fate := b.Fate
		c.fates = append(c.fates, fate)
		if fate.State == outputs.Acked {
			c.done += b.Len()
			b, failures = nil, 0
			continue
		}
		if fate.State == outputs.GivenUp && (b.Repeat || fate.Doubtful) {
			c.doubtful += b.Len()
		}
		if b.Repeat = fate.State == outputs.Unresolved; !b.Repeat {
			if c.narrow(b) {
				failures = 0
			}
			b = nil
		}
		pause := agentPatience
		if fate.Class == outputs.AuthError {
			pause = 30 * time.Second
		}
		if failures < 9 {
			pause = min(pause, 100*time.Millisecond<<failures)
		}
		failures++
		time.Sleep(pause/2 + rand.N(pause/2))
	}
}

// cut makes the next batch.
func (c *courier) cut() *outputs.Batch {
	st := &inputs.Stream{Input: "in", Name: "x", Topic: c.shard.Topic}
	seg := inputs.Segment{Gen: &inputs.Generation{ID: 1, Stream: st, Path: st.Name}, Start: int64(c.done)}
	for _, r := range c.handed[c.done:min(len(c.handed), c.done+c.limit)] {
		seg.Data = append(append(seg.Data, r...), '\n')
		seg.Ends = append(seg.Ends, uint32(len(seg.Data)))
	}
	seg.End = seg.Start + int64(len(seg.Data))
	return &outputs.Batch{Shard: c.shard, Time: time.Now(), Segments: []inputs.Segment{seg}}
}

// narrow does as the agent does with a batch that was too much, or held a record
// that is not taken. It returns false if the batch is to be tried as it is.
func (c *courier) narrow(b *outputs.Batch) bool {
	switch fate := &b.Fate; {
	case fate.BadTime:
		return false // these records have no times of their own
	case fate.Class == outputs.RecordError && len(fate.Rejected) > 0 && fate.Rejected[0].First > 0:
		c.limit = fate.Rejected[0].First // what precedes it goes first
		return true
	case b.Len() == 1 && (fate.TooLarge || fate.Class == outputs.RecordError),
		fate.Class == outputs.RecordError && len(fate.Rejected) > 0:
		c.set = append(c.set, c.handed[c.done])
		c.done++
		c.limit = len(c.handed)
		return true
	case fate.TooLarge, fate.Class == outputs.RecordError:
		c.limit = max(1, b.Len()/2)
		return true
	}
	return false
}

// account compares what was handed over with what is in the partition and in
// quarantine: nothing is lost, nothing is out of order, and nothing is there twice
// but what may be.
func (c *courier) account() {
	c.Helper()
	got := c.cluster.Values(c.shard.Topic, c.shard.Partition)
	extra := len(got) + len(c.set) - len(c.handed)
	if extra < 0 || extra > c.doubtful {
		c.Errorf("%d records handed over, %d delivered, %d in quarantine, %d may be there twice", len(c.handed), len(got), len(c.set), c.doubtful)
	}
	seen := make(map[string]bool)
	var firsts []string
	for _, v := range got {
		if !seen[v] {
			firsts = append(firsts, v)
		}
		seen[v] = true
	}
	want := slices.DeleteFunc(slices.Clone(c.handed), func(v string) bool { return slices.Contains(c.set, v) && !seen[v] })
	if !slices.Equal(firsts, want) {
		c.Errorf("delivered %q, want %q; in quarantine %q", firsts, want, c.set)
	}
}
