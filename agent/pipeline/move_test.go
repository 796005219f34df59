package pipeline

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"shipper/checkpoint"
	"shipper/outputs"
	"shipper/testing/await"
)

// where notes which shard took which record, in the order of acknowledgement.
type where struct {
	mu    sync.Mutex
	taken []string // "0:x-0001"
}

func (w *where) answer(_ int, b *outputs.Batch) outputs.Fate {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range b.Segments {
		for j := range b.Segments[i].Len() {
			_, v, _ := b.Segments[i].At(j)
			w.taken = append(w.taken, fmt.Sprint(b.Shard.Partition)+":"+string(v))
		}
	}
	return outputs.Fate{State: outputs.Acked, BaseOffset: -1}
}

func (w *where) shards(prefix string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all strings.Builder
	for _, v := range w.taken {
		if strings.HasPrefix(v[2:], prefix) {
			all.WriteByte(v[0])
		}
	}
	return all.String()
}

// A log that is written all the time stays in its shard until it begins a new
// file; the last line of the old one is in the old shard, the first of the new
// one in the new shard. The checkpoint knows.
func TestLogMovesWhenItBeginsANewFile(t *testing.T) {
	w := &where{}
	out := &scripted{answer: w.answer, shards: 1}
	r := newRig(t, out)
	one := r.begin("one", 20)
	defer r.stop()
	all := one
	r.until(all)
	out.mu.Lock()
	out.shift = 1
	out.mu.Unlock()
	two, text := lines("two", 20)
	r.write("a.log", text)
	all = append(all, two...)
	r.until(all)
	if err := os.Rename(r.path("a.log"), r.path("a.log.1")); err != nil {
		t.Fatal(err)
	}
	three, text := lines("three", 20)
	r.write("a.log", text)
	all = append(all, three...)
	r.until(all)
	if got := w.shards("one") + w.shards("two"); strings.Trim(got, "0") != "" {
		t.Errorf("the old file went to %s", got)
	}
	if got := w.shards("three"); strings.Trim(got, "1") != "" {
		t.Errorf("the new file went to %s", got)
	}
	await.True(t, patience, "the new shard is in the state", func() bool {
		for _, s := range r.store.State().Choices {
			return s == checkpoint.Shard{Partition: 1}
		}
		return false
	})
}

// A log that was idle for long enough moves, too.
func TestLogMovesAfterAPause(t *testing.T) {
	w := &where{}
	out := &scripted{answer: w.answer, shards: 1}
	r := newRig(t, out)
	r.idleToMove = 1
	one := r.begin("one", 20)
	defer r.stop()
	r.until(one)
	out.mu.Lock()
	out.shift = 1
	out.mu.Unlock()
	await.True(t, patience, "no shard is leased", func() bool { // it is idle: the lane has given its shard back
		return r.pipe.queue.Count().Busy == 0
	})
	two, text := lines("two", 20)
	r.write("a.log", text)
	r.until(append(one, two...))
	if got := w.shards("one"); strings.Trim(got, "0") != "" {
		t.Errorf("before the pause: %s", got)
	}
	if got := w.shards("two"); strings.Trim(got, "1") != "" {
		t.Errorf("after the pause: %s", got)
	}
}

// Records of which an attempt was made stay in their shard, wherever the output
// would choose now.
func TestTriedRecordsDoNotMove(t *testing.T) {
	w := &where{}
	out := &scripted{shards: 1}
	out.answer = func(n int, b *outputs.Batch) outputs.Fate {
		if n == 0 {
			out.mu.Lock()
			out.shift = 1
			out.mu.Unlock()
			return outputs.Fate{State: outputs.GivenUp, Class: outputs.SequenceError, Err: errScripted}
		}
		return w.answer(n, b)
	}
	r := newRig(t, out)
	one := r.begin("one", 20)
	defer r.stop()
	r.until(one)
	if got := w.shards("one"); strings.Trim(got, "0") != "" {
		t.Errorf("they went to %s", got)
	}
}

// A log stays in its shard when its input is made anew by a reload, though the
// output would choose another one now: it was not at a quiet point. The checkpoint
// has it, too.
func TestLogStaysInItsShardOverAReload(t *testing.T) {
	w := &where{}
	out := &scripted{answer: w.answer, shards: 1}
	r := newRig(t, out)
	one := r.begin("one", 20)
	defer r.stop()
	r.until(one)
	out.mu.Lock()
	out.shift = 1
	out.mu.Unlock()
	r.cancel()
	r.done.Wait()
	r.pipe.Detach(r.route)
	_ = r.input.Close()
	two, text := lines("two", 20)
	r.write("a.log", text)
	r.open(nil)
	r.until(append(one, two...))
	if got := w.shards("two"); strings.Trim(got, "0") != "" {
		t.Errorf("after the reload it went to %s", got)
	}
}
