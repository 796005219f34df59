package checkpoint

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
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
		Routes:     []Route{{1, "rails", "kafka.events", "cluster-1"}, {2, "rails", "s3.backup", "bucket"}},
		Identities: []Identity{identity(1), identity(2), identity(3)},
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
