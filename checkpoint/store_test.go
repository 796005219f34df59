package checkpoint

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
)

func identity(id uint64) Identity {
	path := fmt.Sprintf("/var/log/app/events.%d.log", id)
	return Identity{
		ID: id, Stream: path, Path: path + ".1", Device: 1, Inode: 1000 + id, Birth: 5,
		Order: id, HeadLength: 100, HeadHash: id * 7, LastSeen: 1_700_000_000,
	}
}

func offset(id uint64, route RouteID, at int64) Offset {
	return Offset{id, route, Watermark{Offset: at, ProofLength: 64, ProofHash: uint64(at) * 31}}
}

func mustOpen(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustClose(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// full is a change of every kind.
func full() *Changes {
	return &Changes{
		Routes:     []Route{{1, "rails", "kafka.events", "kafka://k1:9092", "cluster-1", 0}, {2, "rails", "s3.backup", "bucket", "", 1}},
		Identities: []Identity{identity(1), identity(2), identity(3)},
		Owner:      &Owner{"agent", "machine", "salt"},
		Offsets:    []Offset{offset(1, 1, 100), offset(1, 2, 50), offset(2, 1, 0), offset(3, 1, 7)},
		Choices: map[Choice]Shard{
			{"kafka.events", "rails\x00a", "t"}: {"t", 3},
			{"kafka.events", "rails\x00b", "t"}: {"t", 4},
		},
	}
}

func TestStateSurvivesReopening(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "state")
	s := mustOpen(t, dir)
	if r := s.Report(); !r.Fresh || r.Lost || len(r.Problems) > 0 {
		t.Fatalf("first report: %+v", r)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Fatalf("directory: %v %v", info, err)
	}
	s.Commit(full())
	s.Commit(&Changes{Offsets: []Offset{offset(1, 1, 200)}})
	s.Commit(&Changes{
		Forget: []uint64{3}, DropRoutes: []RouteID{2},
		ForgetChoices: []Choice{{"kafka.events", "rails\x00b", "t"}},
	})
	want := s.State()
	if read, err := Read(dir); err != nil || !reflect.DeepEqual(read, want) {
		t.Fatalf("Read beside the store: %v\n%+v\nwant\n%+v", err, read, want)
	}
	if err := s.Health(); err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)

	g := want.Generations[1]
	if len(want.Generations) != 2 || len(want.Routes) != 1 || len(want.Choices) != 1 || len(g.Watermarks) != 1 {
		t.Fatalf("state: %+v", want)
	}
	if w, ok := g.Watermarks[1]; !ok || w != offset(1, 1, 200).Watermark {
		t.Fatalf("watermark: %+v %v", w, ok)
	}
	for range 5 { // and so through snapshots, and snapshots of snapshots
		s = mustOpen(t, dir)
		r := s.Report()
		if got := s.State(); !reflect.DeepEqual(got, want) {
			t.Fatalf("got\n%+v\nwant\n%+v", got, want)
		}
		if r.Fresh || r.Lost || r.Fallback || r.TornBytes > 0 || r.Generations != 2 || len(r.Problems) > 0 {
			t.Fatalf("report: %+v", r)
		}
		mustClose(t, s)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) > 8 {
		t.Fatalf("%d files: %v %v", len(entries), entries, err)
	}
}

func TestCommitAfterClose(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	mustClose(t, s)
	s.Commit(full()) // does not block
	if len(s.State().Generations) != 3 {
		t.Fatal("not even in memory")
	}
}

func TestSecondOpener(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	_, err := Open(dir, Options{})
	if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), fmt.Sprintf("pid %d", os.Getpid())) {
		t.Fatalf("second opener: %v", err)
	}
	mustClose(t, s)
	mustClose(t, mustOpen(t, dir))
}

func TestLowerOffsetIsIgnored(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	s.Commit(full())
	s.Commit(&Changes{Offsets: []Offset{offset(1, 1, 99), offset(1, 1, -5), offset(1, 2, 60)}})
	w := s.State().Generations[1].Watermarks
	if w[1].Offset != 100 || w[2].Offset != 60 || s.Stats().Lowered != 2 {
		t.Fatalf("watermarks %+v, %+v", w, s.Stats())
	}
	// A generation or a route that is forgotten and known again begins anew.
	s.Commit(&Changes{Forget: []uint64{1}, Identities: []Identity{identity(1)}, Offsets: []Offset{offset(1, 1, 10)}})
	s.Commit(&Changes{DropRoutes: []RouteID{2}, Offsets: []Offset{offset(1, 2, 5)}})
	want := s.State()
	if w := want.Generations[1].Watermarks; w[1].Offset != 10 || w[2].Offset != 5 {
		t.Fatalf("watermarks %+v", w)
	}
	mustClose(t, s)
	s = mustOpen(t, dir)
	defer mustClose(t, s)
	if got := s.State(); !reflect.DeepEqual(got, want) {
		t.Fatalf("got %+v", got)
	}
}

