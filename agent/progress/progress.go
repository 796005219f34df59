package progress

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/dustin/go-humanize"
	"golang.org/x/term"
)

// Unit is what is counted.
type Unit uint8

// The units.
const (
	Positions Unit = iota // records of a topic, roughly
	Bytes
)

const (
	drawEvery = 200 * time.Millisecond // on a terminal
	tellEvery = 5 * time.Second        // elsewhere
	barWidth  = 20
)

// Printer shows one piece of work. Its methods are safe for concurrent use.
type Printer struct {
	w        io.Writer
	what     string
	unit     Unit
	terminal bool
	columns  int
	every    time.Duration
	now      func() time.Time // replaced by tests

	mu          sync.Mutex
	begun, last time.Time
	first       int64 // done when it began
	started     bool
	drawn       int // columns of the line on the terminal
	note        string
}

// New shows work on w. what says in a few words what is done.
func New(w io.Writer, what string, unit Unit) *Printer {
	p := &Printer{w: w, what: what, unit: unit, every: tellEvery, now: time.Now}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.terminal, p.every, p.columns = true, drawEvery, 80
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil && columns > 0 {
			p.columns = columns
		}
	}
	return p
}

// Note adds a few words to the line.
func (p *Printer) Note(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.note = text
}

// Set says that so much of all is done. It prints now and then only.
func (p *Printer) Set(done, total int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if !p.started {
		p.started, p.begun, p.last, p.first = true, now, now, done
		return
	}
	if now.Sub(p.last) < p.every {
		return
	}
	p.last = now
	line := p.line(now, done, total)
	if !p.terminal {
		fmt.Fprintln(p.w, line)
		return
	}
	line = line[:min(len(line), p.columns-1)]
	fmt.Fprintf(p.w, "\r%s%s", line, strings.Repeat(" ", max(0, p.drawn-len(line))))
	p.drawn = len(line)
}

// line is all there is to say at a moment.
func (p *Printer) line(now time.Time, done, total int64) string {
	share := 0.0
	if total > 0 {
		share = min(1, float64(done)/float64(total))
	}
	rate := 0.0
	if passed := now.Sub(p.begun).Seconds(); passed > 0 {
		rate = float64(done-p.first) / passed
	}
	bar := ""
	if p.terminal {
		full := int(share * barWidth)
		bar = " [" + strings.Repeat("#", full) + strings.Repeat(".", barWidth-full) + "]"
	}
	text := fmt.Sprintf("%s:%s %3d%%, %s of %s, %s/s", p.what, bar, int(100*share), p.amount(done), p.amount(total), p.amount(int64(rate)))
	if rate > 0 && done < total {
		text += ", " + time.Duration(float64(total-done)/rate*float64(time.Second)).Round(time.Second).String() + " left"
	}
	if p.note != "" {
		text += ", " + p.note
	}
	return text
}

func (p *Printer) amount(n int64) string {
	if p.unit == Bytes {
		return humanize.IBytes(uint64(max(0, n)))
	}
	return humanize.Comma(n)
}

// End takes the line off the terminal.
func (p *Printer) End() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.drawn > 0 {
		fmt.Fprintf(p.w, "\r%s\r", strings.Repeat(" ", p.drawn))
		p.drawn = 0
	}
}
