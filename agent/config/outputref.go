package config

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"shipper/agent/config/value"
)

// OutputRef is `output.kafka.events`.
type OutputRef struct {
	Kind, Label string
	Pos         Position
}

// Name is that of the Output: kafka.events.
func (o OutputRef) Name() string { return o.Kind + "." + o.Label }

// outputRefs is one reference to an output or a list of them.
func outputRefs(in *inputBlock) value.Kind {
	return value.Kind{Name: "output, or a list", Decode: func(d *value.Decoder, e hclsyntax.Expression) {
		exprs := value.OneOrList(e)
		if len(exprs) == 0 {
			d.ErrorAt(e.Range(), d.Key+" is an empty list", "Name at least one output.")
		}
		for _, inner := range exprs {
			ref, ok := outputRef(d, inner)
			if !ok {
				continue
			}
			if slices.ContainsFunc(in.Outputs, func(o OutputRef) bool { return o.Name() == ref.Name() }) {
				d.ErrorAt(inner.Range(), fmt.Sprintf("output.%s is named twice", ref.Name()), "")
				continue
			}
			in.Outputs = append(in.Outputs, ref)
			in.refs = append(in.refs, inner.Range())
		}
	}}
}

func outputRef(d *value.Decoder, e hclsyntax.Expression) (OutputRef, bool) {
	if _, ok := e.(*hclsyntax.ExprSyntaxError); ok {
		return OutputRef{}, false // reported by the parser
	}
	if t, diags := hcl.AbsTraversalForExpr(e); !diags.HasErrors() {
		if names, _ := value.Names(t); len(names) == 3 && names[0] == "output" {
			return OutputRef{Kind: names[1], Label: names[2], Pos: position(e.Range())}, true
		}
	}
	d.ErrorAt(e.Range(), d.Key+" must name an output", "Write it without quotes: output.KIND.LABEL, such as output.kafka.events.")
	return OutputRef{}, false
}