// TestWriteThatChangesNothing: such a one is not made.
func TestWriteThatChangesNothing(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	defer mustClose(t, s)
	s.Commit(full())
	before := s.Stats()
	s.Commit(full())
	seen := identity(1)
	seen.LastSeen += seenGrain - 1
	s.Commit(&Changes{Identities: []Identity{seen}, Forget: []uint64{99}, DropRoutes: []RouteID{99}})
	if after := s.Stats(); after.LogBytes != before.LogBytes || after.Commits != before.Commits {
		t.Fatalf("before %+v, after %+v", before, after)
	}
	seen.LastSeen++
	s.Commit(&Changes{Identities: []Identity{seen}})
	if got := s.State().Generations[1].LastSeen; got != seen.LastSeen {
		t.Fatalf("last seen %d", got)
	}
}

// TestOffsetBeforeIdentity: two routes may commit the first offsets of a file
// in either order.
func TestOffsetBeforeIdentity(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	s.Commit(&Changes{Offsets: []Offset{offset(1, 2, 10), offset(2, 2, 10)}})
	s.Commit(&Changes{Identities: []Identity{identity(1)}, Offsets: []Offset{offset(1, 1, 20)}})
	want := s.State()
	if len(want.Generations) != 1 || len(want.Generations[1].Watermarks) != 2 {
		t.Fatalf("state %+v", want)
	}
	mustClose(t, s)
	s = mustOpen(t, dir)
	defer mustClose(t, s)
	if got := s.State(); !reflect.DeepEqual(got, want) || len(s.table.generations) != 1 {
		t.Fatalf("got %+v", got)
	}
}

// TestManyAtOnce commits from several goroutines, of which some write themselves, through
// several snapshots, while somebody reads beside, and finds all of it again.
func TestManyAtOnce(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	var writers, reader sync.WaitGroup
	for id := range uint64(4) {
		writers.Go(func() {
			s.Commit(&Changes{Identities: []Identity{identity(id)}})
			c := Changes{Offsets: make([]Offset, 100)}
			// On, on a busy machine, until there were snapshots enough.
			for n := int64(0); n < 1500 || n < 60_000 && s.Stats().Snapshots < 4; n++ {
				for i := range c.Offsets {
					c.Offsets[i] = offset(id, RouteID(i), n)
				}
				commit(s, &c, int(id))
			}
		})
	}
	stop := make(chan struct{})
	reader.Go(func() {
		last := int64(0)
		for {
			select {
			case <-stop:
				return
			default:
			}
			got, err := Read(dir)
			if err != nil {
				t.Error(err)
				return
			}
			if g := got.Generations[0]; g != nil && len(g.Watermarks) > 0 {
				if g.Watermarks[0].Offset < last || g.Watermarks[0].Offset != g.Watermarks[99].Offset {
					t.Errorf("read %d after %d, %d", g.Watermarks[0].Offset, last, g.Watermarks[99].Offset)
				}
				last = g.Watermarks[0].Offset
			}
		}
	})
	writers.Wait()
	close(stop)
	reader.Wait()
	want := s.State()
	stats := s.Stats()
	if err := s.Health(); err != nil || stats.Snapshots < 4 {
		t.Fatalf("health %v, %+v", err, stats)
	}
	mustClose(t, s)
	s = mustOpen(t, dir)
	defer mustClose(t, s)
	if !reflect.DeepEqual(s.State(), want) {
		t.Fatalf("another state; report %+v", s.Report())
	}
}

// TestMemoryOfAGeneration is P6: at most 1 KiB for each known file, of which
// the reader of files wants some, too.
func TestMemoryOfAGeneration(t *testing.T) {
	const n = 20_000
	heap := func() int64 {
		runtime.GC()
		runtime.GC() // what pools hold outlives the first
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	dir := t.TempDir()
	s := mustOpen(t, dir)
	c := &Changes{}
	for id := range uint64(n) {
		c.Identities = append(c.Identities, identity(id))
		c.Offsets = append(c.Offsets, offset(id, 1, 5))
	}
	s.Commit(c)
	mustClose(t, s)
	before := heap()
	s = mustOpen(t, dir)
	defer mustClose(t, s)
	each := (heap() - before) / n
	t.Logf("%d bytes a generation", each)
	if each > 450 {
		t.Errorf("%d bytes a generation", each)
	}
}

func BenchmarkCommit(b *testing.B) {
	for _, width := range []int{1, 100} {
		b.Run(fmt.Sprint(width), func(b *testing.B) {
			s := mustOpen(b, b.TempDir())
			defer mustClose(b, s)
			c := Changes{Offsets: make([]Offset, width)}
			for i := range c.Offsets {
				c.Identities = append(c.Identities, identity(uint64(i)))
			}
			s.Commit(&c)
			c.Identities = nil
			b.ReportAllocs()
			for n := int64(1); b.Loop(); n++ {
				for i := range c.Offsets {
					c.Offsets[i] = offset(uint64(i), 1, n)
				}
				s.Commit(&c)
			}
		})
	}
}
