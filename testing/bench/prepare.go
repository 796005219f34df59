package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"shipper/testing/bench/corpus"
	"shipper/testing/bench/discard"
	"shipper/testing/bench/processes"
)

// env is what the trials have in common.
type env struct {
	options *options
	cache   string // absolute
	programs
	cert, key string // PEM files, for the brokers that speak TLS
	ratio     corpus.Ratio
}

// programs are the binaries that are run.
type programs struct{ shipper, against, floorPath, discardPath string }

// prepare builds what is run, with the Go tool, in the current module, and makes
// a certificate.
func prepare(ctx context.Context, o *options) (*env, error) {
	dir, err := filepath.Abs(o.cache)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	e := &env{options: o, cache: dir, programs: programs{
		shipper: o.shipper, against: o.against,
		floorPath: filepath.Join(dir, "floor"), discardPath: filepath.Join(dir, "discard"),
	}}
	builds := map[string]string{e.floorPath: "shipper/testing/bench/floor", e.discardPath: "shipper/testing/bench/discard/cmd/discard"}
	if e.shipper == "" {
		e.shipper = filepath.Join(dir, "shipper")
		builds[e.shipper] = "shipper"
	}
	for _, path := range []*string{&e.shipper, &e.against} {
		if *path == "" {
			continue
		}
		if *path, err = filepath.Abs(*path); err != nil {
			return nil, err
		}
	}
	for out, pkg := range builds {
		cmd := exec.CommandContext(ctx, "go", "build", "-o", out, pkg)
		if text, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build %s: %w\n%s", pkg, err, text)
		}
	}
	e.cert, e.key, err = discard.Certify(dir)
	return e, err
}

// agent is a running agent.
type agent struct{ *processes.Agent }

// start starts an agent with these blocks.
func (e *env) start(ctx context.Context, binary, blocks string) (agent, error) {
	a, err := processes.Start(ctx, e.cache, e.options.profile, binary, blocks)
	return agent{a}, err
}

// stop ends the agent and notes its memory. early is why it did not get as far as
// it should.
func (a agent) stop(early error, r *result) error {
	err := a.End(early)
	r.PeakRSS, r.PeakAnon = a.Peak(), a.PeakAnon
	return err
}

// until waits for an agent to have shipped everything. It returns why it did not; a
// broker that can't end has a nil ended.
func (e *env) until(reached, ended <-chan struct{}, a agent) error {
	select {
	case <-reached:
		return nil
	case <-ended:
		return errors.New("the broker ended")
	case <-a.Done():
		return errors.New("the agent ended by itself")
	case <-time.After(e.options.timeout):
		return fmt.Errorf("not done after %v", e.options.timeout)
	}
}

// floor runs the floor on files, and returns what it has measured.
func (e *env) floor(ctx context.Context, args []string, files *corpus.Files) (*result, error) {
	cmd := exec.CommandContext(ctx, e.floorPath, append(args, files.Paths...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	r := new(result)
	if err := json.Unmarshal(out, r); err != nil {
		return nil, err
	}
	if r.Lines != files.Lines {
		return nil, fmt.Errorf("the floor shipped %d lines, and the files have %d", r.Lines, files.Lines)
	}
	return r, nil
}

// files makes the files of a trial, of size bytes in all or of what the options say, and
// reads them once, so that they are in the page cache.
func (e *env) files(length, count int, size int64) (*corpus.Files, error) {
	size = cmp.Or(size, e.options.size)
	dir := filepath.Join(e.cache, fmt.Sprintf("logs-%d-%d-%d-%d", length, count, size, e.options.seed))
	f, err := corpus.MakeFiles(dir, e.options.seed, size, length, count)
	if err != nil || length > 0 || size < e.options.size || e.ratio != (corpus.Ratio{}) {
		return f, err
	}
	file, err := os.Open(f.Paths[0])
	if err != nil {
		return nil, err
	}
	defer file.Close()
	e.ratio, err = corpus.Measure(file, 64<<20)
	return f, err
}
