package diag

import (
	"cmp"
	"slices"
)

// Range is a part of a source: bytes [Start, End), and where it begins.
type Range struct {
	Position
	Start, End int
}

// Report gathers what is found wrong with the files of one configuration. Its
// zero value is ready for use, by one goroutine.
type Report struct {
	order   []string // the files, in the order in which they count
	sources map[string]*Source
	misread map[Position]bool // lines with a syntax error; Column is 0
	found   Diagnostics
}

// Add makes a source known. Sources are added in the order in which they count.
func (r *Report) Add(s *Source) {
	if r.sources == nil {
		r.sources = map[string]*Source{}
	}
	r.sources[s.Name] = s
	r.order = append(r.order, s.Name)
}

// Unreadable reports a file, or directory, that takes the place of a source.
func (r *Report) Unreadable(name, summary, detail string) {
	r.order = append(r.order, name)
	r.Whole(Error, name, summary, detail)
}

// Whole reports something about a whole file, or the whole configuration if
// file is "".
func (r *Report) Whole(severity Severity, file, summary, detail string) {
	r.found = append(r.found, Diagnostic{Severity: severity, Position: Position{File: file},
		Summary: Printable(summary), Detail: Printable(detail)})
}

// At reports something about a range. Of a line with a syntax error nothing
// more is reported: what the parser made of it means nothing.
func (r *Report) At(severity Severity, at Range, summary, detail string) {
	if r.misread[Position{File: at.File, Line: at.Line}] {
		return
	}
	d := Diagnostic{Severity: severity, Position: at.Position, Summary: Printable(summary), Detail: Printable(detail)}
	if s := r.sources[at.File]; s != nil {
		d.Summary, d.Detail = s.scrub(d.Summary, at), s.scrub(d.Detail, at)
		d.Source, d.Marks = s.excerpt(at)
	}
	r.found = append(r.found, d)
}

// Syntax reports a syntax error, the first one of its line.
func (r *Report) Syntax(at Range, summary, detail string) {
	r.At(Error, at, summary, detail)
	if r.misread == nil {
		r.misread = map[Position]bool{}
	}
	r.misread[Position{File: at.File, Line: at.Line}] = true
}

// Written is a range's text as it stands in its source, secrets included, or ""
// if there is no such source.
func (r *Report) Written(at Range) string {
	if s := r.sources[at.File]; s != nil && at.End <= len(s.Text) {
		return string(s.Text[at.Start:at.End])
	}
	return ""
}

// HasErrors tells whether there is an error in any file.
func (r *Report) HasErrors() bool { return r.found.HasErrors() }

// HasErrorsIn tells whether there is an error in the file of that name.
func (r *Report) HasErrorsIn(file string) bool {
	return slices.ContainsFunc(r.found, func(d Diagnostic) bool { return d.File == file && d.Severity == Error })
}

// Diagnostics are all that was reported, sorted.
func (r *Report) Diagnostics() Diagnostics {
	slices.SortStableFunc(r.found, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(slices.Index(r.order, a.File), slices.Index(r.order, b.File)),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Summary, b.Summary),
		)
	})
	return r.found
}
