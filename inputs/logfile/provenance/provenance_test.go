package provenance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"shipper/inputs/logfile/packed"
	"shipper/inputs/logfile/proofs"
	"shipper/inputs/logfile/vfs"
)

// asked makes a file with that content, and the question about it.
func asked(t *testing.T, content string) *File {
	t.Helper()
	name := filepath.Join(t.TempDir(), "app.log.1")
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := vfs.OS.Open(vfs.Place{Root: name})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return &File{Raw: f, Content: f, Format: packed.None, Info: info, Rotated: true, Stream: "app"}
}

// saved is a generation that began with that content and was shipped to its end.
func saved(id, inode uint64, birth int64, content string) proofs.Saved {
	head := content[:min(len(content), proofs.HeadMax)]
	return proofs.Saved{
		Identity: proofs.Identity{
			ID: id, Stream: "app", Inode: inode, Birth: birth, HeadLength: uint32(len(head)), HeadHash: proofs.Hash([]byte(head)),
		},
		Positions: map[int]proofs.Position{0: proofs.After(int64(len(content)), []byte(content))},
	}
}

// TestOf: a file is what its inode held if it holds that still, else what it is a copy
// of, else what a first reading would make of it.
func TestOf(t *testing.T) {
	content := strings.Repeat("a line of the log\n", 100)
	f := asked(t, content)
	inode, birth := f.Info.Inode, f.Info.Birth
	truncated := saved(2, inode, birth, strings.Repeat("what was there before\n", 100))
	for _, c := range []struct {
		name  string
		saved []proofs.Saved
		id    uint64 // 0: none of them
		fails bool
	}{
		{"nothing is known", nil, 0, false},
		{"its inode", []proofs.Saved{truncated, saved(1, inode, birth, content[:900])}, 1, false},
		{"another life of its inode", []proofs.Saved{saved(1, inode, birth-1, "other\n")}, 0, false},
		{"what its inode held before", []proofs.Saved{truncated}, 0, false},
		{"a copy", []proofs.Saved{saved(3, inode+1, birth, content), truncated}, 3, false},
		{"a copy of one of two alike", []proofs.Saved{saved(3, inode+1, birth, content), saved(4, inode+2, birth, content)}, 0, true},
	} {
		found, err := f.Of(c.saved, "agent")
		if (err != nil) != c.fails {
			t.Errorf("%s: %v", c.name, err)
		}
		if err != nil {
			continue
		}
		if found.Known != (c.id != 0) || (found.Known && found.Identity.ID != c.id) || found.Size != int64(len(content)) {
			t.Errorf("%s: %+v", c.name, found)
		}
	}
}

// TestFirstReading: the id that a first reading would give a file is none that is taken.
func TestFirstReading(t *testing.T) {
	f := asked(t, "a line\n")
	first, err := f.Of(nil, "agent")
	if err != nil {
		t.Fatal(err)
	}
	taken := saved(first.Identity.ID, f.Info.Inode+1, 1, "other\n")
	second, err := f.Of([]proofs.Saved{taken}, "agent")
	if err != nil || second.Known || second.Identity.ID == first.Identity.ID || second.Identity.Truncations != first.Identity.Truncations+1 {
		t.Errorf("%+v after %+v: %v", second, first, err)
	}
}
