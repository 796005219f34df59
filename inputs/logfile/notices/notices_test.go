package notices

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsnotify/fsnotify"
)

// TestDrain: whatever happened in a directory is drained, few things and many.
func TestDrain(t *testing.T) {
	w, err := System()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Directories.Close()
	dir := t.TempDir()
	if err := w.Directories.Add(dir); err != nil {
		t.Fatal(err)
	}
	for round, count := range []int{1, 2 * many, 2 * Flood} {
		missing := map[string]bool{}
		for i := range count {
			name := filepath.Join(dir, fmt.Sprintf("%d-%d", round, i))
			if err := os.WriteFile(name, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			missing[name] = true
		}
		for deadline := time.Now().Add(10 * time.Second); len(missing) > 0; time.Sleep(time.Millisecond) {
			w.Drain(round > 1, func(e fsnotify.Event) { delete(missing, e.Name) }, func(err error) { t.Error(err) })
			if time.Now().After(deadline) {
				t.Fatalf("%d of %d events did not come", len(missing), count)
			}
		}
	}
}

// gathers is how long a gathering goes on that has begun, or 0.
func gathers(g *Gathering) time.Duration {
	if g.Events != nil {
		return 0
	}
	begun := time.Now()
	<-g.Over
	return time.Since(begun)
}

func TestGathering(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const linger = 7 * time.Millisecond
		w := &Watcher{Events: make(chan fsnotify.Event), Errors: make(chan error)}
		g := w.Gather(linger)
		if gathers(g) != 0 || g.Eager {
			t.Error("it does not wait for the first event")
		}
		g.Begin()
		if d := gathers(g); d != linger {
			t.Errorf("events gather for %v", d)
		}
		if g.End(steady - 1); gathers(g) != 0 {
			t.Error("few events make it gather on")
		}
		g.Begin()
		g.End(7 * steady)
		if d := gathers(g); d != linger+linger/(7*steady) {
			t.Errorf("a steady flow gathers for %v", d)
		}
		for range 6 {
			g.End(Flood)
		}
		if d := gathers(g); d != gatherMax+gatherMax/Flood {
			t.Errorf("a flood gathers for %v", d)
		}
		for range 6 {
			g.End(7 * steady)
		}
		if d := gathers(g); d != linger+linger/(7*steady) {
			t.Errorf("after a flood events gather for %v", d)
		}

		eager := w.Gather(0)
		eager.Begin()
		if d := gathers(eager); d != gatherMin || !eager.Eager {
			t.Errorf("without a linger events gather for %v", d)
		}
		if eager.End(Flood); gathers(eager) != 0 {
			t.Error("without a linger the first event waits for others")
		}
	})
}
