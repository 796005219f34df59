package keys

import "unicode/utf8"

// Key is one that was pressed: a character, or one of the constants.
type Key rune

// Keys without a character, and characters with a name.
const (
	None Key = -iota // to be ignored
	Up
	Down
	Left
	Right
	PageUp
	PageDown
	Home
	End
	BackTab
	Escape

	Tab       Key = '\t'
	Enter     Key = '\r'
	Interrupt Key = 'C' - '@'
	Suspend   Key = 'Z' - '@'
	Repaint   Key = 'L' - '@'
	Backspace Key = 0x7f
)

// finals are keys by the last byte of the sequence that a terminal sends for
// them, numbered those by the number in a sequence that ends with ~.
var (
	finals   = map[byte]Key{'A': Up, 'B': Down, 'C': Right, 'D': Left, 'H': Home, 'F': End, 'Z': BackTab}
	numbered = map[byte]Key{'1': Home, '7': Home, '4': End, '8': End, '5': PageUp, '6': PageDown}
)

// Decode finds the first key in b, and how many bytes it takes: 0 if it may not
// be complete. A lone escape is not: who waits longer than a terminal takes to
// send the rest knows better.
func Decode(b []byte) (Key, int) {
	const escape = 0x1b
	switch {
	case len(b) == 0:
		return None, 0
	case b[0] == escape && len(b) == 1:
		return None, 0
	case b[0] == escape && (b[1] == '[' || b[1] == 'O'):
		for i := 2; i < len(b); i++ {
			switch c := b[i]; {
			case c == '~':
				return numbered[b[2]], i + 1
			case c >= '@':
				return finals[c], i + 1
			}
		}
		return None, 0
	case b[0] == escape:
		return Escape, 1
	case b[0] == '\n':
		return Enter, 1
	case b[0] == '\b':
		return Backspace, 1
	case !utf8.FullRune(b):
		return None, 0
	}
	r, n := utf8.DecodeRune(b)
	if r == utf8.RuneError && n == 1 {
		return None, 1
	}
	return Key(r), n
}
