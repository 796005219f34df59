package check

import (
	"strings"
	"testing"
	"time"

	"shipper/agent/config"
	"shipper/testing/faultfs"
)

// TestMoveToHangs: the directory that complete files are moved to is on a file system that
// does not answer.
func TestMoveToHangs(t *testing.T) {
	behind, point := t.TempDir(), t.TempDir()
	disk := faultfs.MountFor(t, behind, point)
	disk.Hang(faultfs.Fault{Call: faultfs.Stat})
	done := make(chan struct{})
	go func() {
		defer close(done)
		in := &config.Input{Label: "in"}
		in.OnComplete, in.MoveTo = "move", point
		said := ""
		for _, f := range endings(in, nil) {
			said += f.Message
		}
		if !strings.Contains(said, "did not answer") {
			t.Errorf("check says %q", said)
		}
	}()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Error("check hangs with the file system of move_to")
	}
}
