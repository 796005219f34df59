package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"shipper/testing/bench/corpus"
)

// programs are the binaries that are run.
type programs struct{ shipper, floor, discard string }

// build builds what is run, with the Go tool, in the current module.
func build(ctx context.Context, o *options) (*programs, error) {
	dir, err := filepath.Abs(o.cache)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	o.cache = dir
	p := &programs{shipper: o.shipper, floor: filepath.Join(dir, "floor"), discard: filepath.Join(dir, "discard")}
	builds := map[string]string{p.floor: "shipper/testing/bench/floor", p.discard: "shipper/testing/bench/discard/cmd/discard"}
	if p.shipper == "" {
		p.shipper = filepath.Join(dir, "shipper")
		builds[p.shipper] = "shipper"
	}
	if p.shipper, err = filepath.Abs(p.shipper); err != nil {
		return nil, err
	}
	for out, pkg := range builds {
		cmd := exec.CommandContext(ctx, "go", "build", "-o", out, pkg)
		if text, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build %s: %w\n%s", pkg, err, text)
		}
	}
	return p, nil
}

// logFile is the file that is shipped.
type logFile struct {
	path  string
	lines int64
	bytes int64
	ratio corpus.Ratio
}

// prepare makes the file unless an earlier run has left it, and reads it once,
// so that it is in the page cache.
func prepare(o *options) (*logFile, error) {
	f := &logFile{path: filepath.Join(o.cache, fmt.Sprintf("web-%d-%d.log", o.seed, o.size))}
	if !current(f.path, o.seed) {
		fmt.Fprintf(os.Stderr, "bench: writing %s\n", f.path)
		if err := write(f.path, o); err != nil {
			return nil, err
		}
	}
	file, err := os.Open(f.path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if f.ratio, err = corpus.Measure(file, 64<<20); err != nil {
		return nil, err
	}
	buf := make([]byte, 1<<20)
	for {
		n, err := file.ReadAt(buf, f.bytes)
		f.lines += int64(bytes.Count(buf[:n], []byte{'\n'}))
		f.bytes += int64(n)
		if errors.Is(err, io.EOF) {
			return f, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// current tells whether the file at path is what the generator makes today, by
// its beginning.
func current(path string, seed uint64) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	g := corpus.New(seed)
	var want []byte
	for len(want) < 64<<10 {
		want = append(want, g.Line()...)
	}
	got := make([]byte, len(want))
	n, _ := io.ReadFull(file, got)
	return n > 0 && bytes.Equal(got[:n], want[:n])
}

// write makes the file under another name first, so that a half-written one is
// never taken for whole.
func write(path string, o *options) error {
	file, err := os.Create(path + ".part")
	if err != nil {
		return err
	}
	_, _, err = corpus.Write(file, o.seed, o.size)
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}
