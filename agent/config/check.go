package config

import (
	"fmt"
	"slices"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/hashicorp/hcl/v2"

	"shipper/agent/config/diag"
	"shipper/agent/config/serve"
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
	in.Check(&d.Decoder, in.block, d.cfg.Agent.Memory, toKafka || !known)
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
