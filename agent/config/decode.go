package config

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// decoder turns trees into a Config, and collects what is wrong with them. It
// is used once, by one goroutine.
type decoder struct {
	sources    map[string]*source
	ranks      map[string]int // the order in which files were read
	trees      []tree
	incomplete bool // a file could not be read

	cfg      *Config
	agent    *hclsyntax.Block // nil if there is none
	inputs   []*inputBlock
	outputs  []*outputBlock
	unusable []string             // outputs of kinds that do not exist
	labels   map[string]hcl.Range // "input rails", "output kafka.events": where defined first

	key     string            // being decoded
	misread map[Position]bool // lines with a syntax error, by file and line
	found   Diagnostics
}

// inputBlock is an Input with what its checks need to point at.
type inputBlock struct {
	*Input
	block *hclsyntax.Block
	refs  []hcl.Range // of Outputs
	// broken as in tree.
	broken bool
}

// outputBlock is likewise for an Output.
type outputBlock struct {
	*Output
	block *hclsyntax.Block
	used  bool
}

func newDecoder() *decoder {
	return &decoder{
		sources: map[string]*source{},
		ranks:   map[string]int{},
		labels:  map[string]hcl.Range{},
		cfg:     &Config{},
		misread: map[Position]bool{},
	}
}

// rank remembers that a file was read after all others so far.
func (d *decoder) rank(name string) {
	if _, ok := d.ranks[name]; !ok {
		d.ranks[name] = len(d.ranks) + 1
	}
}

// add parses a file. Files are added in the order in which they count.
func (d *decoder) add(s *source) {
	d.rank(s.name)
	d.sources[s.name] = s
	d.cfg.Files = append(d.cfg.Files, s.name)
	d.trees = append(d.trees, d.parse(s)...)
}

// config decodes and checks all files that were added.
func (d *decoder) config() (*Config, Diagnostics) {
	for _, k := range agentKeys(&d.cfg.Agent).keys {
		d.setDefault(k)
	}
	for _, t := range d.trees {
		d.topLevel(t)
	}
	d.check()
	slices.SortStableFunc(d.found, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(d.ranks[a.File], d.ranks[b.File]),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Summary, b.Summary),
		)
	})
	if d.found.HasErrors() {
		return nil, d.found
	}
	return d.cfg, d.found
}

func (d *decoder) topLevel(t tree) {
	for name, a := range t.body.Attributes {
		detail := "Outside of blocks there are no keys; the blocks are agent, input and output."
		if slices.Contains(agentKeys(&Agent{}).names(), name) {
			detail = fmt.Sprintf("Write it in the block agent { %s = ... }.", name)
		}
		d.errorAt(a.NameRange, fmt.Sprintf("unknown key %q", name), detail)
	}
	for _, b := range t.body.Blocks {
		switch b.Type {
		case "agent":
			d.agentBlock(b, t.broken)
		case "input":
			d.inputBlock(b, t.broken)
		case "output":
			d.outputBlock(b, t.broken)
		default:
			d.errorAt(b.TypeRange, fmt.Sprintf("unknown block %q", b.Type),
				didYouMean(b.Type, []string{"agent", "input", "output"})+"The blocks are agent, input and output.")
		}
	}
}

func (d *decoder) agentBlock(b *hclsyntax.Block, broken bool) {
	if len(b.Labels) > 0 {
		d.errorAt(b.LabelRanges[0], "the block agent has no label", "Write: agent { ... }")
	}
	if d.agent != nil {
		d.errorAt(b.DefRange(), "second block agent",
			fmt.Sprintf("There is one already at %s. Join them.", d.position(d.agent.DefRange())))
		d.body(agentKeys(&Agent{}), b, "agent", broken) // for the errors in it
		return
	}
	d.agent = b
	d.body(agentKeys(&d.cfg.Agent), b, "agent", broken)
}

func (d *decoder) inputBlock(b *hclsyntax.Block, broken bool) {
	kind, label, ok := d.kindAndLabel(b, []string{"logfile"}, "rails", broken)
	if !ok {
		return
	}
	in := &inputBlock{Input: &Input{Label: label, Pos: d.position(b.DefRange())}, block: b, broken: broken}
	d.define("input "+label, b, fmt.Sprintf("input %q", label))
	d.body(logfileKeys(in), b, fmt.Sprintf("input %q %q", kind, label), broken)
	d.cfg.Inputs = append(d.cfg.Inputs, in.Input)
	d.inputs = append(d.inputs, in)
}

func (d *decoder) outputBlock(b *hclsyntax.Block, broken bool) {
	kind, label, ok := d.kindAndLabel(b, outputKinds, "events", broken)
	if !ok {
		if len(b.Labels) > 1 {
			d.unusable = append(d.unusable, b.Labels[0]+"."+b.Labels[1])
		}
		return
	}
	out := &outputBlock{Output: &Output{Kind: kind, Label: label, Pos: d.position(b.DefRange())}, block: b}
	d.define("output "+out.Name(), b, fmt.Sprintf("output %q %q", kind, label))
	d.body(outputKeys(out.Output), b, fmt.Sprintf("output %q %q", kind, label), broken)
	d.cfg.Outputs = append(d.cfg.Outputs, out.Output)
	d.outputs = append(d.outputs, out)
}

