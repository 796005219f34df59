package config

import (
	"encoding/pem"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// textsKind is a list of texts that is not empty.
type textsKind struct {
	to    *[]string
	what  string // "list of globs"
	check check
}

func (k textsKind) name() string { return k.what }

func (k textsKind) decode(d *decoder, e hclsyntax.Expression) {
	l, ok := e.(*hclsyntax.TupleConsExpr)
	if !ok {
		d.wrongType(e, "a "+k.what+`: ["...", "..."]`)
		return
	}
	var texts []string
	for _, inner := range l.Exprs {
		if s, ok := d.text(inner); ok && d.checked(inner, s, k.check) {
			texts = append(texts, s)
		}
	}
	if len(l.Exprs) == 0 {
		d.errorAt(e.Range(), fmt.Sprintf("%s is an empty list", d.key), "Name at least one, or leave the key out if it is optional.")
		return
	}
	*k.to = texts
}

// regexpKind is a regular expression.
type regexpKind struct{ to **regexp.Regexp }

func (k regexpKind) name() string { return "regular expression" }

func (k regexpKind) decode(d *decoder, e hclsyntax.Expression) {
	if re := d.regexp(e); re != nil {
		*k.to = re
	}
}

// regexpsKind is one regular expression or a list of them.
type regexpsKind struct{ to *[]*regexp.Regexp }

func (k regexpsKind) name() string { return "regular expression, or a list" }

func (k regexpsKind) decode(d *decoder, e hclsyntax.Expression) {
	exprs := []hclsyntax.Expression{e}
	if l, ok := e.(*hclsyntax.TupleConsExpr); ok {
		exprs = l.Exprs
	}
	var all []*regexp.Regexp
	for _, inner := range exprs {
		if re := d.regexp(inner); re != nil {
			all = append(all, re)
		}
	}
	*k.to = all
}

func (d *decoder) regexp(e hclsyntax.Expression) *regexp.Regexp {
	s, ok := d.text(e)
	if !ok || !d.checked(e, s, checkRegexp) {
		return nil
	}
	return regexp.MustCompile(s)
}

func checkRegexp(s string) string {
	if _, err := regexp.Compile(s); err != nil {
		return "is no regular expression: " + strings.TrimPrefix(err.Error(), "error parsing regexp: ") +
			"\n(In quotes a backslash is written twice: \"\\\\d\")"
	}
	return ""
}

// templateKind is a text with variables.
type templateKind struct{ to **Template }

func (k templateKind) name() string { return "template" }

func (k templateKind) decode(d *decoder, e hclsyntax.Expression) {
	if t := d.template(e); t != nil {
		*k.to = t
	}
}

func (d *decoder) template(e hclsyntax.Expression) *Template {
	parts, ok := d.parts(e)
	if !ok {
		return nil
	}
	r := e.Range()
	text := ""
	if s := d.sources[r.Filename]; s != nil && r.End.Byte <= len(s.text) {
		text = string(s.text[r.Start.Byte:r.End.Byte])
	}
	return newTemplate(parts, text, d.position(r))
}

// templatesKind is a map of names to templates, in the order written.
type templatesKind struct {
	to    *[]NamedTemplate
	check check // of a name
}

func (k templatesKind) name() string { return "map of templates" }

func (k templatesKind) decode(d *decoder, e hclsyntax.Expression) {
	m, ok := e.(*hclsyntax.ObjectConsExpr)
	if !ok {
		d.wrongType(e, "a map: { app = match.app }")
		return
	}
	var all []NamedTemplate
	for _, item := range m.Items {
		name := hcl.ExprAsKeyword(item.KeyExpr)
		if name == "" {
			key := item.KeyExpr
			if wrapped, ok := key.(*hclsyntax.ObjectConsKeyExpr); ok {
				key = wrapped.Wrapped
			}
			if name, ok = d.text(key); !ok {
				continue
			}
		}
		if !d.checked(item.KeyExpr, name, k.check) {
			continue
		}
		if slices.ContainsFunc(all, func(n NamedTemplate) bool { return n.Name == name }) {
			d.errorAt(item.KeyExpr.Range(), fmt.Sprintf("%s is twice in %s", quoted(name), d.key), "")
			continue
		}
		if t := d.template(item.ValueExpr); t != nil {
			all = append(all, NamedTemplate{Name: name, Value: t})
		}
	}
	*k.to = all
}

// referencesKind is one reference to an output or a list of them.
type referencesKind struct{ in *inputBlock }

func (k referencesKind) name() string { return "output, or a list" }

func (k referencesKind) decode(d *decoder, e hclsyntax.Expression) {
	exprs := []hclsyntax.Expression{e}
	if l, ok := e.(*hclsyntax.TupleConsExpr); ok {
		exprs = l.Exprs
		if len(exprs) == 0 {
			d.errorAt(e.Range(), d.key+" is an empty list", "Name at least one output.")
		}
	}
	for _, inner := range exprs {
		ref, ok := d.reference(inner)
		if !ok {
			continue
		}
		if slices.ContainsFunc(k.in.Outputs, func(o OutputRef) bool { return o.Kind == ref.Kind && o.Label == ref.Label }) {
			d.errorAt(inner.Range(), fmt.Sprintf("output.%s.%s is named twice", ref.Kind, ref.Label), "")
			continue
		}
		k.in.Outputs = append(k.in.Outputs, ref)
		k.in.refs = append(k.in.refs, inner.Range())
	}
}

func (d *decoder) reference(e hclsyntax.Expression) (OutputRef, bool) {
	if _, ok := e.(*hclsyntax.ExprSyntaxError); ok {
		return OutputRef{}, false
	}
	t, diags := hcl.AbsTraversalForExpr(e)
	if !diags.HasErrors() && len(t) == 3 && t.RootName() == "output" {
		kind, ok1 := stepName(t[1])
		label, ok2 := stepName(t[2])
		if ok1 && ok2 {
			return OutputRef{Kind: kind, Label: label, Pos: d.position(e.Range())}, true
		}
	}
	d.errorAt(e.Range(), d.key+" must name an output", "Write it without quotes: output.KIND.LABEL, such as output.kafka.events.")
	return OutputRef{}, false
}

// pemKind is a path of a PEM file, or its text.
type pemKind struct{ set func(string) }

func (k pemKind) name() string { return "PEM file or text" }

func (k pemKind) decode(d *decoder, e hclsyntax.Expression) {
	s, ok := d.text(e)
	if !ok {
		return
	}
	const begin = "-----BEGIN "
	if !strings.Contains(s, begin) {
		if strings.ContainsAny(s, "\n\x00") || len(s) > 255 || s == "" {
			d.errorAt(e.Range(), d.key+" is neither PEM text nor the path of a PEM file", "")
			return
		}
		if s, ok = d.file(e.Range(), s); !ok {
			return
		}
	}
	if block, _ := pem.Decode([]byte(s)); block == nil {
		d.errorAt(e.Range(), d.key+" holds no PEM block", "PEM text starts with "+begin+"...")
		return
	}
	k.set(s)
}
