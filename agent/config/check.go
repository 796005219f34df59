package config

import (
	"fmt"
	"slices"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/hashicorp/hcl/v2"

	"shipper/agent/config/diag"
	"shipper/agent/config/rule"
	"shipper/agent/config/serve"
	"shipper/agent/config/value"
)

// check looks at what concerns more than one value.
func (d *decoder) check() {
	for _, in := range d.inputs {
		d.checkInput(in)
	}
	for _, out := range d.outputs {
		if out.Kafka != nil {
			out.Kafka.Check(&d.Decoder, out.block, d.cfg.Agent.Memory)
		}
		if out.S3 != nil {
			out.S3.Check(&d.Decoder, out.block, d.cfg.Agent.Memory)
		}
	}
	serve.Check(&d.Decoder, d.agent, d.cfg.Agent.Listen, d.cfg.Agent.StateDir, &d.cfg.Agent.Access)
	d.checkFailovers()
	d.checkTopics()
	d.checkStdout()
	if !d.HasErrors() { // or else they may be what is missing
		d.checkMissing()
	}
}

// checkMissing finds what a configuration is of no use without.
func (d *decoder) checkMissing() {
	if len(d.inputs) == 0 {
		d.Whole(diag.Warning, d.cfg.Files[0], "nothing to ship: there is no block input",
			"Add one to this file or to a file NAME.hcl in the directory conf.d beside it.")
	}
	for _, out := range d.outputs {
		if !out.used {
			d.WarnAt(out.block.DefRange(), fmt.Sprintf("output.%s is not used", out.Name()),
				fmt.Sprintf("No input names it: output = output.%s", out.Name()))
		}
	}
}

// checkStdout finds a second output to standard output: the lines of two writers
// would get into each other.
func (d *decoder) checkStdout() {
	var first *outputBlock
	for _, out := range d.outputs {
		switch {
		case out.Stdout == nil:
		case first == nil:
			first = out
		case out.Name() != first.Name(): // else it is reported as defined twice
			d.ErrorAt(out.block.DefRange(), "second output to standard output",
				fmt.Sprintf("There is one already at %s. Let all inputs name that one: output = output.%s", first.Pos, first.Name()))
		}
	}
}

func (d *decoder) checkInput(in *inputBlock) {
	toKafka, known := false, in.block.Has("output") && len(in.refs) > 0
	for i, ref := range in.Outputs {
		out := d.output(ref)
		if out == nil {
			known = false
			d.dangling(ref, in.refs[i])
			continue
		}
		out.used = true
		if out.Kafka != nil {
			toKafka = true
			out.Kafka.Feed(in.MaxLine, in.Timestamp != "read" || in.Format == "cri", in.AuditTopic != "")
		}
		if out.File != nil {
			d.checkLoop(in, out, in.refs[i])
		}
	}
	switch {
	case toKafka && in.block.Lacks("topic"):
		d.ErrorAt(in.block.DefRange(), fmt.Sprintf("missing key \"topic\" in input \"logfile\" %q", in.Label),
			"An output of kind kafka needs a topic.")
	case known && !toKafka && in.block.Has("topic"):
		d.WarnAt(in.block.At("topic"), "topic has no effect", "No output of this input is of kind kafka.")
	}
	d.checkTemplates(in)
	d.checkTimestamp(in)
	d.checkEnding(in, toKafka || !known)
	if limit := d.cfg.Agent.Memory / 8; in.MaxLine > limit && limit > 0 {
		d.ErrorAt(in.block.At("max_line"), "max_line is too large for the memory",
			fmt.Sprintf("It can be an eighth of the agent's memory, %s; raise memory in the block agent to at least %s.",
				value.SizeText(limit), value.SizeText(8*in.MaxLine)))
	}
	for _, glob := range in.Paths {
		if rule.SpansNothing(glob) {
			d.WarnAt(in.block.At("paths"), fmt.Sprintf("** does not span directories in %s", diag.Quoted(glob)),
				"It does so only between slashes: /var/log/**/*.log.")
		}
	}
}

func (d *decoder) output(ref OutputRef) *outputBlock {
	for _, out := range d.outputs {
		if out.Name() == ref.Name() {
			return out
		}
	}
	return nil
}

func (d *decoder) dangling(ref OutputRef, r hcl.Range) {
	name := ref.Name()
	if d.incomplete || slices.Contains(d.unusable, name) {
		return
	}
	var names []string
	for _, out := range d.outputs {
		names = append(names, out.Name())
	}
	detail := "There is no output block at all; write: output \"kafka\" \"events\" { ... }"
	if len(names) > 0 {
		detail = diag.DidYouMean(name, names) + diag.These("output", names)
	}
	d.ErrorAt(r, fmt.Sprintf("there is no output.%s", name), detail)
}

