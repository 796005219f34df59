package config

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
)

// source is one file's text.
type source struct {
	name    string // as shown to people
	text    []byte
	secrets []span // ascending, not overlapping
}

// span is the bytes [start, end) of a text.
type span struct{ start, end int }

func newSource(name string, text []byte) *source {
	return &source{name: name, text: text, secrets: secretSpans(text)}
}

// lines returns the span of the whole lines that the bytes [start, end) touch,
// without the last newline.
func (s *source) lines(start, end int) span {
	start = min(max(start, 0), len(s.text))
	end = min(max(end, start), len(s.text))
	from := bytes.LastIndexByte(s.text[:start], '\n') + 1
	to := len(s.text)
	if i := bytes.IndexByte(s.text[end:], '\n'); i >= 0 {
		to = end + i
	}
	return span{from, to}
}

// widest is how many columns of a source line are shown to the left of its
// mark and how many in all.
const (
	widestLead = 80
	widestLine = 160
)

// excerpt renders the first line of a range and the marks under it.
func (s *source) excerpt(r hcl.Range) (line, marks string) {
	whole := s.lines(r.Start.Byte, r.Start.Byte)
	var text, under strings.Builder
	width, marked := 0, false
	from := whole.start
	if r.Start.Byte-from > widestLead {
		from = r.Start.Byte - widestLead
		for from < len(s.text) && !utf8.RuneStart(s.text[from]) {
			from++
		}
	}
	for at := from; at < whole.end && width < widestLine; {
		c, size := utf8.DecodeRune(s.text[at:whole.end])
		shown := shownRune(c, size)
		if c == '\r' && at+size == whole.end {
			break
		}
		if secret, ok := s.secretAt(at); ok {
			shown, size = masked, min(secret.end, whole.end)-at
		}
		mark := ' '
		if at < max(r.End.Byte, r.Start.Byte+1) && at+size > r.Start.Byte {
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

func (s *source) secretAt(at int) (span, bool) {
	for _, x := range s.secrets {
		if x.start <= at && at < x.end {
			return x, true
		}
	}
	return span{}, false
}

// scrub replaces what is secret on the lines of a range wherever text has it.
func (s *source) scrub(text string, r hcl.Range) string {
	lines := s.lines(r.Start.Byte, r.End.Byte)
	for _, x := range s.secrets {
		if x.end <= lines.start || x.start >= lines.end {
			continue
		}
		secret := strings.TrimSpace(string(s.text[x.start:x.end]))
		text = strings.ReplaceAll(text, secret, masked)
		value, _, _ := strings.Cut(secret, " #") // words of a comment are in every message
		for _, word := range strings.FieldsFunc(value, func(c rune) bool {
			return unicode.IsSpace(c) || strings.ContainsRune("\"'(){}[],;$", c)
		}) {
			if len(word) > 3 && !slices.Contains(vocabulary, word) {
				text = strings.ReplaceAll(text, word, masked)
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

// printable is text with everything a terminal might obey replaced.
func printable(text string) string {
	return strings.Map(func(c rune) rune {
		if c == '\n' || unicode.IsPrint(c) {
			return c
		}
		return utf8.RuneError
	}, text)
}

// quoted is a value for a message, shortened if it is long.
func quoted(value string) string {
	const longest = 80
	if len(value) > longest {
		cut := longest
		for cut > 0 && !utf8.RuneStart(value[cut]) {
			cut--
		}
		value = value[:cut] + "…"
	}
	return `"` + strings.ReplaceAll(printable(value), "\n", "␤") + `"`
}
