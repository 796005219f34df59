package host

import (
	"bytes"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"shipper/checkpoint"
)

func TestCopied(t *testing.T) {
	for _, c := range []struct {
		what     string
		old, now Machine
		sameID   bool
		copied   bool
	}{
		{"nothing changed", Machine{machineID: "a", boot: "1"}, Machine{machineID: "a", boot: "1"}, true, false},
		{"restarted machine", Machine{machineID: "a", boot: "1"}, Machine{machineID: "a", boot: "2"}, true, false},
		{"another id in the configuration", Machine{machineID: "a", boot: "1"}, Machine{machineID: "a", boot: "2"}, false, false},
		{"read by root before", Machine{machineID: "a", product: "p"}, Machine{machineID: "a"}, true, false},
		{"directory copied to another host", Machine{machineID: "a", boot: "1"}, Machine{machineID: "b", boot: "2"}, false, true},
		{"likewise, one id configured on both", Machine{machineID: "a", boot: "1"}, Machine{machineID: "b", boot: "2"}, true, true},
		{"image cloned with its machine-id, seen by root", Machine{machineID: "a", product: "p"}, Machine{machineID: "a", product: "q"}, true, true},
		{"image cloned in a cloud", Machine{machineID: "a", instance: "i"}, Machine{machineID: "a", instance: "j"}, true, true},
		{"running machine cloned with its memory", Machine{boot: "1", product: "p"}, Machine{boot: "1", product: "q"}, true, true},
		{"container started again on its node", Machine{boot: "1"}, Machine{boot: "1"}, false, false},
		{"container with a machine-id of its own, started again", Machine{boot: "1", machineID: "a"}, Machine{boot: "1", machineID: "b"}, false, false},
		{"container on another node, with one id", Machine{boot: "1"}, Machine{boot: "2"}, true, false},
		{"container on another node, with another id", Machine{boot: "1"}, Machine{boot: "2"}, false, true},
		{"nothing can be read", Machine{}, Machine{}, true, false},
	} {
		id := "other"
		if c.sameID {
			id = "agent"
		}
		owner := checkpoint.Owner{Agent: "agent", Machine: c.old.String()}
		if got := Copied(owner, id, c.now); got != c.copied {
			t.Errorf("%s: copied is %v", c.what, got)
		}
	}
	if Copied(checkpoint.Owner{}, "agent", Machine{machineID: "a"}) {
		t.Error("a state without owner is taken for a copy")
	}
}

func TestLook(t *testing.T) {
	root := t.TempDir()
	if m := lookBelow(root); len(m) != 0 {
		t.Errorf("found %v in an empty root", m)
	}
	for name, path := range sources {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		text := "ABC\n"
		if name == machineID {
			text = "uninitialized\n" // as in an image that was never started
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	m := lookBelow(root)
	if len(m) != 3 || m[product] == m[boot] || strings.Contains(strings.ToLower(m.String()), "abc") {
		t.Errorf("found %v", m)
	}
	if got := parse(m.String()); !maps.Equal(got, m) {
		t.Errorf("%v is stored as %q and read as %v", m, m.String(), got)
	}
	if len(Look()) == 0 {
		t.Error("nothing tells this host from another")
	}
}

// life claims the state in dir for a host and returns what it holds then.
func life(t *testing.T, dir, id string, m Machine, log *bytes.Buffer, c *checkpoint.Changes) (checkpoint.State, string) {
	t.Helper()
	store, err := checkpoint.Open(dir, checkpoint.Options{})
	if err != nil {
		t.Fatal(err)
	}
	seed := Claim(store, id, m, slog.New(slog.NewTextHandler(log, nil)))
	if c != nil {
		store.Commit(c)
	}
	s := store.State()
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	return s, seed
}

// Of a state and its copies on two hosts, no two give a known file or a new one
// the same id, though all have one agent id; each says so once, and keeps to it.
func TestCopiesOfOneStateGetIDsOfTheirOwn(t *testing.T) {
	var log bytes.Buffer
	original := t.TempDir()
	at := checkpoint.Watermark{Offset: 4096, ProofLength: 64, ProofHash: 7}
	first, seed := life(t, original, "agent", Machine{product: "p", boot: "1"}, &log, &checkpoint.Changes{
		Routes:     []checkpoint.Route{{ID: 1, Input: "web", Output: "kafka.a"}},
		Identities: []checkpoint.Identity{{ID: 5, Stream: "web//l/a", Path: "/l/a", Inode: 3}},
		Offsets:    []checkpoint.Offset{{Generation: 5, Route: 1, Watermark: at}},
	})
	if seed != "agent" || log.Len() > 0 {
		t.Fatalf("a new state: seed %q, log %s", seed, log.String())
	}
	ids, seeds := map[uint64]bool{5: true}, map[string]bool{"agent": true}
	for _, board := range []string{"q", "r"} {
		log.Reset()
		dir := t.TempDir()
		if err := os.CopyFS(filepath.Join(dir, "state"), os.DirFS(original)); err != nil {
			t.Fatal(err)
		}
		dir = filepath.Join(dir, "state")
		var before uint64
		for i := range 3 {
			s, seed := life(t, dir, "agent", Machine{product: board, boot: "2"}, &log, nil)
			if len(s.Generations) != 1 || s.Routes[1] != first.Routes[1] {
				t.Fatalf("the copy holds %+v", s)
			}
			for id, g := range s.Generations {
				if i == 0 && (ids[id] || seeds[seed]) || i > 0 && id != before {
					t.Errorf("board %s, life %d: generation %x, seed %q", board, i, id, seed)
				}
				if g.Watermarks[1] != at || g.Path != "/l/a" {
					t.Errorf("board %s: %+v", board, g)
				}
				ids[id], seeds[seed], before = true, true, id
			}
		}
		if n := strings.Count(log.String(), "level=ERROR"); n != 1 || !strings.Contains(log.String(), "agent id of its own") {
			t.Errorf("board %s: %d errors: %s", board, n, log.String())
		}
	}
	// The original goes on as it was.
	log.Reset()
	if s, seed := life(t, original, "agent", Machine{product: "p", boot: "3"}, &log, nil); s.Generations[5] == nil || seed != "agent" || log.Len() > 0 {
		t.Errorf("the original holds %+v; %s", s, log.String())
	}
}
