package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// dropIns is the directory beside the main file whose *.hcl files belong to
// the configuration.
const dropIns = "conf.d"

// largestFile is what a configuration file, or a file that it reads with
// file(), may hold. Far more than anybody writes; it keeps a path that was
// mistyped into a log file from being read whole.
const largestFile = 1 << 20

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

// isDropIn tells drop-ins from what editors, package managers and Kubernetes
// leave beside them: hidden files, a~, #a#, a.swp, a.hcl.bak.
func isDropIn(name string) bool {
	return strings.HasSuffix(name, ".hcl") && !strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "#")
}

// read adds a file to the configuration.
func (d *decoder) read(path string) {
	text, err := readFile(path)
	if err != nil {
		d.unreadable(path, err)
		return
	}
	d.add(newSource(path, text))
}

// unreadable reports a file of the configuration that can't be read. What it
// would have defined is unknown, so nothing is called missing because of it.
func (d *decoder) unreadable(path string, err error) {
	d.incomplete = true
	d.rank(path)
	d.found = append(d.found, Diagnostic{
		Position: Position{File: path},
		Summary:  "can't read the configuration: " + printable(reason(err)),
		Detail:   hint(err),
	})
}

// reason is an error of the file system without the path, which is said
// elsewhere.
func reason(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	return err.Error()
}

func hint(err error) string {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "Let the user that shipper runs as read it, or run this command as that user."
	case errors.Is(err, fs.ErrNotExist):
		return "Check the path; a symbolic link may lead nowhere."
	}
	return ""
}

// readFile reads a regular file whole. It asks before it opens, because the
// open of a FIFO waits for a writer.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, errors.New("it is a directory")
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // nothing was written
	text, err := io.ReadAll(io.LimitReader(f, largestFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > largestFile {
		return nil, fmt.Errorf("it is larger than %d bytes", largestFile)
	}
	return text, nil
}
