package logfile

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestEveryFileIsOnTheMap: doc.go says of each file of the package what it is about.
func TestEveryFileIsOnTheMap(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(doc), "// # The files\n")
	section, _, _ = strings.Cut(section, "// # ")
	var told []string
	for _, m := range regexp.MustCompile(`(?m)^//   - .*: (.*)$`).FindAllStringSubmatch(section, -1) {
		told = append(told, strings.Split(m[1], ", ")...)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var have []string
	for _, f := range files {
		if name := strings.TrimSuffix(f, ".go"); !strings.HasSuffix(name, "_test") && name != "doc" {
			have = append(have, name)
		}
	}
	slices.Sort(told)
	if !slices.Equal(told, have) { // Glob sorts
		t.Errorf("doc.go tells of the files %q; there are %q", told, have)
	}
}
