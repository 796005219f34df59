package logfile

import (
	"context"
	"slices"
	"strings"
	"time"

	"shipper/inputs/logfile/trouble"
)

// Drain begins to treat every file as sealed: what is incomplete at its end is
// shipped as soon as it was unchanged for settle. Finding and reading go on.
func (in *Input) Drain(settle time.Duration) {
	in.mu.Lock()
	in.draining, in.settle = true, settle
	for _, s := range in.streams {
		in.rouse(s)
	}
	in.mu.Unlock()
	in.flush()
}

// EndDrain takes Drain back.
func (in *Input) EndDrain() {
	in.mu.Lock()
	in.draining, in.settle = false, 0
	in.mu.Unlock()
}

// LookAgain returns when everything was looked at once more by Run, or with
// ctx's error.
func (in *Input) LookAgain(ctx context.Context) error {
	done := make(chan struct{})
	select {
	case in.looks <- done:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Left lists by path the files that are not acknowledged to their end on every
// route, or changed less than Drain's settle ago. If it is empty after LookAgain,
// the input is drained.
func (in *Input) Left() []Left {
	now := in.now()
	in.mu.Lock()
	var list []Left
	for _, f := range in.files {
		if l, ok := in.leftOf(f, now); ok {
			list = append(list, l)
		}
	}
	in.mu.Unlock()
	slices.SortFunc(list, func(a, b Left) int { return strings.Compare(a.Path, b.Path) })
	return list
}

// leftOf tells, under mu, whether f keeps the input from being drained.
func (in *Input) leftOf(f *file, now time.Time) (Left, bool) {
	l := Left{Path: f.path(), Bytes: in.notDone(f)}
	_, unexamined := in.unexamined[f]
	switch {
	case unexamined:
		l.Why = "it is compressed, and not known yet"
	case f.aside && (f.beside != nil && (f.beside.origin != nil || f.beside.history)):
		return l, false // it is not to be read
	case f.aside:
		l.Why = "it is not known yet what it is"
	case l.Bytes > 0:
		l.Why = "not acknowledged"
	case now.Sub(timeOf(f.changed)) < in.settle:
		l.Why = "it changed just now"
	default:
		return l, false
	}
	if f.err != nil {
		l.Why = trouble.Of(l.Path, f.err).String()
	}
	return l, true
}
