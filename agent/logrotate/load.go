package logrotate

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// DefaultPath is the configuration that a system's logrotate is run with.
const DefaultPath = "/etc/logrotate.conf"

// defaultDir is what the default configuration includes; it is read in its place
// where that file is missing.
const defaultDir = "/etc/logrotate.d"

// Config is a whole configuration.
type Config struct {
	Rules []*Rule // in the order in which logrotate reads them
	// Problems describe, for people, what could not be read.
	Problems []string
}

// Load reads a configuration and what it includes; a path that is a directory
// stands for the files in it. A configuration that is not there has no rules:
// then nothing is rotated by logrotate. What else can't be read is noted in
// Config.Problems.
func Load(path string) *Config {
	l := loader{config: &Config{}, global: defaults(), taboo: tabooExtensions}
	if _, err := os.Stat(path); path == DefaultPath && errors.Is(err, fs.ErrNotExist) {
		path = defaultDir
	}
	l.include(path, "", 0)
	return l.config
}

// maxDepth bounds includes within includes.
const maxDepth = 8

// maxFile bounds a file, in bytes: nobody writes so much by hand.
const maxFile = 4 << 20

// tabooExtensions are the ends of names that logrotate leaves out in directories.
var tabooExtensions = []string{
	",v", ".bak", ".cfsaved", ".disabled", ".dpkg-bak", ".dpkg-del", ".dpkg-dist", ".dpkg-new", ".dpkg-old",
	".dpkg-tmp", ".rpmnew", ".rpmorig", ".rpmsave", ".swp", ".ucf-dist", ".ucf-new", ".ucf-old", "~",
}

type loader struct {
	config *Config
	global Settings // of the blocks that follow
	taboo  []string
}

func (l *loader) problem(format string, args ...any) {
	l.config.Problems = append(l.config.Problems, fmt.Sprintf(format, args...))
}

// include reads a file or the files of a directory. by is who asked, "" for the
// main file, which may be missing.
func (l *loader) include(path, by string, depth int) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && by == "":
		return
	case err != nil:
		l.problem("%v", err)
		return
	case depth > maxDepth:
		l.problem("%s: includes %s too deep", by, path)
		return
	}
	if !info.IsDir() {
		l.file(path, info, depth)
		return
	}
	entries, err := os.ReadDir(path) // sorted by name
	if err != nil {
		l.problem("%v", err)
	}
	for _, e := range entries {
		if l.isTaboo(e.Name()) {
			continue
		}
		name := filepath.Join(path, e.Name())
		if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
			l.file(name, info, depth)
		} else if err != nil {
			l.problem("%v", err)
		}
	}
}

func (l *loader) isTaboo(name string) bool {
	for _, t := range l.taboo {
		if strings.HasSuffix(name, t) {
			return true
		}
	}
	return strings.HasPrefix(name, ".")
}

func (l *loader) file(path string, info fs.FileInfo, depth int) {
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		l.problem("%s: not a configuration: %d bytes, %s", path, info.Size(), info.Mode())
		return
	}
	text, err := os.ReadFile(path)
	if err != nil {
		l.problem("%v", err)
		return
	}
	l.parse(path, bytes.Split(text, []byte("\n")), depth)
}
