package names

import (
	"slices"
	"testing"
)

func TestClassify(t *testing.T) {
	g, err := New([]string{"/var/log/app.log", "/var/log/pid.*", "/var/log/**/*.out", "/srv/{a,b/c}/x.log"}, []string{"/var/log/secret/**", "/var/log/no.out"})
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		dir, base string
		ok        bool
		stem      string
		kind      Kind
		packed    bool
	}{
		{"/var/log", "app.log", true, "app.log", Live, false},
		{"/var/log", "app.log.1", true, "app.log", Numbered, false},
		{"/var/log", "app.log.123456", true, "app.log", Numbered, false},
		{"/var/log", "app.log.1234567", false, "", 0, false},
		{"/var/log", "app.log.2.gz", true, "app.log", Numbered, true},
		{"/var/log", "app.log.gz", true, "app.log", Live, true},
		{"/var/log", "app.log-20260102", true, "app.log", Dated, false},
		{"/var/log", "app.log-2026010215", true, "app.log", Dated, false},
		{"/var/log", "app.log-20260102-1700000000.zst", true, "app.log", Dated, true},
		{"/var/log", "app-2026-01-02.log", true, "app.log", Dated, false},
		{"/var/log", "app-2016-11-04T18-30-00.000.log", true, "app.log", Dated, false},
		{"/var/log", "app.log.2026-01-02.3", true, "app.log", Dated, false},
		{"/var/log", "app.log-20261302", false, "", 0, false},
		{"/var/log", "app.log.old", true, "app.log", Other, false},
		{"/var/log", "app.logs", false, "", 0, false},
		{"/var/log", "pid.4711", true, "pid.4711", Live, false},
		{"/var/log", "pid.7", true, "pid", Numbered, false},
		{"/var/log", "pid.10.0.0.1", true, "pid.10.0.0.1", Live, false},
		{"/var/log/x/y", "z.out", true, "z.out", Live, false},
		{"/var/log/x/y", "z.out.3", true, "z.out", Numbered, false},
		{"/var/log/secret", "z.out", false, "", 0, false},
		{"/var/log", "no.out.1", false, "", 0, false},
		{"/srv/b/c", "x.log", true, "x.log", Live, false},
		{"/srv/b", "x.log", false, "", 0, false},
	}
	for _, c := range cases {
		n, ok := g.Classify(c.dir, c.base, []string{".old"})
		if ok != c.ok {
			t.Errorf("%s/%s: %v, want %v", c.dir, c.base, ok, c.ok)
			continue
		}
		if ok && (n.Stem != c.stem || n.Kind != c.kind || n.Compressed != c.packed) {
			t.Errorf("%s/%s: %+v", c.dir, c.base, n)
		}
	}
	for dir, want := range map[string]bool{
		"/": true, "/var": true, "/var/log": true, "/var/log/a/b": true, "/var/lib": false,
		"/var/log/secret": false, "/srv": true, "/srv/b": true, "/home": false,
	} {
		if got := g.Descend(dir); got != want {
			t.Errorf("descend into %s: %v", dir, got)
		}
	}
	if roots := g.Roots(); !slices.Equal(roots, []string{"/var/log", "/srv"}) {
		t.Errorf("roots %v", roots)
	}
}

func TestCompare(t *testing.T) {
	ordered := [][]string{
		{"a.log.100", "a.log.20", "a.log.3", "a.log"},
		{"a.log-20251231", "a.log-20260101", "a.log-20260101-9", "a.log-20260101-10", "a.log"},
		{"a-2026-01-01.log", "a-2026-01-01.1.log", "a-2026-01-02.log", "a.log"},
	}
	for _, list := range ordered {
		for i := range list {
			for j := range list {
				a, b := Parse(list[i]), Parse(list[j])
				if got := Compare(&a, &b); (got < 0) != (i < j) || (got > 0) != (i > j) {
					t.Errorf("%s and %s: %d", list[i], list[j], got)
				}
			}
		}
	}
}

func TestBadGlobs(t *testing.T) {
	for _, p := range []string{"relative/*", "/a/[b"} {
		if _, err := New([]string{p}, nil); err == nil {
			t.Errorf("%q was taken", p)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"app.log.1", "a-2026-01-02T03:04:05.000Z.log", ".1", "x.gz", "\xff.12345678901234567890"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n := Parse(s)
		if len(n.Stem) > len(s) || (s != "" && n.Stem == "") {
			t.Errorf("%q: stem %q", s, n.Stem)
		}
	})
}
