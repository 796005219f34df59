package keys

import "testing"

func TestDecode(t *testing.T) {
	for in, want := range map[string]Key{
		"a": 'a', "é": 'é', "\x1b[A": Up, "\x1bOB": Down, "\x1b[5~": PageUp, "\x1b[6~": PageDown, "\x1b[Z": BackTab, "\x1b[H": Home,
		"\x1b[4~": End, "\r": Enter, "\n": Enter, "\x7f": Backspace, "\b": Backspace, "\t": Tab, "\x03": Interrupt, "\x1bx": Escape,
		"\x1b[1;5C": Right, "\xff": None, "\x1b[99~": None, "\x1b[M": None,
	} {
		k, n := Decode([]byte(in))
		if k != want || n == 0 || (n != len(in) && want != Escape) {
			t.Errorf("%q: key %d of %d bytes, want %d", in, k, n, want)
		}
	}
	for _, in := range []string{"", "\x1b", "\x1b[", "\x1b[1;5", "\xc3"} {
		if _, n := Decode([]byte(in)); n != 0 {
			t.Errorf("%q is complete", in)
		}
	}
}
