package diag

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Source is one file of a configuration.
type Source struct {
	Name    string // as shown to people
	Text    []byte
	secrets []span // ascending, not overlapping
}

// span is the bytes [start, end) of a text.
type span struct{ start, end int }

// NewSource looks for what is secret in a text, which it keeps.
func NewSource(name string, text []byte) *Source {
	return &Source{Name: name, Text: text, secrets: secretSpans(text)}
}

// lines returns the span of the whole lines that the bytes [start, end) touch,
// without the last newline.
func (s *Source) lines(start, end int) span {
	start = min(max(start, 0), len(s.Text))
	end = min(max(end, start), len(s.Text))
	from := bytes.LastIndexByte(s.Text[:start], '\n') + 1
	to := len(s.Text)
	if i := bytes.IndexByte(s.Text[end:], '\n'); i >= 0 {
		to = end + i
	}
	return span{from, to}
}

// Masked stands where a secret was.
const Masked = "***"

// widest is how many columns of a source line are shown to the left of its
// mark and how many in all.
const (
	widestLead = 80
	widestLine = 160
)

// excerpt renders the first line of a range and the marks under it.
func (s *Source) excerpt(r Range) (line, marks string) {
	whole := s.lines(r.Start, r.Start)
	var text, under strings.Builder
	width, marked := 0, false
	from := whole.start
	if r.Start-from > widestLead {
		from = r.Start - widestLead
		for from < len(s.Text) && !utf8.RuneStart(s.Text[from]) {
			from++
		}
	}
	for at := from; at < whole.end && width < widestLine; {
		c, size := utf8.DecodeRune(s.Text[at:whole.end])
		shown := shownRune(c, size)
		if c == '\r' && at+size == whole.end {
			break
		}
		if secret, ok := s.secretAt(at); ok {
			shown, size = Masked, min(secret.end, whole.end)-at
		}
		mark := ' '
		if at < max(r.End, r.Start+1) && at+size > r.Start {
			mark, marked = '^', true
		}
		text.WriteString(shown)
		if shown == "\t" && mark == ' ' {
			under.WriteByte('\t')
		} else {
			under.WriteString(strings.Repeat(string(mark), utf8.RuneCountInString(shown)))
		}
		width += len(shown)
		at += size
	}
	if !marked {
		under.WriteByte('^')
	}
	return text.String(), strings.TrimRight(under.String(), " \t")
}

func (s *Source) secretAt(at int) (span, bool) {
	for _, x := range s.secrets {
		if x.start <= at && at < x.end {
			return x, true
		}
	}
	return span{}, false
}

// Shown is the text with everything secret in it masked.
func (s *Source) Shown() string {
	var b strings.Builder
	at := 0
	for _, x := range s.secrets {
		b.Write(s.Text[at:x.start])
		b.WriteString(Masked)
		at = x.end
	}
	b.Write(s.Text[at:])
	return b.String()
}

// scrub replaces what is secret on the lines of a range wherever text has it.
func (s *Source) scrub(text string, r Range) string {
	lines := s.lines(r.Start, r.End)
	for _, x := range s.secrets {
		if x.end <= lines.start || x.start >= lines.end {
			continue
		}
		secret := strings.TrimSpace(string(s.Text[x.start:x.end]))
		text = strings.ReplaceAll(text, secret, Masked)
		value, _, _ := strings.Cut(secret, " #") // words of a comment are in every message
		for _, word := range strings.FieldsFunc(value, func(c rune) bool {
			return unicode.IsSpace(c) || strings.ContainsRune("\"'(){}[],;$", c)
		}) {
			if len(word) > 3 && !slices.Contains(vocabulary, word) {
				text = strings.ReplaceAll(text, word, Masked)
			}
		}
	}
	return text
}

// vocabulary is what messages about a secret's line should still be able to say.
var vocabulary = []string{"host", "path", "input", "match", "file"}

// shownRune keeps terminals safe from control characters.
func shownRune(c rune, size int) string {
	switch {
	case c == '\t':
		return "\t"
	case c == utf8.RuneError && size <= 1, !unicode.IsPrint(c):
		return "\uFFFD"
	}
	return string(c)
}
