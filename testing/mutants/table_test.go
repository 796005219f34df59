package main

import (
	"path/filepath"
	"strings"
	"testing"

	"shipper/testing/mutants/table"
)

// TestTableFollowsTheCode looks whether the line of every sabotage is where the
// table says, and changes something.
func TestTableFollowsTheCode(t *testing.T) {
	root := filepath.Join("..", "..")
	names := map[string]bool{}
	for _, m := range table.All {
		if _, err := find(root, &m); err != nil {
			t.Error(err)
		}
		if m.Old == m.New || names[m.Name] || len(m.Tests) == 0 {
			t.Errorf("%q changes nothing, has no tests, or is there twice", m.Name)
		}
		names[m.Name] = true
	}
	if len(table.All) < 14 {
		t.Errorf("%d sabotages, want 14 at least", len(table.All))
	}
}

func TestMatches(t *testing.T) {
	const src = "a()\n\tb()\nc()\n\tb()\n"
	for _, c := range []struct {
		after, old string
		want       []int
	}{
		{"", "b()", []int{5, 14}},
		{"c()", "b()", []int{14}},
		{"a()", "b()", []int{5}},
		{"", "b", nil},
		{"b()", "a()", nil},
	} {
		got := matches("f.go", src, &table.Sabotage{After: c.after, Old: c.old})
		if len(got) != len(c.want) {
			t.Errorf("%q after %q: found %v, want %v", c.old, c.after, got, c.want)
			continue
		}
		for i := range got {
			if got[i].start != c.want[i] || !strings.HasPrefix(src[got[i].start:], c.old) {
				t.Errorf("%q after %q: found at %d, want %d", c.old, c.after, got[i].start, c.want[i])
			}
		}
	}
}
