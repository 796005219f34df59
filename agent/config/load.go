package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"shipper/agent/config/diag"
	"shipper/agent/config/value"
)

// dropIns is the directory beside the main file whose *.hcl files belong to
// the configuration.
const dropIns = "conf.d"

// Load reads the main file at path and the drop-ins beside it, and returns the
// configuration, or nil if the diagnostics have errors. Warnings may come with
// either. All errors of all files are found at once.
func Load(path string) (*Config, Diagnostics) {
	d := newDecoder()
	d.read(path)
	dir := filepath.Join(filepath.Dir(path), dropIns)
	entries, err := os.ReadDir(dir) // sorted by name
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		d.unreadable(dir, err)
	}
	for _, e := range entries {
		if isDropIn(e.Name()) {
			d.read(filepath.Join(dir, e.Name()))
		}
	}
	return d.config()
}

// Sources are the paths that decide what Load gives for path.
func Sources(path string) []string {
	return []string{path, filepath.Join(filepath.Dir(path), dropIns)}
}

// isDropIn tells drop-ins from what editors, package managers and Kubernetes
// leave beside them: hidden files, a~, #a#, a.swp, a.hcl.bak.
func isDropIn(name string) bool {
	return strings.HasSuffix(name, ".hcl") && !strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "#")
}

// read adds a file to the configuration.
func (d *decoder) read(path string) {
	text, err := value.ReadFile(path)
	if err != nil {
		d.unreadable(path, err)
		return
	}
	d.add(diag.NewSource(path, text))
}

// unreadable reports a file of the configuration that can't be read. What it
// would have defined is unknown, so nothing is called missing because of it.
func (d *decoder) unreadable(path string, err error) {
	d.incomplete = true
	reason, advice := value.Explain(err)
	d.Unreadable(path, "can't read the configuration: "+reason, advice)
}
