package columns

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// wide are the characters that take two columns: of East Asian scripts, and
// pictures.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x1100, Hi: 0x115f, Stride: 1}, {Lo: 0x2e80, Hi: 0xa4cf, Stride: 1}, {Lo: 0xac00, Hi: 0xd7a3, Stride: 1},
		{Lo: 0xf900, Hi: 0xfaff, Stride: 1}, {Lo: 0xfe30, Hi: 0xfe6f, Stride: 1}, {Lo: 0xff00, Hi: 0xff60, Stride: 1},
		{Lo: 0xffe0, Hi: 0xffe6, Stride: 1},
	},
	R32: []unicode.Range32{{Lo: 0x1f300, Hi: 0x1faff, Stride: 1}, {Lo: 0x20000, Hi: 0x3fffd, Stride: 1}},
}

func runeCells(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case unicode.Is(wide, r):
		return 2
	}
	return 1
}

// Cells is how many columns of a terminal s takes.
func Cells(s string) (n int) {
	for _, r := range s {
		n += runeCells(r)
	}
	return n
}

// Fit makes s exactly n columns wide: filled with spaces, or cut and marked.
func Fit(s string, n int) string {
	if have := Cells(s); have <= n {
		return s + strings.Repeat(" ", n-have)
	}
	if n < 1 {
		return ""
	}
	var b strings.Builder
	used := 0
	for _, r := range s {
		if used+runeCells(r) > n-1 {
			break
		}
		used += runeCells(r)
		b.WriteRune(r)
	}
	return b.String() + "…" + strings.Repeat(" ", n-1-used)
}

// FitEnd is fit for what tells more at its end, such as a path.
func FitEnd(s string, n int) string {
	have := Cells(s)
	if have <= n || n < 1 {
		return Fit(s, n)
	}
	for have > n-1 {
		r, size := utf8.DecodeRuneInString(s)
		have -= runeCells(r)
		s = s[size:]
	}
	return Fit("…"+s, n)
}

// Wrap breaks text into lines of n columns, most of them at the most; the last one is marked
// if something is left out. n is at least 1.
func Wrap(text string, n, most int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		switch {
		case line == "":
			line = word
		case Cells(line)+1+Cells(word) <= n:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
		for Cells(line) > n && len(lines) < most { // one that is longer than a line
			cut := strings.TrimSuffix(strings.TrimRight(Fit(line+" ", n+1), " "), "…")
			lines, line = append(lines, cut), line[len(cut):]
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	if len(lines) > most {
		lines = lines[:most]
		lines[most-1] = Fit(lines[most-1]+" …", n)
	}
	return lines
}

// Harmless is s without anything that a terminal might obey.
func Harmless(s string) string {
	return strings.Map(func(r rune) rune {
		if strconv.IsPrint(r) {
			return r
		}
		return '?'
	}, s)
}

// Fold breaks lines that are too wide; what follows is a little deeper.
func Fold(lines []string, width int) []string {
	var folded []string
	for _, line := range lines {
		text := strings.TrimLeft(line, " ")
		indent := strings.Repeat(" ", min(len(line)-len(text), width/2))
		if text == "" {
			folded = append(folded, "")
		}
		for i, part := range Wrap(text, width-len(indent)-2, 1000) {
			if i > 0 {
				part = "  " + part
			}
			folded = append(folded, indent+part)
		}
	}
	return folded
}

// Flow breaks text between words into lines of n columns that begin with indent, those
// after the first a little deeper. A word that is longer stays whole, so that it can be
// copied.
func Flow(indent, text string, n int) []string {
	var lines []string
	line := indent
	for i, word := range strings.Split(text, " ") {
		switch {
		case i == 0:
			line += word
		case Cells(line)+1+Cells(word) > n:
			lines, line = append(lines, line), indent+"  "+word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}