// kindAndLabel checks the head of a block such as `output "kafka" "events"`.
func (d *decoder) kindAndLabel(b *hclsyntax.Block, kinds []string, example string, broken bool) (kind, label string, ok bool) {
	usage := fmt.Sprintf("Write: %s %q %q { ... }. The kinds are %s.", b.Type, kinds[0], example, list(kinds))
	if len(b.Labels) > 0 && !slices.Contains(kinds, b.Labels[0]) {
		d.errorAt(b.LabelRanges[0], fmt.Sprintf("unknown kind of %s: %s", b.Type, quoted(b.Labels[0])),
			didYouMean(b.Labels[0], kinds)+usage)
		return "", "", false
	}
	if len(b.Labels) != 2 {
		if !broken {
			d.errorAt(b.DefRange(), fmt.Sprintf("the block %s needs a kind and a label", b.Type), usage)
		}
		return "", "", false
	}
	if !hclsyntax.ValidIdentifier(b.Labels[1]) {
		d.errorAt(b.LabelRanges[1], fmt.Sprintf("%s can't be a label", quoted(b.Labels[1])),
			"A label is a letter followed by letters, digits, _ and -, so that it can be referred to.")
	}
	return b.Labels[0], b.Labels[1], true
}

// define reports a second definition of the same thing.
func (d *decoder) define(id string, b *hclsyntax.Block, what string) {
	if first, ok := d.labels[id]; ok {
		d.errorAt(b.DefRange(), "second block "+what,
			fmt.Sprintf("There is one already at %s. Give them different labels.", d.position(first)))
		return
	}
	d.labels[id] = b.DefRange()
}

// body decodes the keys and blocks within a block.
func (d *decoder) body(s schema, b *hclsyntax.Block, title string, broken bool) {
	for _, k := range s.keys {
		d.setDefault(k)
		if a, ok := b.Body.Attributes[k.name]; ok {
			d.key = k.name
			k.kind.decode(d, a.Expr)
		} else if k.required && !broken {
			d.errorAt(b.DefRange(), fmt.Sprintf("missing key %q in %s", k.name, title),
				fmt.Sprintf("It is required: %s", k.doc))
		}
	}
	for name, a := range b.Body.Attributes {
		if s.key(name) != nil {
			continue
		}
		if s.block(name) != nil {
			d.errorAt(a.NameRange, fmt.Sprintf("%q is a block", name),
				fmt.Sprintf("Leave out the \"=\": %s { ... }", name))
			continue
		}
		d.errorAt(a.NameRange, fmt.Sprintf("unknown key %q in %s", name, title),
			didYouMean(name, s.names())+"The keys are "+list(s.names())+".")
	}
	first := map[string]hcl.Range{}
	for _, inner := range b.Body.Blocks {
		nested := s.block(inner.Type)
		switch at, twice := first[inner.Type]; {
		case nested == nil && s.key(inner.Type) != nil:
			d.errorAt(inner.TypeRange, fmt.Sprintf("%q is a key, not a block", inner.Type),
				fmt.Sprintf("Write: %s = ...", inner.Type))
			continue
		case nested == nil:
			d.errorAt(inner.TypeRange, fmt.Sprintf("unknown block %q in %s", inner.Type, title),
				didYouMean(inner.Type, s.names()))
			continue
		case twice:
			d.errorAt(inner.DefRange(), fmt.Sprintf("second block %q in %s", inner.Type, title),
				fmt.Sprintf("There is one already at %s.", d.position(at)))
		case len(inner.Labels) > 0:
			d.errorAt(inner.LabelRanges[0], fmt.Sprintf("the block %s has no label", inner.Type),
				fmt.Sprintf("Write: %s { ... }", inner.Type))
		}
		first[inner.Type] = inner.DefRange()
		d.body(nested.open(), inner, fmt.Sprintf("the block %s of %s", inner.Type, title), broken)
	}
}

// setDefault gives a key the value that it has when it is not written.
func (d *decoder) setDefault(k key) {
	if k.def == "" {
		return
	}
	e, diags := hclsyntax.ParseExpression([]byte(k.def), "default of "+k.name, hcl.InitialPos)
	if diags.HasErrors() { // a test holds every default against this
		d.found = append(d.found, Diagnostic{Summary: "default of " + k.name + ": " + diags.Error()})
		return
	}
	d.key = k.name
	k.kind.decode(d, e)
}

func (d *decoder) position(r hcl.Range) Position {
	return Position{File: r.Filename, Line: r.Start.Line, Column: r.Start.Column}
}

func (d *decoder) errorAt(r hcl.Range, summary, detail string) {
	d.report(Error, r, summary, detail)
}

func (d *decoder) warnAt(r hcl.Range, summary, detail string) {
	d.report(Warning, r, summary, detail)
}

func (d *decoder) report(severity Severity, r hcl.Range, summary, detail string) {
	if d.misread[Position{File: r.Filename, Line: r.Start.Line}] {
		return // what the parser made of such a line means nothing
	}
	x := Diagnostic{Severity: severity, Position: d.position(r), Summary: printable(summary), Detail: printable(detail)}
	if s := d.sources[r.Filename]; s != nil {
		x.Summary, x.Detail = s.scrub(x.Summary, r), s.scrub(x.Detail, r)
		x.Source, x.Marks = s.excerpt(r)
	}
	d.found = append(d.found, x)
}
