package diag

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Position is a place in a file, lines and columns from 1.
type Position struct {
	File         string
	Line, Column int
}

// String is file:line:column as editors understand it, shorter if parts are
// unknown.
func (p Position) String() string {
	switch {
	case p.File == "":
		return ""
	case p.Line == 0:
		return Printable(p.File)
	}
	return fmt.Sprintf("%s:%d:%d", Printable(p.File), p.Line, p.Column)
}

// Severity tells whether a configuration with this diagnostic can be used.
type Severity uint8

// The severities.
const (
	Error Severity = iota
	Warning
)

// String returns the word that Write prints.
func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// Diagnostic is one thing that is wrong, or doubtful, about a configuration.
// No field holds a secret of the configuration or a control character.
type Diagnostic struct {
	Severity Severity
	Position        // Line 0: the whole file, or the whole configuration if File is ""
	Summary  string // what is wrong, in a few words
	Detail   string // why, and what to do; may be empty
	Source   string // the line as written, secrets masked; empty if Line is 0
	Marks    string // blanks and carets that belong under Source
}

// Diagnostics are all that was found, by file in the order of reading, then by
// line.
type Diagnostics []Diagnostic

// HasErrors tells whether the configuration can't be used.
func (ds Diagnostics) HasErrors() bool {
	return slices.ContainsFunc(ds, func(d Diagnostic) bool { return d.Severity == Error })
}

// Write prints the diagnostics for people.
func (ds Diagnostics) Write(w io.Writer) error {
	var b strings.Builder
	for i, d := range ds {
		if i > 0 {
			b.WriteByte('\n')
		}
		d.write(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (d *Diagnostic) write(b *strings.Builder) {
	b.WriteString(d.String() + "\n")
	if d.Source != "" {
		number := fmt.Sprint(d.Line)
		gutter := strings.Repeat(" ", len(number))
		fmt.Fprintf(b, "  %s | %s\n  %s | %s\n", number, d.Source, gutter, d.Marks)
	}
	if d.Detail != "" {
		b.WriteString("  " + strings.ReplaceAll(d.Detail, "\n", "\n  ") + "\n")
	}
}

// String is the diagnostic on one line, without source and detail.
func (d Diagnostic) String() string {
	s := d.Severity.String() + ": " + d.Summary
	if at := d.Position.String(); at != "" {
		s = at + ": " + s
	}
	return s
}
