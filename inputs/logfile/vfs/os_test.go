package vfs

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestLinksAreNotFollowed goes through both ways of opening: by openat2 and,
// where the kernel lacks it, step by step.
func TestLinksAreNotFollowed(t *testing.T) {
	defer noOpenat2.Store(noOpenat2.Load())
	defer noStatx.Store(noStatx.Load())
	dir := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.MkdirAll(filepath.Join(dir, "a/b"), 0o755))
	must(os.WriteFile(filepath.Join(dir, "a/b/f"), []byte("hello"), 0o644))
	must(os.Symlink("f", filepath.Join(dir, "a/b/link")))
	must(os.Symlink("a", filepath.Join(dir, "linked")))
	for _, old := range []bool{false, true} {
		noOpenat2.Store(old)
		noStatx.Store(old)
		for rel, want := range map[string]error{
			"a/b/f": nil, "a/b/link": unix.ELOOP, "linked/b/f": unix.ELOOP, "a/b/none": unix.ENOENT,
		} {
			f, err := OS.Open(Place{Root: dir, Rel: rel})
			// Step by step a link where a directory is expected is ENOTDIR.
			if !errors.Is(err, want) && (want == nil || !old || !errors.Is(err, unix.ENOTDIR)) {
				t.Errorf("old %v: %s: %v, want %v", old, rel, err, want)
			}
			if err == nil {
				b := make([]byte, 10)
				if n, err := f.Pread(b, 1); n != 4 || err != nil {
					t.Errorf("%d %v", n, err)
				}
				must(f.Close())
			}
		}
		f, err := OS.Open(Place{Root: dir, Rel: "linked/b/link", Follow: true})
		must(err)
		must(f.Close())
		seen := map[string]Kind{}
		_, err = OS.List(Place{Root: dir, Rel: "a/b"}, func(e *Entry) {
			i, err := e.Stat(false)
			must(err)
			seen[string(e.Name)] = i.Kind
		})
		must(err)
		if len(seen) != 2 || seen["f"] != Regular || seen["link"] != Symlink {
			t.Errorf("%v", seen)
		}
	}
}
