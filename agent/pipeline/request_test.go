package pipeline

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"shipper/outputs"
	"shipper/testing/await"
)

// Shards that are ready at the same time go in one request, if the output
// carries several.
func TestReadyShardsShareARequest(t *testing.T) {
	for _, peer := range []string{"", "broker"} {
		out := &scripted{shards: 8, peer: peer}
		r := newRig(t, out)
		r.lanes = 1
		held := make(chan struct{})
		var hold sync.Once
		out.answer = func(n int, _ *outputs.Batch) outputs.Fate {
			if n >= 8 {
				hold.Do(func() { <-held })
			}
			return outputs.Fate{State: outputs.Acked}
		}
		append8 := func(text string) {
			for i := range 8 {
				r.write(fmt.Sprintf("%c.log", 'a'+i), text)
			}
		}
		append8("one\n")
		r.start(nil)
		await.True(t, patience, "the first lines are delivered", func() bool { return len(out.delivered()) == 8 })
		append8("two\n") // a first request goes ahead and is held
		await.True(t, patience, "the others are under way or ready", func() bool {
			ready := r.pipe.queue.Count().Ready
			out.mu.Lock()
			defer out.mu.Unlock()
			under := 0
			for _, shards := range out.requests[8:] {
				under += len(shards)
			}
			return under > 0 && under+ready >= 8
		})
		close(held)
		await.True(t, patience, "the second lines are delivered", func() bool { return len(out.delivered()) == 16 })
		r.stop()
		most := 0
		for _, shards := range out.requests {
			most = max(most, len(shards))
		}
		if (peer == "" && most > 1) || (peer != "" && most < 4) {
			t.Errorf("peer %q: up to %d shards in a request", peer, most)
		}
	}
}

// A shard whose last attempt was not acknowledged is alone in its request,
// whatever else goes wrong; and nothing is lost, repeated or out of order.
func TestShardsInTroubleAreAlone(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	out := &scripted{shards: 8, peer: "broker"}
	var mu sync.Mutex
	proven := map[outputs.Shard]bool{}
	together := 0
	out.answer = func(_ int, b *outputs.Batch) outputs.Fate {
		mu.Lock()
		defer mu.Unlock()
		if size := out.sharing(b.Shard); size > 1 {
			together++
			if !proven[b.Shard] {
				t.Errorf("shard %d is in trouble, or new, and shares a request with %d others", b.Shard.Partition, size-1)
			}
		}
		fate := outputs.Fate{State: outputs.Acked}
		if random.IntN(4) == 0 {
			fate = outputs.Fate{State: outputs.Unresolved, Err: errScripted}
			if random.IntN(2) == 0 && !b.Repeat {
				fate.State = outputs.Refused
			}
		}
		proven[b.Shard] = fate.State == outputs.Acked
		return fate
	}
	r := newRig(t, out)
	r.start(nil)
	defer r.stop()
	const files = 16
	want := map[string][]string{}
	for round := range 20 {
		for i := range files {
			name := string(rune('a' + i))
			line := fmt.Sprintf("%s-%d", name, round)
			want[name] = append(want[name], line)
			r.write(name+".log", line+"\n")
		}
		await.True(t, patience, "the round is delivered", func() bool { return len(out.delivered()) >= files*round })
	}
	await.True(t, patience, "all rounds are delivered", func() bool { return len(out.delivered()) >= files*20 })
	got := map[string][]string{}
	for _, line := range out.delivered() {
		name, _, _ := strings.Cut(line, "-")
		got[name] = append(got[name], line)
	}
	for name, lines := range want {
		if strings.Join(got[name], " ") != strings.Join(lines, " ") {
			t.Errorf("%s.log: got %q", name, got[name])
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if together < 20 {
		t.Fatalf("only %d batches shared a request", together)
	}
}
