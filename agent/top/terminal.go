package top

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"shipper/agent/top/model"
)

// What terminals obey.
const (
	enterScreen = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J" // another screen, no cursor, no wrapping of long lines
	leaveScreen = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"
	reverseOn   = "\x1b[7m"
	reverseOff  = "\x1b[0m"
)

// terminal is one that is taken from the shell for a while.
type terminal struct {
	in, out *os.File
	former  *term.State // nil while it is not taken
	shown   []string    // lines as written last, nil if that is unknown
}

// IsTerminal tells whether a model can be shown there.
func IsTerminal(in, out *os.File) bool {
	kind := os.Getenv("TERM")
	return kind != "" && kind != "dumb" && term.IsTerminal(int(in.Fd())) && term.IsTerminal(int(out.Fd()))
}

// Size is that of a terminal in columns and lines, 80 and 24 if it does not say.
func Size(out *os.File) (width, height int) {
	width, height, err := term.GetSize(int(out.Fd()))
	if err != nil || width <= 0 || height <= 0 {
		return 80, 24
	}
	return width, height
}

func openTerminal(in, out *os.File) (*terminal, error) {
	if !term.IsTerminal(int(in.Fd())) || !term.IsTerminal(int(out.Fd())) {
		return nil, errors.New("standard input and output are no terminal; --once prints one screen")
	}
	t := &terminal{in: in, out: out}
	return t, t.enter()
}

// enter takes the terminal.
func (t *terminal) enter() error {
	former, err := term.MakeRaw(int(t.in.Fd()))
	if err != nil {
		return fmt.Errorf("take the terminal: %w", err)
	}
	t.former = former
	t.forget()
	_, err = t.out.WriteString(enterScreen)
	return err
}

// leave gives the terminal back as it was. It may be called twice.
func (t *terminal) leave() {
	if t.former == nil {
		return
	}
	_, _ = t.out.WriteString(leaveScreen)      // there is nobody to tell
	_ = term.Restore(int(t.in.Fd()), t.former) // likewise
	t.former = nil
}

// suspend stops the process as the shell's key for it would, until the shell wants
// it to go on.
func (t *terminal) suspend() error {
	t.leave()
	goesOn := make(chan os.Signal, 1)
	signal.Notify(goesOn, syscall.SIGCONT)
	defer signal.Stop(goesOn)
	if err := syscall.Kill(0, syscall.SIGTSTP); err != nil { // the whole job
		return err
	}
	select {
	case <-goesOn:
	case <-time.After(time.Second): // nobody could wake it, so it was not stopped
	}
	return t.enter()
}

// forget has the next draw write everything.
func (t *terminal) forget() { t.shown = nil }

// size tells the model how large the terminal is.
func (t *terminal) size(m *model.Model) {
	if m.Resize(Size(t.out)) {
		t.forget()
	}
}

// draw writes the lines that differ from those before, with one call.
func (t *terminal) draw(s model.Screen) error {
	var b strings.Builder
	if t.shown == nil {
		b.WriteString("\x1b[2J")
	}
	lines := make([]string, len(s.Lines))
	for i, line := range s.Lines {
		if i == s.Marked {
			line = reverseOn + line + reverseOff
		}
		lines[i] = line
		if t.shown == nil || i >= len(t.shown) || t.shown[i] != line {
			fmt.Fprintf(&b, "\x1b[%d;1H%s", i+1, line)
		}
	}
	t.shown = lines
	if b.Len() == 0 {
		return nil
	}
	_, err := t.out.WriteString(b.String())
	return err
}
