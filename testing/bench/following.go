package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"shipper/testing/bench/live"
	"shipper/testing/bench/processes"
	"shipper/testing/process"
)

// following has lines shipped as they are appended, each file in its turn.
type following struct {
	files  int
	rate   int // lines a second, of all files
	linger time.Duration
}

func (f *following) name() string {
	return fmt.Sprintf("%d lines/s, %d files, linger %v", f.rate, f.files, f.linger)
}
func (f *following) kind() kind           { return followed }
func (f *following) repeats(*options) int { return 1 }

// warm is how long a trial goes before anything is measured, and period how long
// it is measured.
const warm = 2 * time.Second

func (f *following) period(o *options) time.Duration {
	if o.full {
		return time.Minute
	}
	return 8 * time.Second
}

func (f *following) agent(ctx context.Context, e *env, binary string) (*result, error) {
	return f.of(ctx, e, binary, func(blocks string) string { return blocks })
}

// of measures an agent whose blocks are changed so.
func (f *following) of(ctx context.Context, e *env, binary string, change func(blocks string) string) (*result, error) {
	return f.measure(ctx, e, func(logs, broker string) (subject, error) {
		return e.start(ctx, binary, change(processes.ToKafka(logs, broker, `compression = "none"`, fmt.Sprintf("linger = %q", f.linger))))
	})
}

func (f *following) floor(ctx context.Context, e *env) (*result, error) {
	return f.measure(ctx, e, func(logs, broker string) (subject, error) {
		return startFollower(ctx, e, logs, broker, f.linger)
	})
}

// subject is what is measured: an agent or the floor.
type subject interface {
	CPU() (time.Duration, error)
	stop(early error, r *result) error
}

func (f *following) measure(ctx context.Context, e *env, start func(logs, broker string) (subject, error)) (*result, error) {
	lines := new(live.Arrivals)
	b, stop, err := live.Serve(ctx, lines)
	if err != nil {
		return nil, err
	}
	defer stop()
	logs, err := os.MkdirTemp(e.cache, "live-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(logs) }() // left-overs hurt nobody
	var files []*os.File
	for i := range f.files {
		file, err := os.OpenFile(filepath.Join(logs, fmt.Sprintf("%04d.log", i)), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		files = append(files, file)
	}
	s, err := start(logs, b.Addr())
	if err != nil {
		return nil, err
	}
	r := &result{}
	begun := time.Now()
	err = s.stop(f.follow(ctx, e, lines, files, s, r), r)
	r.Requests = float64(b.Stats().Requests) / time.Since(begun).Seconds()
	return r, err
}

// follow writes the lines and measures from the moment when the subject has got
// going.
func (f *following) follow(ctx context.Context, e *env, lines *live.Arrivals, files []*os.File, s subject, r *result) error {
	begun := time.Now()
	pace := time.Second / time.Duration(f.rate)
	end := warm + f.period(e.options)
	var from time.Time
	var before time.Duration
	for i := 0; time.Since(begun) < end; i++ {
		time.Sleep(time.Until(begun.Add(time.Duration(i) * pace)))
		if from.IsZero() && time.Since(begun) > warm {
			var err error
			if before, err = s.CPU(); err != nil {
				return err
			}
			from = time.Now()
		}
		if _, err := files[i%len(files)].Write(lines.Line()); err != nil {
			return err
		}
	}
	after, err := s.CPU()
	if err != nil {
		return err
	}
	r.Core = 100 * (after - before).Seconds() / time.Since(from).Seconds()
	for deadline := time.Now().Add(10 * time.Second); lines.Missing() > 0; time.Sleep(10 * time.Millisecond) {
		if ctx.Err() != nil || time.Now().After(deadline) {
			return fmt.Errorf("%d lines did not arrive", lines.Missing())
		}
	}
	r.P50, r.P99 = lines.Delays(from)
	return nil
}

// follower is the floor, following files.
type follower struct{ cmd *exec.Cmd }

func startFollower(ctx context.Context, e *env, logs, broker string, linger time.Duration) (*follower, error) {
	cmd := exec.CommandContext(ctx, e.floorPath, "-broker", broker, "-follow", logs, "-linger", linger.String())
	cmd.Stderr = os.Stderr
	return &follower{cmd}, cmd.Start()
}

func (f *follower) CPU() (time.Duration, error) { return process.CPU(f.cmd.Process.Pid) }

func (f *follower) stop(early error, _ *result) error {
	err := f.cmd.Process.Signal(syscall.SIGTERM)
	_ = f.cmd.Wait() // a signal ended it
	return errors.Join(early, err)
}
