package logfile

import (
	"fmt"
	"slices"

	"shipper/agent/config/block"
	"shipper/agent/config/diag"
	"shipper/agent/config/rule"
	"shipper/agent/config/value"
)

// checker looks at what concerns more than one value of an input.
type checker struct {
	*value.Decoder
	in    *Input
	block block.Block
}

// Check does so, for an agent with so much memory; toKafka is false if no output of the
// input is of that kind.
func (in *Input) Check(d *value.Decoder, b block.Block, memory int64, toKafka bool) {
	c := checker{d, in, b}
	c.checkTemplates()
	c.checkTimestamp()
	c.checkEnding(toKafka)
	if limit := memory / 8; in.MaxLine > limit && limit > 0 {
		d.ErrorAt(b.At("max_line"), "max_line is too large for the memory",
			fmt.Sprintf("It can be an eighth of the agent's memory, %s; raise memory in the block agent to at least %s.",
				value.SizeText(limit), value.SizeText(8*in.MaxLine)))
	}
	for _, glob := range in.Paths {
		if rule.SpansNothing(glob) {
			d.WarnAt(b.At("paths"), fmt.Sprintf("** does not span directories in %s", diag.Quoted(glob)),
				"It does so only between slashes: /var/log/**/*.log.")
		}
	}
}

// checkTemplates holds the templates of an input against its match.
func (c *checker) checkTemplates() {
	usable := c.in.Match != nil || !c.block.Has("match") // a bad one is reported already
	var groups []string
	if c.in.Match != nil {
		for _, name := range c.in.Match.SubexpNames() {
			if name != "" {
				groups = append(groups, name)
			}
		}
	}
	good := usable
	for _, t := range c.in.templates() {
		for _, g := range t.Groups() {
			if usable && !slices.Contains(groups, g.Name) {
				good = false
				c.noGroup(g, groups)
			}
		}
	}
	if c.in.Match != nil && len(groups) == 0 {
		c.WarnAt(c.block.At("match"), "match has no group with a name", "Write (?P<app>...) to use what it matches as match.app.")
	}
	if c.in.Stream != nil && !c.in.Stream.PerFile() {
		c.WarnAt(c.block.At("stream"), "stream is the same for every file",
			"All files of the input are taken for generations of one log. Use a group of match, or leave the key out.")
	}
	if c.in.Topic != nil && good {
		c.checkTopic(groups)
		c.checkLimits()
	}
}

// templates are those that the input has.
func (in *Input) templates() []*value.Template {
	all := []*value.Template{in.Stream, in.Topic, in.Key}
	for _, h := range in.Headers {
		all = append(all, h.Value)
	}
	return slices.DeleteFunc(all, func(t *value.Template) bool { return t == nil })
}

func (c *checker) noGroup(g value.Group, groups []string) {
	detail := diag.DidYouMean(g.Name, groups) + diag.These("group", groups)
	switch {
	case c.in.Match == nil:
		detail = fmt.Sprintf("The input has no key \"match\". Add one: match = \"^/var/log/(?P<%s>[^/]+)/\"", diag.Printable(g.Name))
	case len(groups) == 0:
		detail = fmt.Sprintf("The match has no group with a name: (?P<%s>...).", diag.Printable(g.Name))
	}
	c.ErrorAt(g.At, fmt.Sprintf("match has no group %s", diag.Quoted(g.Name)), detail)
}

// checkTopic evaluates the topic for a file that might be.
func (c *checker) checkTopic(groups []string) {
	sample := value.Vars{Host: "host", Path: "/var/log/app.log", Input: c.in.Label, Match: map[string]string{}}
	for _, name := range groups {
		sample.Match[name] = "x"
	}
	topic, err := c.in.Topic.Eval(sample)
	if err != nil {
		c.ErrorAt(c.block.At("topic"), "topic can't be evaluated", err.Error())
		return
	}
	if wrong := rule.Topic(topic); wrong != "" {
		c.ErrorAt(c.block.At("topic"), fmt.Sprintf("bad topic, for example %s", diag.Quoted(topic)), "It "+wrong+".")
	}
}

func (c *checker) checkTimestamp() {
	c.checkMultiline()
	if c.in.Timestamp == "parsed" {
		switch {
		case c.block.Lacks("timestamp_pattern"):
			c.ErrorAt(c.block.At("timestamp"), "missing key \"timestamp_pattern\"",
				"timestamp = \"parsed\" needs a regular expression whose first group is the time.")
		case c.in.TimestampPattern != nil && c.in.TimestampPattern.NumSubexp() == 0:
			c.ErrorAt(c.block.At("timestamp_pattern"), "timestamp_pattern has no group",
				"Put the part that is the time in brackets: \"^\\\\[([^]]+)\\\\]\".")
		}
		return
	}
	for _, k := range []string{"timestamp_pattern", "timestamp_layout"} {
		if c.block.Has(k) && !c.block.Broken {
			c.WarnAt(c.block.At(k), k+" has no effect", "It is used with timestamp = \"parsed\".")
		}
	}
}

func (c *checker) checkMultiline() {
	m := c.in.Multiline
	switch {
	case m == nil || c.block.Broken:
	case m.Start != nil && m.Continue != nil:
		c.ErrorAt(c.block.DefRange(), "multiline has both start and continue", "Keep the one that tells which lines belong together.")
	case m.Start == nil && m.Continue == nil:
		c.ErrorAt(c.block.DefRange(), "multiline has neither start nor continue", "Write, for example: multiline { start = \"^[0-9]\" }")
	case c.in.Format == "cri":
		c.ErrorAt(c.block.At("format"), "multiline can't be used with format = \"cri\"", "Lines of container logs are joined by their own tags only.")
	}
}

// checkLimits finds a topic that can't be, and one that may be any.
func (c *checker) checkLimits() {
	switch {
	case c.in.Topic == nil:
	case c.in.Topic.Constant:
		if _, err := c.in.TopicOf(value.Vars{}); err != nil {
			c.ErrorAt(c.block.At("topic"), "the topic is not one that the input allows", err.Error()+".")
		}
	case c.in.Topic.Prefix() == "" && c.in.TopicLimit.None():
		c.WarnAt(c.block.At("topic"), "files can choose any topic",
			"Whoever may name a file can write to every topic that this user may. Begin the topic with a text, or set topics or topic_prefix.")
	}
}
