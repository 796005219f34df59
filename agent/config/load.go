package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"shipper/agent/config/diag"
	"shipper/agent/config/value"
)

// Load reads the main file at path and the drop-ins beside it, and returns the
// configuration, or nil if the diagnostics have errors. Warnings may come with
// either. All errors of all files are found at once.
func Load(path string) (*Config, Diagnostics) {
	d := newDecoder()
	d.cfg.Begun = time.Now()
	d.read(path)
	drops, err := DropIns(path)
	if err != nil {
		d.unreadable(Sources(path)[1], err)
	}
	for _, file := range drops {
		d.read(file)
	}
	return d.config()
}

// DropIns are the files that are read together with the main file path, in order.
func DropIns(path string) ([]string, error) {
	dir := Sources(path)[1]
	entries, err := os.ReadDir(dir) // sorted by name
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	var files []string
	for _, e := range entries {
		if isDropIn(e.Name()) {
			files = append(files, filepath.Join(dir, e.Name()))
		}
	}
	return files, err
}

// Sources are the paths that decide what Load gives for path: itself, and the
// directory beside it whose *.hcl files belong to the configuration.
func Sources(path string) []string {
	return []string{path, filepath.Join(filepath.Dir(path), "conf.d")}
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
