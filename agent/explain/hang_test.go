package explain

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"shipper/agent/status"
	"shipper/agent/stored"
	"shipper/checkpoint"
	"shipper/testing/faultfs"
)

// hanging is rig on a real file system, in which some calls on a.log do not return. The
// state knows the file.
func hanging(t *testing.T, call faultfs.Call) (*Source, string) {
	t.Helper()
	_, behind := rig(t, "")
	var st syscall.Stat_t
	if err := syscall.Stat(filepath.Join(behind, "a.log"), &st); err != nil {
		t.Fatal(err)
	}
	point := t.TempDir()
	disk := faultfs.MountFor(t, behind, point)
	path, dir := filepath.Join(point, "a.log"), t.TempDir()
	store, err := checkpoint.Open(filepath.Join(dir, "state"), checkpoint.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	store.Commit(&checkpoint.Changes{
		Routes:     []checkpoint.Route{{ID: 1, Input: "in", Output: "file.out"}},
		Identities: []checkpoint.Identity{{ID: 0xfeed, Stream: stored.StreamKey("in", path), Path: path, Inode: st.Ino}},
		Offsets:    []checkpoint.Offset{{Generation: 0xfeed, Route: 1, Watermark: checkpoint.Watermark{Offset: 4}}},
	})
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	cfg := configure(t, dir, point)
	disk.Hang(faultfs.Fault{Call: call, Name: "a.log"})
	return Look(context.Background(), cfg, filepath.Join(behind, "rotation")), path
}

// TestFileSystemHangs: what is known without the file is told, and that its file system
// does not answer.
func TestFileSystemHangs(t *testing.T) {
	for name, call := range map[string]faultfs.Call{"open": faultfs.Open, "stat": faultfs.Stat, "read": faultfs.Read} {
		for _, running := range []bool{false, true} {
			t.Run(name+map[bool]string{true: " with an agent"}[running], func(t *testing.T) {
				t.Parallel()
				s, path := hanging(t, call)
				want := []string{
					"can't be read: the file system did not answer within 2s", "in ships it", "last seen as " + path,
					"in → file.out: shipped up to byte 4", "<- this file",
				}
				if running {
					s.Snapshot = &status.Snapshot{Time: time.Now(), Files: []status.File{{
						Path: path, Input: "in", Stream: path, Size: 8, State: "live", LastError: "no read returns", Generation: "000000000000feed",
						Routes: []status.FileRoute{{Route: "in → file.out", Offset: 4, LagBytes: 4}},
					}}}
					want = append(want, "in → file.out: no read returns")
				} else {
					want = append(want, "in → file.out: unknown: the file system did not answer within 2s")
				}
				begun := time.Now()
				got := text(t, s.Explain(path))
				if took := time.Since(begun); took > time.Minute {
					t.Errorf("it took %v", took)
				}
				for _, w := range want {
					if !strings.Contains(got, w) {
						t.Errorf("want %q in\n%s", w, got)
					}
				}
			})
		}
	}
}
