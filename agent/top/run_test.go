package top

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"shipper/agent/status"
	"shipper/agent/top/model"
	"shipper/testing/await"
)

// pair is a terminal: ours is the person's end of it.
type pair struct {
	t            *testing.T
	ours, theirs *os.File
	mu           sync.Mutex
	written      bytes.Buffer
	read         chan struct{} // closed when nothing more is written
}

// newPair makes a terminal of 80 columns and 24 lines.
func newPair(t *testing.T) *pair {
	t.Helper()
	ours, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(int(ours.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(ours.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	p := &pair{t: t, ours: ours, theirs: theirs, read: make(chan struct{})}
	p.resize(80, 24)
	go func() {
		defer close(p.read)
		b := make([]byte, 4096)
		for {
			n, err := ours.Read(b)
			if err != nil {
				return
			}
			p.mu.Lock()
			p.written.Write(b[:n])
			p.mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		p.press("x\n")     // wakes whoever still waits for a key
		_ = theirs.Close() // ends the reader
		<-p.read
		_ = ours.Close()
	})
	return p
}

func (p *pair) resize(width, height uint16) {
	p.t.Helper()
	if err := unix.IoctlSetWinsize(int(p.theirs.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: width, Row: height}); err != nil {
		p.t.Fatal(err)
	}
}

func (p *pair) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.written.String()
}

func (p *pair) shows(text string) {
	p.t.Helper()
	await.OK(p.t, time.Minute, func() error {
		if written := p.text(); !strings.Contains(written, text) {
			return fmt.Errorf("%q is never written, but %q", text, written)
		}
		return nil
	})
}

// TestPause: an agent that is slow to answer is asked seldom, one that was slow for once
// as often as before.
func TestPause(t *testing.T) {
	s := session{Config: Config{Every: time.Second}}
	if got := s.pause(10 * time.Second); got != lazy*leastCost {
		t.Errorf("%v after a single slow look", got)
	}
	for range 20 {
		s.pause(10 * time.Second)
	}
	if got := s.pause(10 * time.Second); got != lazy*10*time.Second {
		t.Errorf("%v after many slow looks", got)
	}
	if got := s.pause(time.Millisecond); got != time.Second {
		t.Errorf("%v after a quick one", got)
	}
}

func (p *pair) press(keys string) {
	p.t.Helper()
	if _, err := p.ours.WriteString(keys); err != nil {
		p.t.Fatal(err)
	}
}

// modes are the settings of the terminal.
func (p *pair) modes() unix.Termios {
	p.t.Helper()
	modes, err := unix.IoctlGetTermios(int(p.theirs.Fd()), unix.TCGETS)
	if err != nil {
		p.t.Fatal(err)
	}
	return *modes
}

func snapshot(context.Context) (*status.Snapshot, error) {
	return &status.Snapshot{
		Version: status.Version, Time: time.Now(), Agent: status.Agent{Host: "web-1", StartedAt: time.Now()},
		State:  status.State{Healthy: true},
		Routes: []status.Route{{Name: "app → file.copy", State: status.RouteIdle}},
		Files:  []status.File{{Path: "/var/log/a.log", State: "live", Routes: []status.FileRoute{{Route: "app → file.copy"}}}},
	}, nil
}

// TestTerminalIsGivenBack ends it in every way, after which the terminal must be
// as it was.
func TestTerminalIsGivenBack(t *testing.T) {
	normal := Config{Every: 10 * time.Millisecond, Fetch: snapshot}
	panics := normal
	panics.Explain = func(context.Context, string) (string, error) {
		var none *status.Snapshot
		return none.Agent.Host, nil
	}
	for name, c := range map[string]struct {
		config Config
		end    func(*pair)
		fails  error
	}{
		"q":      {config: normal, end: func(p *pair) { p.press("q") }},
		"ctrl-C": {config: normal, end: func(p *pair) { p.press("\x03") }},
		"SIGTERM": {config: normal, end: func(p *pair) {
			if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
				p.t.Error(err)
			}
		}},
		"panic": {config: panics, end: func(p *pair) { p.press("2\r") }, fails: errPanic},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t)
			before := p.modes()
			m := model.New(model.Routes, 80, 24)
			ended := make(chan error, 1)
			go func() { ended <- Run(t.Context(), m, c.config, p.theirs, p.theirs) }()
			p.shows("app → file.copy")
			if p.modes() == before {
				t.Error("the terminal was not taken")
			}
			c.end(p)
			if err := <-ended; !errors.Is(err, c.fails) {
				t.Errorf("it ends with %v", err)
			}
			if p.modes() != before {
				t.Error("the terminal has other modes")
			}
			p.shows(leaveScreen)
		})
	}
}

