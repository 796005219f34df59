package check

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"shipper/agent/config"
	"shipper/testing/faultfs"
)

// TestFileSystemHangs: a file whose file system does not answer is named, and the others
// are counted.
func TestFileSystemHangs(t *testing.T) {
	behind, point, dir := t.TempDir(), t.TempDir(), t.TempDir()
	for _, name := range []string{"a.log", "b.log"} {
		if err := os.WriteFile(filepath.Join(behind, name), []byte("one\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	disk := faultfs.MountFor(t, behind, point)
	name := filepath.Join(dir, "shipper.hcl")
	text := strings.NewReplacer("$LOGS", point, "$DIR", dir).Replace(`
agent {
  state_dir = "$DIR/state"
  listen    = "off"
}
input "logfile" "in" {
  paths  = ["$LOGS/*.log"]
  output = output.file.out
}
output "file" "out" {
  path = "$DIR/out"
}
`)
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, found := config.Load(name)
	if found.HasErrors() {
		t.Fatalf("%+v", found)
	}
	disk.Hang(faultfs.Fault{Call: faultfs.Open, Name: "a.log"})
	begun, said := time.Now(), ""
	for _, f := range Run(t.Context(), cfg) {
		said += f.Subject + ": " + f.Message + "\n"
	}
	if !strings.Contains(said, filepath.Join(point, "a.log")) || !strings.Contains(said, "does not answer") || !strings.Contains(said, "input in: matches") {
		t.Errorf("check says:\n%s", said)
	}
	if took := time.Since(begun); took > 2*time.Minute {
		t.Errorf("it took %v", took)
	}
	t.Logf("%v:\n%s", time.Since(begun), said)
}
