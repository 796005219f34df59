package top

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"shipper/agent/status"
	"shipper/agent/top/keys"
	"shipper/agent/top/model"
)

// Config is what Run and Once need of the outside.
type Config struct {
	// Fetch asks the agent. Its contexts end after a while.
	Fetch func(context.Context) (*status.Snapshot, error)
	// Explain says everything about a file.
	Explain func(ctx context.Context, path string) (string, error)
	// Every is the least time between two looks.
	Every time.Duration
}

const (
	fetchTimeout   = 30 * time.Second
	explainTimeout = 30 * time.Second
	// lazy is how many times as long as a look took the next one is waited for:
	// looking costs the agent a hundredth of a core at most.
	lazy = 100
	// leastCost is what any look may take.
	leastCost = 20 * time.Millisecond
	// escapeTime is how long the rest of a key's sequence may take, on a slow line.
	escapeTime = 100 * time.Millisecond
)

// errPanic is what ends Run when a helper of it panicked. The text says where.
var errPanic = errors.New("this is a bug in shipper, please report it")

// Once writes one screen of the model as text, after two looks, as rates need. It
// fails if the agent can't be asked.
func Once(ctx context.Context, m *model.Model, c Config, w io.Writer) error {
	for look := range 2 {
		if look > 0 {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(c.Every):
			}
		}
		s, err := c.Fetch(ctx)
		if err != nil {
			return err
		}
		m.Take(s, 0)
	}
	for _, line := range m.Screen().Lines {
		if _, err := fmt.Fprintln(w, strings.TrimRight(line, " ")); err != nil {
			return err
		}
	}
	return nil
}

// look is an answer of the agent.
type look struct {
	snapshot *status.Snapshot
	err      error
	took     time.Duration
}

// explained is an answer about a file.
type explained struct{ path, text string }

// session is a Run.
type session struct {
	Config
	m     *model.Model
	t     *terminal
	looks chan look
	texts chan explained
	fatal chan error
	next  *time.Timer   // when to look
	busy  bool          // a look is under way
	cost  time.Duration // of a look, see pause
}

// Run shows the model on a terminal until a key, a signal or ctx ends it. It fails
// if in and out are no terminal. The terminal is given back however it ends.
//
// It leaves behind the goroutine that waits for a key, which nothing can wake: the
// process is expected to end.
func Run(ctx context.Context, m *model.Model, c Config, in, out *os.File) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	defer stop()
	sizes := make(chan os.Signal, 1)
	signal.Notify(sizes, syscall.SIGWINCH)
	defer signal.Stop(sizes)
	t, err := openTerminal(in, out)
	if err != nil {
		return err
	}
	defer t.leave() // in a panic, too
	s := &session{
		Config: c, m: m, t: t, looks: make(chan look), texts: make(chan explained), fatal: make(chan error, 1),
		next: time.NewTimer(0),
	}
	defer s.next.Stop()
	input := make(chan []byte)
	s.help(func() { read(ctx, in, input) })
	err = s.loop(ctx, input, sizes)
	t.leave() // before the error is printed
	return err
}

// loop serves whatever happens first.
func (s *session) loop(ctx context.Context, input <-chan []byte, sizes <-chan os.Signal) error {
	var typed []byte
	escape := time.NewTimer(time.Hour)
	defer escape.Stop()
	for {
		s.t.size(s.m)
		if err := s.t.draw(s.m.Screen()); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case err := <-s.fatal:
			return err
		case <-sizes:
			s.t.forget()
		case <-s.next.C:
			s.look(ctx)
		case l := <-s.looks:
			s.took(&l)
		case x := <-s.texts:
			s.m.Explained(x.path, x.text)
		case b, more := <-input:
			if !more {
				return nil // the terminal is gone
			}
			quit, rest := s.press(ctx, append(typed, b...))
			if quit {
				return nil
			}
			typed = rest
			escape.Reset(escapeTime)
		case <-escape.C:
			if len(typed) > 0 { // what began like a sequence was the key itself
				s.m.Press(keys.Escape)
				typed = nil
			}
		}
	}
}

// press serves the keys in b, and returns what may be the beginning of another.
func (s *session) press(ctx context.Context, b []byte) (quit bool, rest []byte) {
	for {
		k, n := keys.Decode(b)
		if n == 0 {
			return false, b
		}
		b = b[n:]
		switch s.m.Press(k) {
		case model.Quit:
			return true, nil
		case model.Look:
			s.look(ctx)
		case model.Explain:
			s.explain(ctx, s.m.Explaining())
		case model.Stop:
			if err := s.t.suspend(); err != nil {
				s.m.Fail(err)
			}
		case model.Redraw:
			s.t.forget()
		case model.Nothing:
		}
	}
}

// look asks the agent, unless that is under way.
func (s *session) look(ctx context.Context) {
	if s.busy {
		return
	}
	s.busy = true
	s.help(func() {
		asked := time.Now()
		ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
		defer cancel()
		snapshot, err := s.Fetch(ctx)
		send(ctx, s.looks, look{snapshot, err, time.Since(asked)})
	})
}

// pause returns for how long none follows a look that took so long. A single slow one
// says more of a machine that is busy with others than of the agent: the cost at most
// doubles from look to look.
func (s *session) pause(took time.Duration) time.Duration {
	s.cost = min(took.Round(time.Millisecond), max(2*s.cost, leastCost))
	return max(s.Every, lazy*s.cost)
}

func (s *session) took(l *look) {
	s.busy = false
	wait := s.pause(l.took)
	if l.err != nil {
		wait = s.Every
		s.m.Fail(l.err)
	} else {
		s.m.Take(l.snapshot, wait)
	}
	s.next.Reset(wait)
}

func (s *session) explain(ctx context.Context, path string) {
	s.help(func() {
		ctx, cancel := context.WithTimeout(ctx, explainTimeout)
		defer cancel()
		text, err := s.Explain(ctx, path)
		if err != nil {
			text = err.Error()
		}
		send(ctx, s.texts, explained{path, text})
	})
}

// help does something beside the loop. A panic in it ends the loop first, so that
// the terminal is given back before anybody reads of it.
func (s *session) help(do func()) {
	go func() {
		defer func() {
			if p := recover(); p != nil {
				s.fatal <- fmt.Errorf("%w: %v\n%s", errPanic, p, debug.Stack())
			}
		}()
		do()
	}()
}

func send[T any](ctx context.Context, to chan<- T, v T) {
	select {
	case to <- v:
	case <-ctx.Done():
	}
}

// read passes on what is typed, and closes to when there can't be any more.
func read(ctx context.Context, in io.Reader, to chan<- []byte) {
	defer close(to)
	for {
		b := make([]byte, 256)
		n, err := in.Read(b)
		if err != nil || ctx.Err() != nil {
			return
		}
		send(ctx, to, b[:n])
	}
}
