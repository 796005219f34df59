package config

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"slices"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// check looks at what concerns more than one value.
func (d *decoder) check() {
	for _, in := range d.inputs {
		d.checkInput(in)
	}
	for _, out := range d.outputs {
		d.checkOutput(out)
	}
	if len(d.inputs) == 0 && !d.found.HasErrors() {
		d.found = append(d.found, Diagnostic{
			Severity: Warning,
			Position: Position{File: slices.Concat(d.cfg.Files, []string{""})[0]},
			Summary:  "nothing to ship: there is no block input",
			Detail:   "Add one to this file or to a file NAME.hcl in the directory " + dropIns + " beside it.",
		})
	}
}

// at is where a key's value is written, or the head of the block.
func at(b *hclsyntax.Block, key string) hcl.Range {
	if a, ok := b.Body.Attributes[key]; ok {
		return a.Expr.Range()
	}
	return b.DefRange()
}

func written(b *hclsyntax.Block, key string) bool {
	_, ok := b.Body.Attributes[key]
	return ok
}

func (d *decoder) checkInput(in *inputBlock) {
	toKafka, known := false, written(in.block, "output") && len(in.refs) > 0
	for i, ref := range in.Outputs {
		out := d.output(ref)
		if out == nil {
			known = false
			d.dangling(ref, in.refs[i])
			continue
		}
		out.used = true
		toKafka = toKafka || out.Kafka != nil
		if out.File != nil {
			d.checkLoop(in, out, in.refs[i])
		}
	}
	switch {
	case toKafka && !written(in.block, "topic") && !in.broken:
		d.errorAt(in.block.DefRange(), fmt.Sprintf("missing key \"topic\" in input \"logfile\" %q", in.Label),
			"An output of kind kafka needs a topic.")
	case known && !toKafka && written(in.block, "topic"):
		d.warnAt(at(in.block, "topic"), "topic has no effect", "No output of this input is of kind kafka.")
	}
	d.checkTemplates(in)
	d.checkTimestamp(in)
	if limit := d.cfg.Agent.Memory / 8; in.MaxLine > limit && limit > 0 {
		d.errorAt(at(in.block, "max_line"), "max_line is too large for the memory",
			fmt.Sprintf("It can be an eighth of the agent's memory, %s; raise memory in the block agent to at least %s.",
				sizeText(limit), sizeText(8*in.MaxLine)))
	}
	for _, glob := range in.Paths {
		if spansNothing(glob) {
			d.warnAt(at(in.block, "paths"), fmt.Sprintf("** does not span directories in %s", quoted(glob)),
				"It does so only between slashes: /var/log/**/*.log.")
		}
	}
}

func (d *decoder) output(ref OutputRef) *outputBlock {
	for _, out := range d.outputs {
		if out.Kind == ref.Kind && out.Label == ref.Label {
			return out
		}
	}
	return nil
}

func (d *decoder) dangling(ref OutputRef, r hcl.Range) {
	name := ref.Kind + "." + ref.Label
	if d.incomplete || slices.Contains(d.unusable, name) {
		return
	}
	var names []string
	for _, out := range d.outputs {
		names = append(names, out.Name())
	}
	detail := "There is no output block at all; write: output \"kafka\" \"events\" { ... }"
	if len(names) > 0 {
		detail = didYouMean(name, names) + "The outputs are " + list(names) + "."
	}
	d.errorAt(r, fmt.Sprintf("there is no output.%s", name), detail)
}

// checkLoop finds an input that would read what its own output writes.
func (d *decoder) checkLoop(in *inputBlock, out *outputBlock, r hcl.Range) {
	matches := func(glob string) bool { return doublestar.MatchUnvalidated(glob, out.File.Path) }
	if slices.ContainsFunc(in.Paths, matches) && !slices.ContainsFunc(in.ExcludePaths, matches) {
		d.errorAt(r, fmt.Sprintf("input %q would ship its own output for ever", in.Label),
			fmt.Sprintf("Its paths match %s. Write elsewhere, or name that file in exclude_paths.", quoted(out.File.Path)))
	}
}

// checkTemplates holds the templates of an input against its match.
func (d *decoder) checkTemplates(in *inputBlock) {
	usable := in.Match != nil || !written(in.block, "match") // a bad one is reported already
	var groups []string
	if in.Match != nil {
		for _, name := range in.Match.SubexpNames() {
			if name != "" {
				groups = append(groups, name)
			}
		}
	}
	good := usable
	each := func(t *Template) {
		if t == nil || !usable {
			return
		}
		for _, p := range t.parts {
			if p.variable == groupVariable && !slices.Contains(groups, p.text) {
				good = false
				d.noGroup(p, in, groups)
			}
		}
	}
	each(in.Stream)
	each(in.Topic)
	each(in.Key)
	for _, h := range in.Headers {
		each(h.Value)
	}
	if in.Match != nil && len(groups) == 0 {
		d.warnAt(at(in.block, "match"), "match has no group with a name", "Write (?P<app>...) to use what it matches as match.app.")
	}
	if in.Stream != nil && !in.Stream.perFile() {
		d.warnAt(at(in.block, "stream"), "stream is the same for every file",
			"All files of the input are taken for generations of one log. Use a group of match, or leave the key out.")
	}
	if in.Topic != nil && good {
		d.checkTopic(in, groups)
	}
}