// checkLoop finds an input that would read what its own output writes.
func (d *decoder) checkLoop(in *inputBlock, out *outputBlock, r hcl.Range) {
	matches := func(glob string) bool { return doublestar.MatchUnvalidated(glob, out.File.Path) }
	if slices.ContainsFunc(in.Paths, matches) && !slices.ContainsFunc(in.ExcludePaths, matches) {
		d.ErrorAt(r, fmt.Sprintf("input %q would ship its own output for ever", in.Label),
			fmt.Sprintf("Its paths match %s. Write elsewhere, or name that file in exclude_paths.", diag.Quoted(out.File.Path)))
	}
}

// checkTemplates holds the templates of an input against its match.
func (d *decoder) checkTemplates(in *inputBlock) {
	usable := in.Match != nil || !in.block.Has("match") // a bad one is reported already
	var groups []string
	if in.Match != nil {
		for _, name := range in.Match.SubexpNames() {
			if name != "" {
				groups = append(groups, name)
			}
		}
	}
	good := usable
	for _, t := range in.templates() {
		for _, g := range t.Groups() {
			if usable && !slices.Contains(groups, g.Name) {
				good = false
				d.noGroup(g, in, groups)
			}
		}
	}
	if in.Match != nil && len(groups) == 0 {
		d.WarnAt(in.block.At("match"), "match has no group with a name", "Write (?P<app>...) to use what it matches as match.app.")
	}
	if in.Stream != nil && !in.Stream.PerFile() {
		d.WarnAt(in.block.At("stream"), "stream is the same for every file",
			"All files of the input are taken for generations of one log. Use a group of match, or leave the key out.")
	}
	if in.Topic != nil && good {
		d.checkTopic(in, groups)
		d.checkLimits(in)
	}
}

// templates are those that the input has.
func (in *inputBlock) templates() []*Template {
	all := []*Template{in.Stream, in.Topic, in.Key}
	for _, h := range in.Headers {
		all = append(all, h.Value)
	}
	return slices.DeleteFunc(all, func(t *Template) bool { return t == nil })
}

func (d *decoder) noGroup(g value.Group, in *inputBlock, groups []string) {
	detail := diag.DidYouMean(g.Name, groups) + diag.These("group", groups)
	switch {
	case in.Match == nil:
		detail = fmt.Sprintf("The input has no key \"match\". Add one: match = \"^/var/log/(?P<%s>[^/]+)/\"", diag.Printable(g.Name))
	case len(groups) == 0:
		detail = fmt.Sprintf("The match has no group with a name: (?P<%s>...).", diag.Printable(g.Name))
	}
	d.ErrorAt(g.At, fmt.Sprintf("match has no group %s", diag.Quoted(g.Name)), detail)
}

// checkTopic evaluates the topic for a file that might be.
func (d *decoder) checkTopic(in *inputBlock, groups []string) {
	sample := Vars{Host: "host", Path: "/var/log/app.log", Input: in.Label, Match: map[string]string{}}
	for _, name := range groups {
		sample.Match[name] = "x"
	}
	topic, err := in.Topic.Eval(sample)
	if err != nil {
		d.ErrorAt(in.block.At("topic"), "topic can't be evaluated", err.Error())
		return
	}
	if wrong := rule.Topic(topic); wrong != "" {
		d.ErrorAt(in.block.At("topic"), fmt.Sprintf("bad topic, for example %s", diag.Quoted(topic)), "It "+wrong+".")
	}
}

func (d *decoder) checkTimestamp(in *inputBlock) {
	d.checkMultiline(in)
	if in.Timestamp == "parsed" {
		switch {
		case in.block.Lacks("timestamp_pattern"):
			d.ErrorAt(in.block.At("timestamp"), "missing key \"timestamp_pattern\"",
				"timestamp = \"parsed\" needs a regular expression whose first group is the time.")
		case in.TimestampPattern != nil && in.TimestampPattern.NumSubexp() == 0:
			d.ErrorAt(in.block.At("timestamp_pattern"), "timestamp_pattern has no group",
				"Put the part that is the time in brackets: \"^\\\\[([^]]+)\\\\]\".")
		}
		return
	}
	for _, k := range []string{"timestamp_pattern", "timestamp_layout"} {
		if in.block.Has(k) && !in.block.Broken {
			d.WarnAt(in.block.At(k), k+" has no effect", "It is used with timestamp = \"parsed\".")
		}
	}
}

func (d *decoder) checkMultiline(in *inputBlock) {
	m := in.Multiline
	switch {
	case m == nil || in.block.Broken:
	case m.Start != nil && m.Continue != nil:
		d.ErrorAt(in.block.DefRange(), "multiline has both start and continue", "Keep the one that tells which lines belong together.")
	case m.Start == nil && m.Continue == nil:
		d.ErrorAt(in.block.DefRange(), "multiline has neither start nor continue", "Write, for example: multiline { start = \"^[0-9]\" }")
	case in.Format == "cri":
		d.ErrorAt(in.block.At("format"), "multiline can't be used with format = \"cri\"", "Lines of container logs are joined by their own tags only.")
	}
}
