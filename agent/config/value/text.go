package value

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"shipper/agent/config/diag"
)

// parts takes a text apart. If it returns false it has said why.
func (d *Decoder) parts(e hclsyntax.Expression) ([]part, bool) {
	switch e := e.(type) {
	case *hclsyntax.LiteralValueExpr:
		if e.Val.Type() == cty.String && !e.Val.IsNull() {
			return []part{{text: e.Val.AsString(), at: e.Range()}}, true
		}
	case *hclsyntax.ParenthesesExpr:
		return d.parts(e.Expression)
	case *hclsyntax.TemplateWrapExpr: // "${x}"
		return d.parts(e.Wrapped)
	case *hclsyntax.TemplateExpr:
		all, ok := []part{}, true
		for _, inner := range e.Parts {
			p, good := d.parts(inner)
			all, ok = append(all, p...), ok && good
		}
		return all, ok
	case *hclsyntax.ScopeTraversalExpr:
		return d.variable(e)
	case *hclsyntax.FunctionCallExpr:
		value, ok := d.call(e)
		return []part{{text: value, at: e.Range()}}, ok
	case *hclsyntax.ExprSyntaxError: // reported by the parser
		return nil, false
	}
	d.wrongType(e, "a text in quotes")
	return nil, false
}

// describe names what kind of a value is written, or "" if that is not plain.
func describe(e hclsyntax.Expression) string {
	switch e := e.(type) {
	case *hclsyntax.TupleConsExpr:
		return "a list"
	case *hclsyntax.ObjectConsExpr:
		return "a map"
	case *hclsyntax.TemplateExpr, *hclsyntax.TemplateWrapExpr:
		return "a text"
	case *hclsyntax.ScopeTraversalExpr:
		return "a name; a text needs quotes"
	case *hclsyntax.LiteralValueExpr:
		switch {
		case e.Val.IsNull():
			return "null; leave the key out instead"
		case e.Val.Type() == cty.Number:
			return "a number"
		case e.Val.Type() == cty.Bool:
			return "true or false"
		}
	}
	return ""
}

// isText tells whether an expression is meant to be a text.
func isText(e hclsyntax.Expression) bool {
	switch e := e.(type) {
	case *hclsyntax.TemplateExpr, *hclsyntax.TemplateWrapExpr, *hclsyntax.FunctionCallExpr, *hclsyntax.ScopeTraversalExpr:
		return true
	case *hclsyntax.ParenthesesExpr:
		return isText(e.Expression)
	case *hclsyntax.LiteralValueExpr:
		return e.Val.Type() == cty.String
	}
	return false
}

func (d *Decoder) variable(e *hclsyntax.ScopeTraversalExpr) ([]part, bool) {
	names, _ := Names(e.Traversal)
	if len(names) == 1 {
		if v, ok := variables[names[0]]; ok {
			return []part{{variable: v, text: names[0], at: e.Range()}}, true
		}
	}
	if len(names) == 2 && names[0] == "match" {
		return []part{{variable: groupVariable, text: names[1], at: e.Range()}}, true
	}
	d.ErrorAt(e.Range(), "there is no variable "+diag.Quoted(d.Written(Place(e.Range()))),
		diag.DidYouMean(e.Traversal.RootName(), []string{"host", "path", "input", "match"})+
			"The variables are host, path, input and match.NAME for a group of match. A text needs quotes.")
	return nil, false
}

// functions are those that may be called.
var functions = []string{"env", "file"}

// call evaluates a call, once, while the configuration is loaded.
func (d *Decoder) call(e *hclsyntax.FunctionCallExpr) (string, bool) {
	usage := `The functions are env("NAME") and file("path").`
	if !slices.Contains(functions, e.Name) {
		d.ErrorAt(e.NameRange, fmt.Sprintf("there is no function %s", diag.Quoted(e.Name)), diag.DidYouMean(e.Name, functions)+usage)
		return "", false
	}
	if len(e.Args) != 1 || e.ExpandFinal {
		d.ErrorAt(e.Range(), fmt.Sprintf("%s takes one argument", e.Name), usage)
		return "", false
	}
	arg, ok := d.text(e.Args[0])
	if !ok {
		return "", false
	}
	at := e.Args[0].Range()
	if e.Name == "env" {
		value, ok := os.LookupEnv(arg)
		if !ok {
			d.ErrorAt(at, fmt.Sprintf("the environment variable %s is not set", diag.Quoted(arg)),
				"Set it for the service (systemd: EnvironmentFile=), or for the shell that runs this command.")
		}
		return value, ok
	}
	return d.file(at, arg)
}

// file reads a file named in the configuration, without its last newline.
func (d *Decoder) file(at hcl.Range, path string) (string, bool) {
	full := path
	if !filepath.IsAbs(path) {
		full = filepath.Join(filepath.Dir(at.Filename), path)
	}
	d.Read = append(d.Read, full)
	text, err := ReadFile(full)
	if err != nil {
		reason, advice := Explain(err)
		d.ErrorAt(at, fmt.Sprintf("can't read the file %s: %s", diag.Quoted(full), reason), advice)
		return "", false
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r"), true
}

// text evaluates a text that may not use variables.
func (d *Decoder) text(e hclsyntax.Expression) (string, bool) {
	parts, ok := d.parts(e)
	if !ok {
		return "", false
	}
	var b strings.Builder
	for _, p := range parts {
		if p.variable != noVariable {
			d.ErrorAt(p.at, fmt.Sprintf("%s can't depend on the file", d.Key),
				"Variables are for stream, topic, key and headers; a text needs quotes.")
			return "", false
		}
		b.WriteString(p.text)
	}
	return b.String(), true
}
