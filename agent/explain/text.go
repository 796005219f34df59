package explain

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"shipper/agent/config"
	"shipper/agent/status"
	"shipper/checkpoint"
	"shipper/inputs/logfile/calls"
)

// hasOffset tells whether one of an input's routes has an offset among these.
func (s *Source) hasOffset(watermarks map[checkpoint.RouteID]checkpoint.Watermark, in *config.Input) bool {
	for id := range watermarks {
		if s.State.Routes[id].Input == in.Label {
			return true
		}
	}
	return false
}

// printer remembers the first error of writing. What it prints may hold paths and
// errors: every line goes through Printable.
type printer struct{ *bufio.Writer }

func (p printer) line(indent, format string, args ...any) {
	fmt.Fprintf(p, "%s%s\n", indent, status.Printable(fmt.Sprintf(format, args...)))
}

// Write prints the explanation for people.
func (e *Explanation) Write(w io.Writer) error {
	p := printer{bufio.NewWriter(w)}
	e.file(p)
	p.line("", "")
	p.line("", "inputs")
	for _, v := range e.Verdicts {
		word := "does not ship it"
		if v.Takes {
			word = "ships it as part of the log " + status.Printable(v.Stream)
			if v.Topic != "" {
				word += " to topic " + status.Printable(v.Topic)
			}
		}
		p.line("  ", "%s %s", v.Input.Label, word)
		for _, s := range v.Steps {
			p.line("    ", "%s", s)
		}
	}
	e.identity(p)
	for _, l := range e.Logs {
		e.log(p, l)
	}
	for _, problem := range e.Problems {
		p.line("", "%s", problem)
	}
	e.rotation(p)
	return p.Flush()
}

func (e *Explanation) file(p printer) {
	f := e.File
	p.line("", "%s", f.Path)
	if f.Link != "" {
		p.line("  ", "a symbolic link, or below one; the file itself is %s", status.Printable(f.Link))
	}
	switch {
	case f.Gone():
		p.line("  ", "is not there")
		return
	case f.Info.Inode == 0:
		p.line("  ", "can't be read: %v", f.Err)
		return
	}
	born := "birth unknown to the file system"
	if at, ok := f.Born(); ok {
		born = "born " + at.Format(time.RFC3339)
	}
	p.line("  ", "device %d, inode %d, %s, %s, changed %s", f.Info.Device, f.Info.Inode, born, size(f.Info.Size),
		time.Unix(0, f.Info.Modified).Format(time.RFC3339))
	if f.Err != nil {
		p.line("  ", "can't be read: %v", f.Err)
	}
}

// identity says what the state knows of the file, and whether it still holds that.
func (e *Explanation) identity(p printer) {
	p.line("", "")
	p.line("", "identity")
	f := e.File
	if err := e.Source.StateError; err != nil {
		p.line("  ", "the state can't be read: %v", err)
	}
	if f.Known == nil {
		if errors.Is(f.Err, calls.ErrSilent) {
			p.line("  ", "unknown, since the file system did not answer")
		} else {
			p.line("  ", "no generation that is known has this inode and birth: nothing of it was shipped")
		}
		return
	}
	p.line("  ", "generation %s, truncated %d times before, last seen as %s", idText(f.Known.ID), f.Known.Truncations,
		status.Printable(f.Known.Path))
	if f.Proof == nil {
		return
	}
	if n := f.Known.HeadLength; n > 0 {
		p.line("  ", "the first %d bytes are %s", n, compared(f.Proof.Head))
	} else {
		p.line("  ", "its head is not known yet")
	}
	for _, id := range slices.Sorted(maps.Keys(f.Known.Watermarks)) {
		w, r := f.Known.Watermarks[id], e.Source.State.Routes[id]
		if w.ProofLength > 0 {
			p.line("  ", "%s: the %d bytes before offset %d are %s", routeName(r.Input, r.Output), w.ProofLength, w.Offset,
				compared(f.Proof.Positions[int(id)]))
		}
	}
}

// compared says whether bytes of the file are still those that the state has a hash of.
func compared(same bool) string {
	if same {
		return "as they were"
	}
	return "OTHERS than before: another file's content, it is shipped from its start"
}

// log prints the generations of a log, and what the file waits for.
func (e *Explanation) log(p printer, l *Log) {
	p.line("", "")
	from := "as the running agent says"
	if e.Source.Snapshot == nil {
		from = "as the state directory says"
	}
	p.line("", "log %s of input %s, oldest first, %s", status.Printable(l.Stream), l.Input, from)
	for _, g := range l.Generations {
		id := idText(g.ID)
		if id == "" {
			id = "no id yet"
		}
		text := fmt.Sprintf("%s  %s, %s", status.Printable(g.Path), id, g.State)
		if g.Size >= 0 {
			text += ", " + size(g.Size)
		}
		if isOf(g, e.File) {
			text += "  <- this file"
		}
		p.line("  ", "%s", text)
		for _, o := range g.Offsets {
			text := fmt.Sprintf("%s: shipped up to byte %d", o.Route, o.Offset)
			if o.Left > 0 {
				text += ", " + size(o.Left) + " left"
				if o.For > 0 {
					text += " for " + o.For.Round(time.Second).String()
				}
			}
			p.line("    ", "%s", text)
		}
	}
	p.line("  ", "now")
	for _, w := range e.Source.waits(l, e.File) {
		p.line("    ", "%s", w)
	}
}

func (e *Explanation) rotation(p printer) {
	p.line("", "")
	p.line("", "logrotate")
	for _, problem := range e.Source.Rotation.Problems {
		p.line("  ", "%s", problem)
	}
	if e.Rule == nil {
		p.line("  ", "no rule of its configuration names the file")
		return
	}
	p.line("  ", "%s: %s", e.Rule.Place(), e.Rule.Describe())
	for _, w := range e.Lint {
		p.line("  ", "warning: %s", w.What)
		p.line("    ", "→ %s", w.Cure)
	}
	if len(e.Lint) == 0 {
		p.line("  ", "nothing in it loses lines")
	}
}
