package names

import (
	"cmp"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// Kind is how a name was made from the live one.
type Kind uint8

// The kinds of names.
const (
	Live     Kind = iota // the name that the application writes to
	Numbered             // .1 .2 …: the larger, the older
	Dated                // -20260102 .2026-01-02 …: the later, the newer
	Other                // matches one of the input's own patterns
)

// Name is what a file's name says.
type Name struct {
	Stem       string // the live name
	Date       string // sorts as text
	Number     int32
	Kind       Kind
	Compressed bool
}

// parsed is a Name with what Classify wants to know beside it.
type parsed struct {
	Name
	base       string // without the compression suffix
	digits     int    // of Number
	afterDigit bool   // Number's dot follows a digit
}

// date is a rotation suffix made of a date, perhaps a time and an index.
var date = regexp.MustCompile(`[-._]((?:19|20)\d\d)(-?)(0[1-9]|1[0-2])(-?)(0[1-9]|[12]\d|3[01])((?:[-_T.:]?\d+)*)Z?$`)

var digits = regexp.MustCompile(`\d+`)

// compressions are the suffixes of compressed files.
var compressions = [...]string{".gz", ".zst", ".bz2", ".xz", ".lz4"}

// Parse takes a base name apart by the built-in rules.
func Parse(base string) Name { return parse(base).Name }

func parse(base string) parsed {
	n := parsed{Name: Name{Stem: base}, base: base}
	for _, c := range compressions {
		if len(base) > len(c) && strings.HasSuffix(base, c) {
			base, n.Compressed = base[:len(base)-len(c)], true
			n.Stem, n.base = base, base
			break
		}
	}
	if parseDate(&n.Name, base, "") || parseNumber(&n, base) {
		return n
	}
	// A date may stand before the extension: app-2026-01-02.log.
	if dot := strings.LastIndexByte(base, '.'); dot > 0 && letters(base[dot+1:]) {
		parseDate(&n.Name, base[:dot], base[dot:])
	}
	return n
}

func parseDate(n *Name, s, ext string) bool {
	count := 0
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			count++
		}
	}
	if count < 8 { // cheaper than the expression, for names that have no date
		return false
	}
	m := date.FindStringSubmatchIndex(s)
	if m == nil || m[0] == 0 || s[m[4]:m[5]] != s[m[8]:m[9]] {
		return false
	}
	var key strings.Builder
	key.WriteString(s[m[2]:m[3]] + s[m[6]:m[7]] + s[m[10]:m[11]])
	for _, group := range digits.FindAllString(s[m[12]:m[13]], -1) {
		key.WriteByte('.')
		for i := len(group); i < 20; i++ {
			key.WriteByte('0')
		}
		key.WriteString(group)
	}
	n.Kind, n.Date, n.Stem = Dated, key.String(), s[:m[0]]+ext
	return true
}

func parseNumber(n *parsed, s string) bool {
	i := len(s)
	for i > 0 && s[i-1] >= '0' && s[i-1] <= '9' {
		i--
	}
	length := len(s) - i
	if length == 0 || length > 6 || i < 2 || s[i-1] != '.' {
		return false
	}
	number, err := strconv.Atoi(s[i:])
	if err != nil {
		return false
	}
	before := s[i-2]
	n.Kind, n.Number, n.digits, n.Stem = Numbered, int32(number), length, s[:i-1]
	n.afterDigit = before >= '0' && before <= '9'
	return true
}

func letters(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return s != ""
}

// Classify tells what the file base in directory dir is to the globs; ok is
// false if it is nothing. extra are the input's own suffix patterns, globs of
// what follows the live name.
//
// A name that a glob matches itself may carry a number that is no rotation (a
// process id, an address), so there only numbers of at most three digits that
// do not follow a digit count. A name that no glob matches belongs to the input
// if its live name does.
func (g *Globs) Classify(dir, base string, extra []string) (n Name, ok bool) {
	full := join(dir, base)
	if len(g.excludes) > 0 && g.Excluded(full) {
		return Name{}, false
	}
	direct := g.Match(full)
	p := parse(base)
	if direct && p.Kind == Numbered && (p.digits > 3 || p.afterDigit) {
		p.Kind, p.Number, p.Stem = Live, 0, p.base
	}
	n = p.Name
	if n.Kind == Live && len(extra) > 0 {
		g.classifyExtra(&n, dir, extra)
	}
	if direct {
		return n, true
	}
	if n.Kind == Live && !n.Compressed {
		return Name{}, false
	}
	live := join(dir, n.Stem)
	return n, g.Match(live) && !g.Excluded(live)
}

func (g *Globs) classifyExtra(n *Name, dir string, extra []string) {
	for _, pattern := range extra {
		for i := len(n.Stem) - 1; i > 0; i-- {
			if doublestar.MatchUnvalidated(pattern, n.Stem[i:]) && g.Match(join(dir, n.Stem[:i])) {
				n.Kind, n.Stem = Other, n.Stem[:i]
				return
			}
		}
	}
}

func join(dir, base string) string {
	if dir == "/" {
		return "/" + base
	}
	return dir + "/" + base
}

// StreamPath is a path without its rotation and compression suffix, for paths
// that are known only by name.
func StreamPath(p string) string {
	return join(path.Dir(p), Parse(path.Base(p)).Stem)
}

// Compare orders two names of one stream, the older first; 0 means that the
// names don't tell.
func Compare(a, b *Name) int {
	switch {
	case a.Kind == Live && b.Kind == Live:
		return 0
	case a.Kind == Live:
		return 1
	case b.Kind == Live:
		return -1
	case a.Kind == Numbered && b.Kind == Numbered:
		return cmp.Compare(b.Number, a.Number)
	case a.Kind == Dated && b.Kind == Dated:
		return cmp.Compare(a.Date, b.Date)
	}
	return 0
}