// TestPanicOfTheLoop: the screen itself can't be drawn.
func TestPanicOfTheLoop(t *testing.T) {
	p := newPair(t)
	before := p.modes()
	panicked := make(chan any, 1)
	go func() {
		defer func() { panicked <- recover() }()
		_ = Run(t.Context(), nil, Config{Every: time.Hour, Fetch: snapshot}, p.theirs, p.theirs)
	}()
	if <-panicked == nil {
		t.Fatal("no panic")
	}
	if p.modes() != before {
		t.Error("the terminal has other modes")
	}
	p.shows(leaveScreen)
}

func TestSession(t *testing.T) {
	p := newPair(t)
	looks := make(chan struct{}, 1000)
	c := Config{
		Every: time.Millisecond,
		Fetch: func(ctx context.Context) (*status.Snapshot, error) {
			looks <- struct{}{}
			if len(looks) == 3 {
				return nil, errors.New("it went away")
			}
			return snapshot(ctx)
		},
		Explain: func(_ context.Context, path string) (string, error) { return "all about " + path, nil },
	}
	ended := make(chan error, 1)
	go func() { ended <- Run(t.Context(), model.New(model.Routes, 80, 24), c, p.theirs, p.theirs) }()
	p.shows("NO ANSWER: it went away")
	p.shows("all is well")
	p.press("2")
	p.shows("/var/log/a.log")
	p.press("\r")
	p.shows("all about /var/log/a.log")
	p.press("\x1b") // alone: nothing follows
	p.shows("[2 files]")
	p.press("\x1b[Z") // a tab back
	p.shows("[1 routes]")
	p.resize(100, 30)
	if err := syscall.Kill(os.Getpid(), syscall.SIGWINCH); err != nil { // it is not our controlling terminal
		t.Fatal(err)
	}
	p.shows("\x1b[30;1H")
	p.press("q")
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestOnlyWhatChangesIsWritten: a screen that stays is not written again.
func TestOnlyWhatChangesIsWritten(t *testing.T) {
	p := newPair(t)
	term := &terminal{in: p.theirs, out: p.theirs}
	s := model.Screen{Lines: []string{"one", "two"}, Marked: 1}
	for _, lines := range [][]string{{"one", "two"}, {"one", "two"}, {"one", "three"}} {
		s.Lines = lines
		if err := term.draw(s); err != nil {
			t.Fatal(err)
		}
	}
	p.shows("three")
	want := "\x1b[2J\x1b[1;1Hone\x1b[2;1H\x1b[7mtwo\x1b[0m\x1b[2;1H\x1b[7mthree\x1b[0m"
	if got := p.text(); got != want {
		t.Errorf("written %q", got)
	}
}

func TestOnce(t *testing.T) {
	var out bytes.Buffer
	c := Config{Every: time.Millisecond, Fetch: snapshot}
	if err := Once(t.Context(), model.New(model.Files, 80, 24), c, &out); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); !strings.Contains(text, "/var/log/a.log") || strings.Count(text, "\n") != 24 || strings.Contains(text, "\x1b") {
		t.Errorf("%q", text)
	}
	c.Fetch = func(context.Context) (*status.Snapshot, error) { return nil, status.ErrNotRunning }
	if err := Once(t.Context(), model.New(model.Files, 80, 24), c, &out); !errors.Is(err, status.ErrNotRunning) {
		t.Errorf("%v", err)
	}
	if _, err := openTerminal(os.Stdin, os.Stdout); err == nil && !term.IsTerminal(0) {
		t.Error("a file is taken for a terminal")
	}
}
