package value

import (
	"regexp"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"shipper/agent/config/diag"
)

// Texts is a list of texts that is not empty; name is as in "list of globs".
func Texts(to *[]string, name string, check Check) Kind {
	return Kind{name, func(d *Decoder, e hclsyntax.Expression) {
		l, ok := e.(*hclsyntax.TupleConsExpr)
		if !ok {
			d.wrongType(e, "a "+name+`: ["...", "..."]`)
			return
		}
		var texts []string
		for _, inner := range l.Exprs {
			if s, ok := d.text(inner); ok && d.checked(inner, s, check) {
				texts = append(texts, s)
			}
		}
		if len(l.Exprs) == 0 {
			d.ErrorAt(e.Range(), d.Key+" is an empty list", "Name at least one, or leave the key out if it is optional.")
			return
		}
		*to = texts
	}}
}

// Regexps is one regular expression or a list of them.
func Regexps(to *[]*regexp.Regexp) Kind {
	return Kind{"regular expression, or a list", func(d *Decoder, e hclsyntax.Expression) {
		var all []*regexp.Regexp
		for _, inner := range oneOrList(e) {
			if re := d.regexp(inner); re != nil {
				all = append(all, re)
			}
		}
		*to = all
	}}
}

// oneOrList is what a list holds, or the one value that stands in its place.
func oneOrList(e hclsyntax.Expression) []hclsyntax.Expression {
	if l, ok := e.(*hclsyntax.TupleConsExpr); ok {
		return l.Exprs
	}
	return []hclsyntax.Expression{e}
}

// Templates is a map of names to templates, in the order written; check is of
// a name.
func Templates(to *[]NamedTemplate, check Check) Kind {
	return Kind{"map of templates", func(d *Decoder, e hclsyntax.Expression) {
		m, ok := e.(*hclsyntax.ObjectConsExpr)
		if !ok {
			d.wrongType(e, "a map: { app = match.app }")
			return
		}
		var all []NamedTemplate
		for _, item := range m.Items {
			name, ok := d.mapKey(item.KeyExpr)
			if !ok || !d.checked(item.KeyExpr, name, check) {
				continue
			}
			if slices.ContainsFunc(all, func(n NamedTemplate) bool { return n.Name == name }) {
				d.ErrorAt(item.KeyExpr.Range(), diag.Quoted(name)+" is twice in "+d.Key, "")
				continue
			}
			if t := d.template(item.ValueExpr); t != nil {
				all = append(all, NamedTemplate{Name: name, Value: t})
			}
		}
		*to = all
	}}
}

// TextMap is a map of names to texts.
func TextMap(to *map[string]string) Kind {
	return Kind{"map of texts", func(d *Decoder, e hclsyntax.Expression) {
		m, ok := e.(*hclsyntax.ObjectConsExpr)
		if !ok {
			d.wrongType(e, `a map: { "cleanup.policy" = "delete" }`)
			return
		}
		all := map[string]string{}
		for _, item := range m.Items {
			name, ok := d.mapKey(item.KeyExpr)
			if !ok {
				continue
			}
			if _, twice := all[name]; twice {
				d.ErrorAt(item.KeyExpr.Range(), diag.Quoted(name)+" is twice in "+d.Key, "")
				continue
			}
			if s, ok := d.text(item.ValueExpr); ok {
				all[name] = s
			}
		}
		*to = all
	}}
}

// mapKey is a key of a map, for which quotes are optional.
func (d *Decoder) mapKey(e hclsyntax.Expression) (string, bool) {
	if name := hcl.ExprAsKeyword(e); name != "" {
		return name, true
	}
	if wrapped, ok := e.(*hclsyntax.ObjectConsKeyExpr); ok {
		e = wrapped.Wrapped
	}
	return d.text(e)
}
