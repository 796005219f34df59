package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"

	"shipper/testing/workload"
)

// writers are the applications: one process and one log each.
type writers struct {
	logs, journals string
	all            []*writer
}

type writer struct {
	source string
	cmd    *exec.Cmd
	err    error
	log    string

	mu    sync.Mutex
	lines int64 // seen in the log so far
}

// manners are what the applications differ in.
var manners = [][]string{
	{"-scheme=numbered"},
	{"-scheme=dated", "-block=4096"},
	{"-scheme=numbered", "-after-rename=20"},
	{"-scheme=dated", "-split=0.2"},
}

func startWriters(ctx context.Context, binary, logs, journals string, bytes, rate, rotateSize int64, seed uint64) (*writers, *sync.WaitGroup, error) {
	w := &writers{logs: logs, journals: journals}
	var running sync.WaitGroup
	for i, manner := range manners {
		source := "app" + strconv.Itoa(i+1)
		args := append([]string{
			"-dir=" + logs, "-source=" + source,
			"-journal=" + filepath.Join(journals, source+".journal.json"),
			"-seed=" + strconv.FormatUint(seed+uint64(i), 10),
			"-bytes=" + strconv.FormatInt(bytes, 10),
			"-rate=" + strconv.FormatInt(rate, 10),
			"-rotate-size=" + strconv.FormatInt(rotateSize, 10),
		}, manner...)
		p := &writer{source: source, cmd: exec.CommandContext(ctx, binary, args...), log: filepath.Join(logs, source+".log")}
		p.cmd.Stderr = os.Stderr
		if err := p.cmd.Start(); err != nil {
			return nil, nil, fmt.Errorf("start writer: %w", err)
		}
		w.all = append(w.all, p)
		running.Go(func() { p.err = p.cmd.Wait() })
	}
	return w, &running, nil
}

// failed tells how the writers ended. They must have.
func (w *writers) failed() error {
	for _, p := range w.all {
		if p.err != nil {
			return fmt.Errorf("writer %s: %w", p.source, p.err)
		}
	}
	return nil
}

// written counts the lines that are in the logs at this moment. It may miss
// some, and never tells of one that is not there.
func (w *writers) written() int64 {
	var n int64
	for _, p := range w.all {
		n += p.written()
	}
	return n
}

// written reads the number of the last whole line of the live log. Right after
// a rotation there is none; then what was seen before is still true.
func (p *writer) written() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	f, err := os.Open(p.log)
	if err != nil {
		return p.lines
	}
	defer f.Close()
	end := make([]byte, 16<<10)
	if info, err := f.Stat(); err == nil {
		n, _ := f.ReadAt(end, max(0, info.Size()-int64(len(end))))
		end = end[:n]
	}
	end = end[:bytes.LastIndexByte(end, '\n')+1]
	if len(end) == 0 {
		return p.lines
	}
	end = end[:len(end)-1]
	line, err := workload.ParseLine(end[bytes.LastIndexByte(end, '\n')+1:])
	if err == nil {
		p.lines = max(p.lines, int64(line.Sequence)+1)
	}
	return p.lines
}
