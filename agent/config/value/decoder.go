package value

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"shipper/agent/config/diag"
)

// Decoder decodes the values of one configuration. Its zero value is ready for
// use, by one goroutine.
type Decoder struct {
	diag.Report
	Key string // being decoded, for messages
	// Read are the files that texts were read from.
	Read []string
}

// Decode decodes an expression as the value of a key.
func (d *Decoder) Decode(key string, k Kind, e hclsyntax.Expression) {
	d.Key = key
	k.Decode(d, e)
}

// ErrorAt reports an error.
func (d *Decoder) ErrorAt(r hcl.Range, summary, detail string) {
	d.At(diag.Error, Place(r), summary, detail)
}

// WarnAt reports a warning.
func (d *Decoder) WarnAt(r hcl.Range, summary, detail string) {
	d.At(diag.Warning, Place(r), summary, detail)
}

// Place is a range of hcl as the rest of the program knows it.
func Place(r hcl.Range) diag.Range {
	return diag.Range{
		Position: diag.Position{File: r.Filename, Line: r.Start.Line, Column: r.Start.Column},
		Start:    r.Start.Byte, End: r.End.Byte,
	}
}

// Names returns the parts of a name with dots: output, kafka and events of
// output.kafka.events or output.kafka["events"].
func Names(t hcl.Traversal) ([]string, bool) {
	names := []string{t.RootName()}
	for _, step := range t[1:] {
		switch step := step.(type) {
		case hcl.TraverseAttr:
			names = append(names, step.Name)
		case hcl.TraverseIndex:
			if step.Key.Type() != cty.String || step.Key.IsNull() {
				return nil, false
			}
			names = append(names, step.Key.AsString())
		default:
			return nil, false
		}
	}
	return names, true
}

// wrongType says that the value of the present key should be something else.
func (d *Decoder) wrongType(e hclsyntax.Expression, want string) {
	detail := ""
	if is := describe(e); is != "" {
		detail = "This is " + is + "."
	}
	d.ErrorAt(e.Range(), fmt.Sprintf("%s must be %s", d.Key, want), detail)
}

// checked reports what check finds wrong with a value.
func (d *Decoder) checked(e hclsyntax.Expression, value string, check Check) bool {
	if check == nil {
		return true
	}
	wrong := check(value)
	if wrong != "" {
		d.ErrorAt(e.Range(), fmt.Sprintf("bad %s: %s", d.Key, diag.Quoted(value)), "It "+wrong+".")
	}
	return wrong == ""
}
