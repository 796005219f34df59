package chaos

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"shipper/testing/workload"
)

// app is an application that logs, step by step, and whoever rotates its log.
type app struct {
	t       *testing.T
	dir     string
	name    string
	payload []byte
	file    *os.File
	at      string // path of the log; by default NAME.log in dir
	before  string // what every line begins with
	apart   bool   // every file is a log of its own, and a source

	finished []workload.Journal // of earlier files, if they are apart

	mu      sync.Mutex
	journal workload.Journal
}

// lineBytes is the length of every line, its newline included, what it begins with
// not.
const lineBytes = 200

// appendLine appends one line with what it begins with and its newline.
func (a *app) appendLine(block []byte, l workload.Line) []byte {
	block = append(block, a.before...)
	start := len(block)
	block = workload.AppendLine(block, l, nil)
	room := lineBytes - 1 - (len(block) - start)
	return append(workload.AppendLine(block[:start], l, a.payload[:room]), '\n')
}

func newApp(t *testing.T, dir, name string) *app {
	t.Helper()
	a := &app{t: t, dir: dir, name: name, journal: workload.Journal{Source: name}}
	a.payload = bytes.Repeat([]byte("0123456789 abcdefghijklmnopqrstuvwxyz "), lineBytes/37)
	t.Cleanup(func() {
		if a.file != nil {
			_ = a.file.Close()
		}
	})
	return a
}

func (a *app) path() string { return cmp.Or(a.at, filepath.Join(a.dir, a.name+".log")) }

// dated is the rotated name of a generation.
func (a *app) dated(n uint64) string { return fmt.Sprintf("%s-20260102-%06d", a.path(), n) }

// open begins a generation in the file, which it creates.
func (a *app) open(path string) {
	a.t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	must(a.t, err)
	if a.file != nil {
		must(a.t, a.file.Close())
	}
	a.file = f
	a.begin()
}

// begin numbers the lines that follow as another generation.
func (a *app) begin() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if j := &a.journal; a.apart && len(j.Generations) > 0 {
		a.finished = append(a.finished, *j)
		*j = workload.Journal{Source: fmt.Sprintf("%s#%d", a.name, len(a.finished))}
	}
	j := &a.journal
	j.Generations = append(j.Generations, workload.Generation{Number: uint64(len(j.Generations)), First: j.Lines})
	j.Rotations = uint64(len(j.Generations) - 1)
}

// generation is the number of the present one.
func (a *app) generation() uint64 { return a.journal.Rotations }

// write appends n bytes or a little more, in whole lines.
func (a *app) write(n int) {
	a.t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	j := &a.journal
	g := &j.Generations[len(j.Generations)-1]
	block := make([]byte, 0, 64<<10)
	for n > 0 {
		block = block[:0]
		lines := uint64(0)
		for len(block) < min(n, 63<<10) {
			block = a.appendLine(block, workload.Line{Source: []byte(j.Source), Generation: g.Number, Sequence: j.Lines + lines})
			lines++
		}
		_, err := a.file.Write(block)
		must(a.t, err)
		n -= len(block)
		j.Lines += lines
		j.Bytes += int64(len(block))
		g.Lines += lines
		g.Bytes += int64(len(block))
	}
}

// journals are those of all files, if they are apart, else the only one.
func (a *app) journals() []workload.Journal {
	return append(slices.Clone(a.finished), a.written())
}

// written is the journal at this moment.
func (a *app) written() workload.Journal {
	a.mu.Lock()
	defer a.mu.Unlock()
	j := a.journal
	j.Generations = append([]workload.Generation(nil), j.Generations...)
	return j
}

// info describes the file that is being written.
func (a *app) info() os.FileInfo {
	a.t.Helper()
	info, err := a.file.Stat()
	must(a.t, err)
	return info
}

func (a *app) rename(from, to string) {
	a.t.Helper()
	must(a.t, os.Rename(from, to))
}

// shift makes room for the name .1.
func (a *app) shift() {
	a.t.Helper()
	last := 0
	for exists(fmt.Sprintf("%s.%d", a.path(), last+1)) {
		last++
	}
	for ; last > 0; last-- {
		a.rename(fmt.Sprintf("%s.%d", a.path(), last), fmt.Sprintf("%s.%d", a.path(), last+1))
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// copyTo copies the log as it is.
func (a *app) copyTo(path string) {
	a.t.Helper()
	from, err := os.Open(a.path())
	must(a.t, err)
	defer from.Close()
	to, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	must(a.t, err)
	_, err = io.Copy(to, from)
	must(a.t, err)
	must(a.t, to.Close())
}

// compress makes path.gz of path, as gzip does.
func (a *app) compress(path string) {
	a.t.Helper()
	data, err := os.ReadFile(path)
	must(a.t, err)
	temp, err := os.OpenFile(path+".gz", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	must(a.t, err)
	z := gzip.NewWriter(temp)
	_, err = z.Write(data)
	must(a.t, err)
	must(a.t, z.Close())
	must(a.t, temp.Close())
	must(a.t, os.Remove(path))
}
