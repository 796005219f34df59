package main

import (
	"fmt"
	"os"
	"sync"
	"time"
)

// screen is what people look at: events stay, progress is one line that is
// written anew on a terminal, and a line of its own each time elsewhere.
type screen struct {
	out      *os.File
	terminal bool
	started  time.Time

	mu    sync.Mutex
	dirty bool // a progress line is waiting to be overwritten
}

func newScreen(out *os.File) *screen {
	info, err := out.Stat()
	return &screen{out: out, terminal: err == nil && info.Mode()&os.ModeCharDevice != 0, started: time.Now()}
}

func (s *screen) event(format string, args ...any)    { s.show(false, format, args...) }
func (s *screen) progress(format string, args ...any) { s.show(true, format, args...) }

func (s *screen) show(passing bool, format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dirty {
		fmt.Fprint(s.out, "\r\x1b[K")
	}
	s.dirty = passing && s.terminal
	fmt.Fprintf(s.out, "%5.1f s  %s", time.Since(s.started).Seconds(), fmt.Sprintf(format, args...))
	if !s.dirty {
		fmt.Fprintln(s.out)
	}
}
