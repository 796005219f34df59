package packages

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"shipper/agent/config"
)

// configs finds the configuration in a manifest: the lines that are indented below
// `shipper.hcl: |`.
var configs = regexp.MustCompile(`(?m)^  shipper\.hcl: \|\n((?:    .*\n|\n)+)`)

// TestManifests loads the configuration of every Kubernetes manifest, and looks for
// what makes its container harmless.
func TestManifests(t *testing.T) {
	t.Setenv("POD_UID", "0b5c")
	t.Setenv("NODE_NAME", "node-1")
	files, err := filepath.Glob("../../packaging/kubernetes/*.yaml")
	if err != nil || len(files) < 2 {
		t.Fatalf("manifests: %v, %v", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m := configs.FindSubmatch(text)
		if m == nil {
			t.Errorf("%s holds no configuration", file)
			continue
		}
		path := filepath.Join(t.TempDir(), "shipper.hcl")
		if err := os.WriteFile(path, m[1], 0o644); err != nil {
			t.Fatal(err)
		}
		if _, found := config.Load(path); len(found) > 0 {
			t.Errorf("%s: %v", file, found)
		}
		for _, want := range []string{"readOnlyRootFilesystem: true", "allowPrivilegeEscalation: false", `drop: ["ALL"]`, "readOnly: true"} {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s: no %s", file, want)
			}
		}
	}
}
