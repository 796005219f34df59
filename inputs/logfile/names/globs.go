package names

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// Globs are an input's paths and excluded paths. It is immutable.
type Globs struct {
	paths, excludes []string
	parts           [][]string // each path cut at slashes
	roots           []string
}

// New checks and prepares absolute globs.
func New(paths, excludes []string) (*Globs, error) {
	g := &Globs{}
	clean := func(p string) (string, error) {
		if !doublestar.ValidatePattern(p) {
			return "", fmt.Errorf("glob %q is malformed", p)
		}
		if !strings.HasPrefix(p, "/") {
			return "", fmt.Errorf("glob %q is not absolute", p)
		}
		return path.Clean(p), nil
	}
	for _, p := range paths {
		p, err := clean(p)
		if err != nil {
			return nil, err
		}
		g.paths = append(g.paths, p)
		root, rest := doublestar.SplitPattern(p)
		g.roots = append(g.roots, root)
		parts := strings.Split(strings.TrimPrefix(root, "/"), "/")
		if root == "/" {
			parts = nil
		}
		if slashInBraces(rest) {
			// Alternatives of different depth: look everywhere below.
			parts = append(parts, "**")
		} else {
			parts = append(parts, strings.Split(rest, "/")...)
		}
		g.parts = append(g.parts, parts)
	}
	for _, p := range excludes {
		p, err := clean(p)
		if err != nil {
			return nil, err
		}
		g.excludes = append(g.excludes, p)
	}
	// The longest first: a directory below two roots belongs to the nearer.
	slices.SortFunc(g.roots, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	g.roots = slices.Compact(g.roots)
	return g, nil
}

func slashInBraces(p string) bool {
	depth := 0
	for i := 0; i < len(p); i++ {
		switch p[i] {
		case '\\':
			i++
		case '{':
			depth++
		case '}':
			depth--
		case '/':
			if depth > 0 {
				return true
			}
		}
	}
	return false
}

// Roots are the fixed directories that the globs start from, the longest first.
func (g *Globs) Roots() []string { return g.roots }

// Match tells whether a glob names the path.
func (g *Globs) Match(p string) bool {
	for _, pattern := range g.paths {
		if doublestar.MatchUnvalidated(pattern, p) {
			return true
		}
	}
	return false
}

// Names tells whether a glob names the path by more than wildcards: /var/log/*
// stands for whatever is there, /var/log/*.log for files.
func (g *Globs) Names(p string) bool {
	for _, pattern := range g.paths {
		if strings.Trim(path.Base(pattern), "*?") != "" && doublestar.MatchUnvalidated(pattern, p) {
			return !g.Excluded(p)
		}
	}
	return false
}

// Excluded tells whether the path is to be left out.
func (g *Globs) Excluded(p string) bool {
	for _, pattern := range g.excludes {
		if doublestar.MatchUnvalidated(pattern, p) {
			return true
		}
	}
	return false
}

// Descend tells whether a directory can contain matches, itself or further down.
func (g *Globs) Descend(dir string) bool {
	for _, pattern := range g.excludes {
		if strings.HasSuffix(pattern, "/**") && doublestar.MatchUnvalidated(pattern, dir) {
			return false
		}
	}
	for _, parts := range g.parts {
		if leadsTo(parts, strings.TrimPrefix(dir, "/")) {
			return true
		}
	}
	return false
}

// leadsTo tells whether the components of dir can be the first ones of a path
// that the pattern matches, with at least one component to follow.
func leadsTo(pattern []string, dir string) bool {
	for dir != "" {
		if len(pattern) == 0 {
			return false
		}
		if pattern[0] == "**" {
			return true
		}
		var name string
		name, dir, _ = strings.Cut(dir, "/")
		if !doublestar.MatchUnvalidated(pattern[0], name) {
			return false
		}
		pattern = pattern[1:]
	}
	return len(pattern) > 0
}
