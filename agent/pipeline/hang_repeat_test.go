package pipeline

import (
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"shipper/outputs"
	"shipper/testing/await"
)

// TestHangingRepeatsHoldUpNobodyElse: batches of unknown fate, as many as there are lanes,
// are to be read again from a file system that does not answer.
func TestHangingRepeatsHoldUpNobodyElse(t *testing.T) {
	const lanes = 2
	r, fs, w := patients(t, lanes, 1<<15-1, lanes, 3) // so many shards that hardly two logs share one
	defer r.stop()
	over := make(chan struct{})
	var doubt atomic.Bool
	var mu sync.Mutex
	unresolved := map[outputs.Shard]bool{}
	release := sync.OnceFunc(func() { doubt.Store(false); fs.set(nil, nil); close(over) })
	defer release()
	r.out.mu.Lock()
	r.out.answer = func(_ int, b *outputs.Batch) outputs.Fate {
		for i := range b.Segments {
			if doubt.Load() && isSick(filepath.Base(b.Segments[i].Gen.Path)) {
				mu.Lock()
				if unresolved[b.Shard] = true; len(unresolved) == lanes {
					fs.set(over, nil)
				}
				mu.Unlock()
				return outputs.Fate{State: outputs.Unresolved, Err: errScripted}
			}
		}
		return outputs.Fate{State: outputs.Acked, BaseOffset: -1}
	}
	r.out.mu.Unlock()
	doubt.Store(true)
	w.append(1)
	await.True(t, patience, "reads hang in every lane, or one is overdue", func() bool { return fs.hanging() >= lanes || r.pipe.lanes.Hangs() })
	for round := 2; round < 4; round++ {
		w.append(round)
		w.arrive("healthy-")
	}
	release()
	w.arrive("")
}
