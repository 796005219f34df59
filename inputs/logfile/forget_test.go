package logfile

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"shipper/inputs/logfile/absent"
)

// rotated ships and rotates a line for each of n generations, oldest first.
func (r *rig) rotated(n int) (names, lines []string) {
	r.t.Helper()
	for i := range n {
		line := fmt.Sprintf("generation %04d %0300d", i, i)
		r.append("app.log", line)
		r.in.scan()
		r.ship(0)
		name := fmt.Sprintf("app.log-20260102.%06d", i)
		r.rename("app.log", name)
		names, lines = append(names, name), append(lines, line)
	}
	r.append("app.log", "live")
	r.step()
	return names, append(lines, "live")
}

// TestGoneIsForgottenByNumber: of what is gone and delivered the newest are remembered,
// and the eldest of the log, also by a process that has just begun. What comes back of
// the others is another file; the newest are still known.
func TestGoneIsForgottenByNumber(t *testing.T) {
	const generations = absent.PerStream + 20
	for _, stopped := range []bool{false, true} {
		r := newRig(t, nil)
		names, lines := r.rotated(generations)
		r.copyFile(names[5], "old", -1)
		r.copyFile(names[generations-5], "new", -1)
		if stopped {
			r.stop()
		} else {
			r.clock = r.clock.Add(r.in.cfg.KeepOpen) // nobody holds them
			r.step()
		}
		for _, name := range names {
			r.remove(name)
		}
		if stopped {
			r.start()
			r.step()
			if len(r.forgot) > 0 {
				t.Fatalf("%d are forgotten that nobody has seen disappear", len(r.forgot))
			}
			r.clock = r.clock.Add(absent.SurelyGone)
		}
		for range 3 {
			r.step()
		}
		// The eldest is remembered beside them.
		if n := r.in.absent.Len(); n != absent.PerStream+1 || len(r.forgot) != generations-n {
			t.Fatalf("stopped %v: %d are remembered, %d forgotten", stopped, n, len(r.forgot))
		}
		r.want(lines...)
		r.rename("new", names[generations-5])
		r.compress(names[generations-5], ".gz")
		r.step()
		r.step()
		r.want(lines...)
		r.rename("old", names[5])
		r.compress(names[5], ".gz")
		r.step()
		r.step()
		r.want(append(lines, lines[5])...)
		r.again(r.lines)
	}
}

// TestWhatIsWantedOfTheGone: what a route lacks, and what is put aside elsewhere is not to
// be forgotten by number.
func TestWhatIsWantedOfTheGone(t *testing.T) {
	for _, x := range []struct {
		name    string
		size    int64
		first   Position
		second  Position
		aside   int64 // end of what is elsewhere
		settled bool
	}{
		{"all have all", 10, Position{Offset: 10}, Position{Offset: 10}, 0, true},
		{"its size is not known", 0, Position{Offset: 10}, Position{Offset: 10}, 0, true},
		{"a route lacks some", 10, Position{Offset: 10}, Position{Offset: 9}, 0, false},
		{"a route lacks some, and the size is not known", 0, Position{Offset: 10}, Position{Offset: 9}, 0, false},
		{"all lack some", 11, Position{Offset: 10}, Position{Offset: 10}, 0, false},
		{"elsewhere", 10, Position{Offset: 10}, Position{Offset: 10}, 11, false},
		{"no more of it elsewhere", 10, Position{Offset: 10}, Position{Offset: 10}, 10, true},
	} {
		r := newRig(t, nil)
		r.stop()
		r.routes = 2
		if x.aside > 0 {
			r.beside = &aside{end: x.aside}
		}
		r.start()
		a := &absence{Size: x.size, Saved: Saved{Positions: map[int]Position{0: x.first, 1: x.second}}}
		if r.in.settled(a) != x.settled {
			t.Errorf("%s: settled %v", x.name, !x.settled)
		}
	}
}

// TestNothingIsForgottenBesideANewcomer: while it is not known whose bytes a compressed
// file holds, what it may be is remembered.
func TestNothingIsForgottenBesideANewcomer(t *testing.T) {
	const generations = absent.PerStream + 20
	r := newRig(t, nil)
	names, lines := r.rotated(generations)
	r.stop()
	for i, name := range names {
		if i == 5 {
			r.compress(name, ".gz")
		} else {
			r.remove(name)
		}
	}
	r.start()
	r.in.scan()
	if len(r.forgot) != 0 {
		t.Fatalf("%d are forgotten", len(r.forgot))
	}
	r.clock = r.clock.Add(absent.SurelyGone)
	r.in.scan()
	if len(r.forgot) != 0 {
		t.Fatalf("%d are forgotten", len(r.forgot))
	}
	r.examine()
	r.step()
	r.step()
	if len(r.forgot) == 0 {
		t.Error("nothing is forgotten")
	}
	r.want(lines...)
	r.again(lines)
}

// TestVolumeIsNotMounted: files that a missing volume holds are not taken for deleted,
// however many they are and however long it is away.
func TestVolumeIsNotMounted(t *testing.T) {
	r := newRig(t, nil)
	names, lines := r.rotated(absent.PerStream + 20)
	r.stop()
	for _, s := range r.saved {
		s.Device++ // of the volume
	}
	away := filepath.Join(r.dir, "away")
	if err := os.Mkdir(away, 0o755); err != nil {
		t.Fatal(err)
	}
	names = append(names, "app.log")
	for _, name := range names {
		r.rename(name, "away/"+name)
	}
	r.start()
	for range 3 {
		r.step()
		r.clock = r.clock.Add(2 * absent.SurelyGone)
	}
	if len(r.forgot) > 0 {
		t.Fatalf("%d are forgotten", len(r.forgot))
	}
	for _, name := range names {
		r.rename("away/"+name, name)
	}
	r.step()
	r.step()
	r.want(lines...)
}

// TestNothingIsHistoryWhereNothingIsKnown: a log whose files are gone, and forgotten, has
// nothing that a compressed file could be older than: it is read, though start_at may have
// passed over some.
func TestNothingIsHistoryWhereNothingIsKnown(t *testing.T) {
	r := newRig(t, func(cfg *Config) { cfg.StartAtEnd, cfg.History = true, true })
	r.step()
	a, b := numbered("a", 0, 60), numbered("b", 0, 60)
	r.append("app.log", a...)
	r.step()
	r.remove("app.log")
	for range 3 {
		r.clock = r.clock.Add(2 * time.Minute)
		r.step()
	}
	if len(r.in.files) > 0 || r.in.absent.Len() > 0 || len(r.in.streams) != 1 {
		t.Fatalf("%d files, %d that are gone, %d streams", len(r.in.files), r.in.absent.Len(), len(r.in.streams))
	}
	r.append("app.log-20260102", b...)
	r.compress("app.log-20260102", ".gz")
	r.step()
	r.want(slices.Concat(a, b)...)
	if n := r.in.Counters().CompressedIgnored; n != 0 {
		t.Errorf("%d are ignored", n)
	}
}
