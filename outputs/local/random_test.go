package local

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"shipper/outputs"
)

// TestFileRandomFaults writes batches to a disk that fails at random, obeys the
// fates, and now and then kills the process (a new File on the same path). What
// was acknowledged is then there in order; and, but for what a kill may repeat,
// nothing else is.
func TestFileRandomFaults(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if v := os.Getenv("LOCAL_SEED"); v != "" {
		n, err := strconv.ParseUint(v, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		seed = n
	}
	t.Logf("replay: LOCAL_SEED=%d go test -run %s ./outputs/local", seed, t.Name())
	random := rand.New(rand.NewPCG(seed, 0))

	dir := t.TempDir()
	states := map[outputs.State]int{}
	for round := range 60 {
		path := filepath.Join(dir, strconv.Itoa(round))
		faults := &faults{}
		f := newFile(t, path, faults)
		var acked []string // every record that was acknowledged
		var b *outputs.Batch
		var values []string
		kills := 0
		for step := 0; step < 40 || b != nil; step++ {
			faults.set(random, step < 40)
			if random.IntN(15) == 0 && step < 40 {
				// Killed: no Close, the lock goes with the descriptor.
				if f.file != nil {
					f.forget()
				}
				f, b, kills = newFile(t, path, faults), nil, kills+1
			}
			if b == nil {
				values = randomValues(random, round, step)
				b = lines(values...)
			}
			f.Write(t.Context(), []*outputs.Batch{b})
			states[b.Fate.State]++
			switch b.Fate.State {
			case outputs.Acked:
				acked, b = append(acked, values...), nil
			case outputs.Unresolved:
				// Repeated, or given up and cut anew.
				b.Repeat = random.IntN(3) > 0
				if !b.Repeat {
					values = randomValues(random, round, step)
					b = lines(values...)
				}
			case outputs.Refused:
				b.Repeat = false
			case outputs.GivenUp:
				t.Fatal("nothing is ever given up by a file")
			}
		}
		got := strings.Split(strings.TrimSuffix(string(readFile(t, path)), "\n"), "\n")
		if kills == 0 && len(got) != len(acked) {
			t.Errorf("round %d: %d records in the file, %d acknowledged", round, len(got), len(acked))
		}
		if kills > 0 && !strings.HasSuffix(got[0], ".") {
			got = got[1:] // a file without any newline is not ours to cut: its torn line was ended
		}
		for _, want := range acked {
			for len(got) > 0 && got[0] != want {
				if kills == 0 || !strings.HasPrefix(got[0], "r=") || !strings.HasSuffix(got[0], ".") {
					t.Fatalf("round %d: %q in the file, want %q", round, got[0], want)
				}
				got = got[1:] // written, not acknowledged before a kill
			}
			if len(got) == 0 {
				t.Fatalf("round %d: %q was acknowledged and is not there", round, want)
			}
			got = got[1:]
		}
	}
	for _, s := range []outputs.State{outputs.Acked, outputs.Refused, outputs.Unresolved} {
		if states[s] < 100 {
			t.Errorf("only %d batches were %v: too little happened", states[s], s)
		}
	}
}

// set chooses what fails until it is called again; nothing unless some is set.
func (f *faults) set(random *rand.Rand, some bool) {
	f.limited, f.syncs, f.cuts, f.opens = false, 0, 0, 0
	if !some {
		return
	}
	if random.IntN(3) == 0 {
		f.limited, f.room = true, random.IntN(200)
	}
	if random.IntN(4) == 0 {
		f.syncs = 1
	}
	if random.IntN(3) == 0 {
		f.cuts = 1 + random.IntN(2)
	}
	if random.IntN(6) == 0 {
		f.opens = 1
	}
}

func randomValues(random *rand.Rand, round, step int) []string {
	values := make([]string, 1+random.IntN(6))
	for i := range values {
		values[i] = fmt.Sprintf("r=%d s=%d i=%d %x %s.", round, step, i, random.Uint32(), strings.Repeat("x", random.IntN(60)))
	}
	return values
}
