package match

import (
	"fmt"
	"path"
	"strings"

	"shipper/agent/config"
	"shipper/inputs/logfile/names"
)

// Verdict is what one input makes of a path.
type Verdict struct {
	Input *config.Input
	Takes bool
	Steps []string // what was held against what, and what came of it
	// Stream and Topic are those that a file first seen now would get, "" if
	// there is none.
	Stream, Topic string
	Vars          config.Vars // for the input's other expressions
}

// Judge holds a path against an input's keys, in the order in which they count.
func Judge(in *config.Input, name, host string) Verdict {
	v := Verdict{Input: in}
	say := func(format string, args ...any) { v.Steps = append(v.Steps, fmt.Sprintf(format, args...)) }
	direct := false
	for _, glob := range in.Paths {
		if matches(glob, name) {
			direct = true
			say("paths: %q matches", glob)
		} else {
			say("paths: %q does not match%s", glob, whyNot(glob, name))
		}
	}
	globs, err := names.New(in.Paths, in.ExcludePaths)
	if err != nil {
		say("%v", err)
		return v
	}
	for _, glob := range in.ExcludePaths {
		if matches(glob, name) {
			say("exclude_paths: %q matches: left out", glob)
		}
	}
	n, ok := globs.Classify(path.Dir(name), path.Base(name), in.Rotated)
	if !ok {
		return v
	}
	live := path.Join(path.Dir(name), n.Stem)
	switch {
	case !direct:
		say("it is a rotated file of %q, which matches", live)
	case live != name:
		say("its name is that of a rotated file of %q", live)
	}
	if n.Compressed {
		say("its name is that of a compressed file")
	}
	vars := config.Vars{Host: host, Path: live, Input: in.Label}
	if in.Match != nil {
		if vars.Match = captures(in, live); vars.Match == nil {
			vars.Match = captures(in, name)
		}
		if vars.Match == nil {
			say("match: %q does not match the path: it can't be shipped", in.Match)
			return v
		}
		say("match: %q matches%s", in.Match, groups(in, vars.Match))
	}
	v.Takes, v.Stream, v.Vars = true, live, vars
	if in.Stream != nil {
		if v.Stream, err = in.Stream.Eval(vars); err != nil {
			say("stream: %v", err)
			v.Takes = false
		}
	}
	if in.Topic != nil {
		if v.Topic, err = in.TopicOf(vars); err != nil {
			say("topic: %v", err)
			v.Takes = false
		}
	}
	return v
}

func matches(glob, name string) bool {
	g, err := names.New([]string{glob}, nil)
	return err == nil && g.Match(name)
}

// whyNot tells which directory or name of a path does not fit a glob, "" if that
// is not to be said in one word.
func whyNot(glob, name string) string {
	if strings.ContainsAny(glob, "{") || strings.Contains(glob, "**") {
		return ""
	}
	want, have := strings.Split(glob, "/"), strings.Split(name, "/")
	if len(want) != len(have) {
		return fmt.Sprintf(": it is for names %d directories deep, this one is %d deep", len(want)-2, len(have)-2)
	}
	for i := range want {
		if want[i] != "" && !matches("/"+want[i], "/"+have[i]) {
			return fmt.Sprintf(": %q is not %q", have[i], want[i])
		}
	}
	return ""
}

// captures are the named groups of an input's match in a path, nil if it does not
// match.
func captures(in *config.Input, name string) map[string]string {
	m := in.Match.FindStringSubmatch(name)
	if m == nil {
		return nil
	}
	all := map[string]string{}
	for i, group := range in.Match.SubexpNames() {
		if group != "" {
			all[group] = m[i]
		}
	}
	return all
}

func groups(in *config.Input, values map[string]string) string {
	var text strings.Builder
	for _, group := range in.Match.SubexpNames() {
		if group != "" {
			fmt.Fprintf(&text, ", %s = %q", group, values[group])
		}
	}
	return text.String()
}
