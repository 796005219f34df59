package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"shipper/agent/config/block"
	"shipper/agent/config/diag"
	"shipper/agent/config/value"
)

// decoder turns trees into a Config. It is used once, by one goroutine.
type decoder struct {
	value.Decoder
	trees      []block.Tree
	incomplete bool // a file could not be read

	cfg      *Config
	agent    *block.Block // nil if there is none
	inputs   []*inputBlock
	outputs  []*outputBlock
	topics   []*topicBlock
	unusable []string             // outputs of kinds that do not exist
	labels   map[string]hcl.Range // "input rails", "output kafka.events": where defined first
}

// inputBlock is an Input with what its checks need to point at.
type inputBlock struct {
	*Input
	block block.Block
	refs  []hcl.Range // of Outputs
}

// outputBlock is likewise for an Output.
type outputBlock struct {
	*Output
	block block.Block
	used  bool
}

func newDecoder() *decoder {
	return &decoder{labels: map[string]hcl.Range{}, cfg: &Config{}}
}

// blockTypes are those of the outermost blocks, blockStart is where one begins
// if people indent as they do.
var (
	blockTypes = []string{"agent", "input", "output", "topic"}
	blockStart = regexp.MustCompile(`(?m)^(?:` + strings.Join(blockTypes, "|") + `)\b`)
)

// add parses a file. Files are added in the order in which they count.
func (d *decoder) add(s *diag.Source) {
	d.Add(s)
	d.cfg.Files = append(d.cfg.Files, s.Name)
	d.cfg.Shown = append(d.cfg.Shown, Shown{s.Name, s.Shown()})
	d.trees = append(d.trees, block.Parse(&d.Decoder, s, blockStart)...)
}

// config decodes and checks all files that were added.
func (d *decoder) config() (*Config, Diagnostics) {
	agent := agentKeys(&d.cfg.Agent)
	for _, k := range append(agent.Keys, d.cfg.Agent.Quarantine.Schema().Keys...) {
		k.SetDefault(&d.Decoder)
	}
	for _, t := range d.trees {
		d.topLevel(t)
	}
	d.check()
	if d.HasErrors() {
		return nil, d.Diagnostics()
	}
	d.cfg.Read = d.Read
	return d.cfg, d.Diagnostics()
}

func (d *decoder) topLevel(t block.Tree) {
	for name, a := range t.Attributes {
		detail := "Outside of blocks there are no keys; the blocks are agent, input, output and topic."
		if slices.Contains(agentKeys(&Agent{}).Names(), name) {
			detail = fmt.Sprintf("Write it in the block agent { %s = ... }.", name)
		}
		d.ErrorAt(a.NameRange, fmt.Sprintf("unknown key %q", name), detail)
	}
	for _, b := range t.Blocks() {
		switch b.Type {
		case "agent":
			d.agentBlock(b)
		case "input":
			d.inputBlock(b)
		case "output":
			d.outputBlock(b)
		case "topic":
			d.topicBlock(b)
		default:
			d.ErrorAt(b.TypeRange, fmt.Sprintf("unknown block %q", b.Type),
				diag.DidYouMean(b.Type, blockTypes)+"The blocks are agent, input, output and topic.")
		}
	}
}

func (d *decoder) agentBlock(b block.Block) {
	if len(b.Labels) > 0 {
		d.ErrorAt(b.LabelRanges[0], "the block agent has no label", "Write: agent { ... }")
	}
	if d.agent != nil {
		d.ErrorAt(b.DefRange(), "second block agent",
			fmt.Sprintf("There is one already at %s. Join them.", position(d.agent.DefRange())))
		agentKeys(&Agent{}).Decode(&d.Decoder, b, "agent") // for the errors in it
		return
	}
	d.agent = &b
	agentKeys(&d.cfg.Agent).Decode(&d.Decoder, b, "agent")
}

func (d *decoder) inputBlock(b block.Block) {
	kind, label, ok := d.kindAndLabel(b, []string{"logfile"}, "rails")
	if !ok {
		return
	}
	in := &inputBlock{Input: &Input{Label: label, Pos: position(b.DefRange())}, block: b}
	d.define("input "+label, b, fmt.Sprintf("input %q", label))
	in.Schema(&in.refs).Decode(&d.Decoder, b, fmt.Sprintf("input %q %q", kind, label))
	d.cfg.Inputs = append(d.cfg.Inputs, in.Input)
	d.inputs = append(d.inputs, in)
}

func (d *decoder) outputBlock(b block.Block) {
	kind, label, ok := d.kindAndLabel(b, outputKinds, "events")
	if !ok {
		if len(b.Labels) > 1 {
			d.unusable = append(d.unusable, b.Labels[0]+"."+b.Labels[1])
		}
		return
	}
	out := &outputBlock{Output: &Output{Kind: kind, Label: label, Pos: position(b.DefRange())}, block: b}
	d.define("output "+out.Name(), b, fmt.Sprintf("output %q %q", kind, label))
	outputKeys(out.Output).Decode(&d.Decoder, b, fmt.Sprintf("output %q %q", kind, label))
	d.cfg.Outputs = append(d.cfg.Outputs, out.Output)
	d.outputs = append(d.outputs, out)
}

// kindAndLabel checks the head of a block such as `output "kafka" "events"`.
func (d *decoder) kindAndLabel(b block.Block, kinds []string, example string) (kind, label string, ok bool) {
	usage := fmt.Sprintf("Write: %s %q %q { ... }. %s", b.Type, kinds[0], example, diag.These("kind", kinds))
	if len(b.Labels) > 0 && !slices.Contains(kinds, b.Labels[0]) {
		d.ErrorAt(b.LabelRanges[0], fmt.Sprintf("unknown kind of %s: %s", b.Type, diag.Quoted(b.Labels[0])),
			diag.DidYouMean(b.Labels[0], kinds)+usage)
		return "", "", false
	}
	if len(b.Labels) != 2 {
		if !b.Broken {
			d.ErrorAt(b.DefRange(), fmt.Sprintf("the block %s needs a kind and one label", b.Type), usage)
		}
		return "", "", false
	}
	if !hclsyntax.ValidIdentifier(b.Labels[1]) {
		d.ErrorAt(b.LabelRanges[1], fmt.Sprintf("%s can't be a label", diag.Quoted(b.Labels[1])),
			"A label is a letter followed by letters, digits, _ and -, so that it can be referred to.")
	}
	return b.Labels[0], b.Labels[1], true
}

// define reports a second definition of the same thing.
func (d *decoder) define(id string, b block.Block, what string) {
	if first, ok := d.labels[id]; ok {
		d.ErrorAt(b.DefRange(), "second block "+what,
			fmt.Sprintf("There is one already at %s. Give them different labels.", position(first)))
		return
	}
	d.labels[id] = b.DefRange()
}

func position(r hcl.Range) Position { return value.Place(r).Position }
