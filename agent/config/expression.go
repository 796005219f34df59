package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// Texts are evaluated here and not by hcl, which would normalise Unicode: a
// path, a password or a key is bytes. Templates and plain texts are the same
// but for the variables.

// parts takes a text apart. If it returns false it has said why.
func (d *decoder) parts(e hclsyntax.Expression) ([]part, bool) {
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

// wrongType says that the value of the present key should be something else.
func (d *decoder) wrongType(e hclsyntax.Expression, want string) {
	detail := ""
	if is := describe(e); is != "" {
		detail = "This is " + is + "."
	}
	d.errorAt(e.Range(), fmt.Sprintf("%s must be %s", d.key, want), detail)
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

func (d *decoder) variable(e *hclsyntax.ScopeTraversalExpr) ([]part, bool) {
	root := e.Traversal.RootName()
	if v, ok := variables[root]; ok && len(e.Traversal) == 1 {
		return []part{{variable: v, text: root, at: e.Range()}}, true
	}
	if root == "match" && len(e.Traversal) == 2 {
		if group, ok := stepName(e.Traversal[1]); ok {
			return []part{{variable: groupVariable, text: group, at: e.Range()}}, true
		}
	}
	known := []string{"host", "path", "input", "match"}
	d.errorAt(e.Range(), fmt.Sprintf("there is no variable %s", quoted(traversalText(e.Traversal))),
		didYouMean(root, known)+"The variables are host, path, input and match.NAME; a text needs quotes.")
	return nil, false
}

// stepName is the NAME of a step .NAME or ["NAME"].
func stepName(t hcl.Traverser) (string, bool) {
	switch t := t.(type) {
	case hcl.TraverseAttr:
		return t.Name, true
	case hcl.TraverseIndex:
		if t.Key.Type() == cty.String && !t.Key.IsNull() {
			return t.Key.AsString(), true
		}
	}
	return "", false
}

func traversalText(t hcl.Traversal) string {
	text := t.RootName()
	for _, step := range t[1:] {
		if name, ok := stepName(step); ok {
			text += "." + name
		} else {
			text += "[...]"
		}
	}
	return text
}

// functions are those that may be called.
var functions = []string{"env", "file"}

// call evaluates a call, once, while the configuration is loaded.
func (d *decoder) call(e *hclsyntax.FunctionCallExpr) (string, bool) {
	usage := `The functions are env("NAME") and file("path").`
	if e.Name != "env" && e.Name != "file" {
		d.errorAt(e.NameRange, fmt.Sprintf("there is no function %s", quoted(e.Name)), didYouMean(e.Name, functions)+usage)
		return "", false
	}
	if len(e.Args) != 1 || e.ExpandFinal {
		d.errorAt(e.Range(), fmt.Sprintf("%s takes one argument", e.Name), usage)
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
			d.errorAt(at, fmt.Sprintf("the environment variable %s is not set", quoted(arg)),
				"Set it for the service (systemd: EnvironmentFile=), or for the shell that runs this command.")
		}
		return value, ok
	}
	return d.file(at, arg)
}

// file reads a file named in the configuration, without its last newline.
func (d *decoder) file(at hcl.Range, path string) (string, bool) {
	full := path
	if !filepath.IsAbs(path) {
		full = filepath.Join(filepath.Dir(at.Filename), path)
	}
	text, err := readFile(full)
	if err != nil {
		d.errorAt(at, fmt.Sprintf("can't read the file %s: %s", quoted(full), reason(err)), hint(err))
		return "", false
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r"), true
}

// text evaluates a text that may not use variables.
func (d *decoder) text(e hclsyntax.Expression) (string, bool) {
	parts, ok := d.parts(e)
	if !ok {
		return "", false
	}
	var b strings.Builder
	for _, p := range parts {
		if p.variable != noVariable {
			d.errorAt(p.at, fmt.Sprintf("%s can't depend on the file", d.key),
				"Variables are for stream, topic, key and headers; a text needs quotes.")
			return "", false
		}
		b.WriteString(p.text)
	}
	return b.String(), true
}
