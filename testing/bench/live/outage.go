package live

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"shipper/testing/bench/corpus"
	"shipper/testing/bench/discard"
)

// Outage is the story of a broker that goes away while a log grows, and comes
// back. Beside that log others go on slowly: their lines must not wait for the
// backlog.
type Outage struct {
	Logs   string // directory of the logs, which the agent ships already
	Size   int64  // bytes written during the outage
	Away   time.Duration
	Seed   uint64
	Broker *discard.Broker
	Lines  *Arrivals // of that broker
	Agent  Agent

	text  []byte // of many lines
	files []*os.File
	count int64 // lines written to the log that grows
}

// Agent is what is looked at.
type Agent interface {
	CPU() (time.Duration, error) // used so far, user and system
	Done() <-chan struct{}       // closed when it has ended
}

// Result is what was seen.
type Result struct {
	Lost     int64   // lines
	CPU      float64 // seconds, to catch up
	Wall     float64 // seconds, likewise
	OfSteady float64 // bytes for a CPU second while catching up, in percent of those before the outage
	P50, P99 float64 // milliseconds that lines of the other logs were under way, from the return of the broker on
}

const (
	liveFiles = 10
	livePace  = 20 * time.Millisecond // between two lines
)

// Run plays it. What it measures before an error is in the result.
func (w *Outage) Run(ctx context.Context) (Result, error) {
	var text bytes.Buffer
	if _, _, err := corpus.Write(&text, w.Seed, 8<<20); err != nil {
		return Result{}, err
	}
	w.text = text.Bytes()
	var r Result
	err := w.play(ctx, &r)
	r.Lost = int64(w.Lines.Missing()) + w.count - w.Lines.Others()
	return r, errors.Join(err, w.close())
}

func (w *Outage) open(name string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(w.Logs, name), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err == nil {
		w.files = append(w.files, f)
	}
	return f, err
}

func (w *Outage) close() error {
	var errs []error
	for _, f := range w.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// grow writes size bytes to f, evenly over a time.
func (w *Outage) grow(f *os.File, size int64, over time.Duration) error {
	begun := time.Now()
	for done := int64(0); done < size; done += int64(len(w.text)) {
		time.Sleep(time.Until(begun.Add(time.Duration(float64(over) * float64(done) / float64(size)))))
		if _, err := f.Write(w.text); err != nil {
			return err
		}
		w.count += int64(bytes.Count(w.text, []byte{'\n'}))
	}
	time.Sleep(time.Until(begun.Add(over)))
	return nil
}

// live appends lines to the other logs until ctx ends.
func (w *Outage) live(ctx context.Context) error {
	var files []*os.File
	for i := range liveFiles {
		f, err := w.open(fmt.Sprintf("live%d.log", i))
		if err != nil {
			return err
		}
		files = append(files, f)
	}
	tick := time.NewTicker(livePace)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if _, err := files[i%liveFiles].Write(w.Lines.Line()); err != nil {
			return err
		}
	}
}

// arrive waits for all lines of the log that grows, and tells what CPU that took
// since the agent had used before.
func (w *Outage) arrive(ctx context.Context, before time.Duration) (cpu time.Duration, err error) {
	for w.Lines.Others() < w.count {
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-w.Agent.Done():
			return 0, errors.New("the agent ended by itself")
		case <-time.After(time.Millisecond):
		}
	}
	after, err := w.Agent.CPU()
	return after - before, err
}

// play is the story: what the same bytes cost in peace, the outage, the return.
func (w *Outage) play(ctx context.Context, r *Result) error {
	ctx, cancel := context.WithTimeout(ctx, w.Away+5*time.Minute)
	defer cancel()
	live, stop := context.WithCancel(ctx)
	written := make(chan error, 1)
	big, err := w.open("big.log")
	if err != nil {
		stop()
		return err
	}
	go func() { written <- w.live(live) }()
	steady, err := w.steady(ctx, big)
	if err == nil {
		w.Broker.Away()
		err = w.grow(big, w.Size, w.Away)
		w.Broker.Back()
	}
	for missing := w.count - w.Lines.Others(); err == nil && w.count-w.Lines.Others() == missing; { // until the agent has noticed
		select {
		case <-ctx.Done():
			err = ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
	begun := time.Now()
	var cpu time.Duration
	if err == nil {
		cpu, err = w.Agent.CPU()
	}
	if err == nil {
		cpu, err = w.arrive(ctx, cpu)
	}
	r.Wall = time.Since(begun).Seconds()
	if err == nil {
		r.CPU = cpu.Seconds()
		r.OfSteady = 100 * steady * float64(w.Size) / r.CPU
	}
	time.Sleep(time.Second) // for lines under way
	stop()
	err = errors.Join(err, <-written)
	time.Sleep(time.Second)
	r.P50, r.P99 = w.Lines.Delays(begun)
	return err
}

// steady is the CPU seconds for a byte while the broker is there.
func (w *Outage) steady(ctx context.Context, big *os.File) (float64, error) {
	const size = 256 << 20
	if err := w.grow(big, 32<<20, 0); err != nil { // until everything is warm
		return 0, err
	}
	if _, err := w.arrive(ctx, 0); err != nil {
		return 0, err
	}
	before, err := w.Agent.CPU()
	if err != nil {
		return 0, err
	}
	if err := w.grow(big, size, 0); err != nil {
		return 0, err
	}
	cpu, err := w.arrive(ctx, before)
	return cpu.Seconds() / size, err
}
