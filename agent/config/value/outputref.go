package value

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"shipper/agent/config/diag"
)

// OutputRef is `output.kafka.events`.
type OutputRef struct {
	Kind, Label string
	Pos         diag.Position
}

// Name is that of the Output: kafka.events.
func (o OutputRef) Name() string { return o.Kind + "." + o.Label }

// Output is one reference to an output.
func Output(to *OutputRef) Kind {
	return Kind{Name: "output", Decode: func(d *Decoder, e hclsyntax.Expression) {
		if ref, ok := ParseOutputRef(d, e); ok {
			*to = ref
		}
	}}
}

// ParseOutputRef reads one reference, or says why it is none.
func ParseOutputRef(d *Decoder, e hclsyntax.Expression) (OutputRef, bool) {
	if _, ok := e.(*hclsyntax.ExprSyntaxError); ok {
		return OutputRef{}, false // reported by the parser
	}
	if t, diags := hcl.AbsTraversalForExpr(e); !diags.HasErrors() {
		if names, _ := Names(t); len(names) == 3 && names[0] == "output" {
			return OutputRef{Kind: names[1], Label: names[2], Pos: Place(e.Range()).Position}, true
		}
	}
	d.ErrorAt(e.Range(), d.Key+" must name an output", "Write it without quotes: output.KIND.LABEL, such as output.kafka.events.")
	return OutputRef{}, false
}

// Outputs is one reference to an output or a list of them; at is where each is
// written.
func Outputs(to *[]OutputRef, at *[]hcl.Range) Kind {
	return Kind{Name: "output, or a list", Decode: func(d *Decoder, e hclsyntax.Expression) {
		exprs := oneOrList(e)
		if len(exprs) == 0 {
			d.ErrorAt(e.Range(), d.Key+" is an empty list", "Name at least one output.")
		}
		for _, inner := range exprs {
			ref, ok := ParseOutputRef(d, inner)
			if !ok {
				continue
			}
			if slices.ContainsFunc(*to, func(o OutputRef) bool { return o.Name() == ref.Name() }) {
				d.ErrorAt(inner.Range(), fmt.Sprintf("output.%s is named twice", ref.Name()), "")
				continue
			}
			*to = append(*to, ref)
			*at = append(*at, inner.Range())
		}
	}}
}
