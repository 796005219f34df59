package diag

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// DidYouMean is a sentence that suggests the name nearest to a mistyped one,
// with a blank after it, or "" if none is near or the name is right.
func DidYouMean(name string, names []string) string {
	if slices.Contains(names, name) {
		return ""
	}
	best, nearest := max(2, len(name)/3)+1, ""
	for _, n := range names {
		if at := distance(strings.ToLower(name), n); at < best {
			best, nearest = at, n
		}
	}
	if nearest == "" || best >= len(nearest) {
		return ""
	}
	return fmt.Sprintf("Did you mean %q? ", nearest)
}

// distance counts the letters to insert, delete, replace or swap with their
// neighbour to make a into b.
func distance(a, b string) int {
	const longest = 64 // a name longer than this is no slip of the finger
	if len(a) > longest || len(b) > longest {
		return longest
	}
	var before, last, row [longest + 1]int
	for j := range len(b) + 1 {
		row[j] = j
	}
	for i := range len(a) {
		before, last = last, row
		row[0] = i + 1
		for j := range len(b) {
			change := 1
			if a[i] == b[j] {
				change = 0
			}
			row[j+1] = min(last[j]+change, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}

// These says which things there are: "The outputs are a and b.", "The only
// output is a."
func These(thing string, names []string) string {
	if len(names) == 1 {
		return "The only " + thing + " is " + names[0] + "."
	}
	return "The " + thing + "s are " + List(names) + "."
}

// List writes names for a sentence: a, b and c.
func List(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// Printable is text with everything a terminal might obey replaced.
func Printable(text string) string {
	return strings.Map(func(c rune) rune {
		if c == '\n' || unicode.IsPrint(c) {
			return c
		}
		return utf8.RuneError
	}, text)
}

// Quoted is a value for a message, shortened if it is long.
func Quoted(value string) string {
	const longest = 80
	if len(value) > longest {
		cut := longest
		for cut > 0 && !utf8.RuneStart(value[cut]) {
			cut--
		}
		value = value[:cut] + "…"
	}
	return `"` + strings.ReplaceAll(Printable(value), "\n", "␤") + `"`
}