func (d *decoder) noGroup(p part, in *inputBlock, groups []string) {
	detail := didYouMean(p.text, groups) + "Its groups are " + list(groups) + "."
	switch {
	case in.Match == nil:
		detail = fmt.Sprintf("The input has no key \"match\". Add one: match = \"^/var/log/(?P<%s>[^/]+)/\"", printable(p.text))
	case len(groups) == 0:
		detail = fmt.Sprintf("The match has no group with a name: (?P<%s>...).", printable(p.text))
	}
	d.errorAt(p.at, fmt.Sprintf("match has no group %s", quoted(p.text)), detail)
}

// checkTopic evaluates the topic for a file that might be.
func (d *decoder) checkTopic(in *inputBlock, groups []string) {
	sample := Vars{Host: "host", Path: "/var/log/app.log", Input: in.Label, Match: map[string]string{}}
	for _, name := range groups {
		sample.Match[name] = "x"
	}
	topic, err := in.Topic.Eval(sample)
	if err != nil {
		d.errorAt(at(in.block, "topic"), "topic can't be evaluated", err.Error())
		return
	}
	if wrong := checkTopic(topic); wrong != "" {
		d.errorAt(at(in.block, "topic"), fmt.Sprintf("bad topic, for example %s", quoted(topic)), "It "+wrong+".")
	}
}

func (d *decoder) checkTimestamp(in *inputBlock) {
	if in.Timestamp == "parsed" {
		switch {
		case !written(in.block, "timestamp_pattern") && !in.broken:
			d.errorAt(at(in.block, "timestamp"), "missing key \"timestamp_pattern\"",
				"timestamp = \"parsed\" needs a regular expression whose first group is the time.")
		case in.TimestampPattern != nil && in.TimestampPattern.NumSubexp() == 0:
			d.errorAt(at(in.block, "timestamp_pattern"), "timestamp_pattern has no group",
				"Put the part that is the time in brackets: \"^\\\\[([^]]+)\\\\]\".")
		}
		return
	}
	for _, k := range []string{"timestamp_pattern", "timestamp_layout"} {
		if written(in.block, k) && !in.broken {
			d.warnAt(at(in.block, k), k+" has no effect", "It is used with timestamp = \"parsed\".")
		}
	}
}

func (d *decoder) checkOutput(out *outputBlock) {
	if !out.used && !d.incomplete && !d.maybeUsed(out) {
		d.warnAt(out.block.DefRange(), fmt.Sprintf("output.%s is not used", out.Name()),
			fmt.Sprintf("No input names it: output = output.%s", out.Name()))
	}
	if out.Kafka == nil {
		return
	}
	k := out.Kafka
	if limit := d.cfg.Agent.Memory / 8; k.BatchBytes > limit && limit > 0 {
		d.errorAt(at(out.block, "batch_size"), "batch_size is too large for the memory",
			fmt.Sprintf("It can be an eighth of the agent's memory, %s; raise memory in the block agent to at least %s.",
				sizeText(limit), sizeText(8*k.BatchBytes)))
	}
	if k.MinInSyncReplicas > k.ReplicationFactor {
		where := "min_insync_replicas"
		if !written(out.block, where) {
			where = "replication_factor"
		}
		d.errorAt(at(out.block, where), "min_insync_replicas is greater than replication_factor",
			fmt.Sprintf("A topic with %d replicas never has %d in sync.", k.ReplicationFactor, k.MinInSyncReplicas))
	}
	for _, b := range out.block.Body.Blocks {
		switch {
		case b.Type == "tls" && k.TLS != nil:
			d.checkTLS(b, k.TLS)
		case b.Type == "sasl" && k.SASL != nil && k.TLS == nil && k.SASL.Mechanism == "PLAIN":
			d.warnAt(at(b, "mechanism"), "the password travels in clear text",
				"PLAIN without a block tls. Add tls {}, or use SCRAM-SHA-512.")
		}
	}
}

// maybeUsed tells whether an input that could not be decoded may name the output.
func (d *decoder) maybeUsed(out *outputBlock) bool {
	name := []byte("output." + out.Name())
	for _, s := range d.sources {
		if bytes.Contains(s.text, name) && d.hasErrorIn(s) {
			return true
		}
	}
	return false
}

func (d *decoder) checkTLS(b *hclsyntax.Block, t *TLS) {
	switch {
	case written(b, "cert") != written(b, "key"):
		where := "cert"
		if written(b, "key") {
			where = "key"
		}
		d.errorAt(at(b, where), "cert and key belong together", "Name both, or neither.")
	case t.Cert != "" && t.Key != "":
		if _, err := tls.X509KeyPair([]byte(t.Cert), []byte(t.Key.Reveal())); err != nil {
			d.errorAt(at(b, "cert"), "cert and key can't be used", err.Error()+".")
		}
	}
	if t.InsecureSkipVerify {
		d.warnAt(at(b, "insecure_skip_verify"), "brokers' certificates are not verified", "Anybody on the way can read and take the logs.")
	}
}
