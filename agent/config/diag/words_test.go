package diag

import "testing"

func TestDidYouMean(t *testing.T) {
	names := []string{"paths", "output", "topic", "max_line"}
	for name, want := range map[string]string{
		"path":    "paths",
		"PATHS":   "paths",
		"otuput":  "output",
		"maxline": "max_line",
		"topic":   "", // it is right already
		"headers": "",
		"":        "",
	} {
		if want != "" {
			want = "Did you mean \"" + want + "\"? "
		}
		if got := DidYouMean(name, names); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestQuoted(t *testing.T) {
	for value, want := range map[string]string{
		"a":           `"a"`,
		"a\nb\x1b[0m": "\"a␤b\uFFFD[0m\"",
		"\xff":        "\"\uFFFD\"",
	} {
		if got := Quoted(value); got != want {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
}

func TestThese(t *testing.T) {
	for want, names := range map[string][]string{
		"The only kind is a.":       {"a"},
		"The kinds are a and b.":    {"a", "b"},
		"The kinds are a, b and c.": {"a", "b", "c"},
	} {
		if got := These("kind", names); got != want {
			t.Errorf("%v: %s", names, got)
		}
	}
}
