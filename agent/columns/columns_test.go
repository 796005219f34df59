package columns

import (
	"strings"
	"testing"
)

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text    string
		n, most int
		want    string
	}{
		{"a bc def", 4, 9, "a bc|def"},
		{"abcdefghij k", 4, 9, "abcd|efgh|ij k"},
		{"aa bb cc", 2, 2, "aa|b…"},
		{"", 4, 9, ""},
		{"日本語", 3, 9, "日|本|語"},
	} {
		if got := strings.Join(Wrap(c.text, c.n, c.most), "|"); got != c.want {
			t.Errorf("%q in %d columns: %q, want %q", c.text, c.n, got, c.want)
		}
	}
}
