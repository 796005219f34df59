package format

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// Text returns the text of a configuration file in the usual form. The error names
// the place of a syntax error; then nothing is returned.
func Text(name string, text []byte) ([]byte, error) {
	if _, diags := hclsyntax.ParseConfig(text, name, hcl.InitialPos); diags.HasErrors() {
		return nil, fmt.Errorf("format %s: %w", name, diags)
	}
	return hclwrite.Format(text), nil
}
