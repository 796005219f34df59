package block

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"shipper/agent/config/diag"
	"shipper/agent/config/value"
)

// Schema is what a block may hold.
type Schema struct {
	Keys   []Key
	Blocks []Nested
}

// Key is one key of a block, bound to the place its value goes to.
type Key struct {
	Name     string
	Kind     value.Kind
	Default  string // as one would write it; "" for none
	Required bool
	Doc      string // one line
}

// Optional is a key that may be left out; def is its default as one would write
// it, or "".
func Optional(name string, kind value.Kind, def, doc string) Key {
	return Key{Name: name, Kind: kind, Default: def, Doc: doc}
}

// Required is a key that may not be left out.
func Required(name string, kind value.Kind, doc string) Key {
	return Key{Name: name, Kind: kind, Required: true, Doc: doc}
}

// Nested is a block within a block, at most once and without a label.
type Nested struct {
	Name, Doc string
	Open      func() Schema // makes the place for its values
}

// Names are those of the keys, then of the blocks.
func (s Schema) Names() []string {
	var names []string
	for _, k := range s.Keys {
		names = append(names, k.Name)
	}
	for _, b := range s.Blocks {
		names = append(names, b.Name)
	}
	return names
}

func (s Schema) hasKey(name string) bool {
	return slices.ContainsFunc(s.Keys, func(k Key) bool { return k.Name == name })
}

func (s Schema) block(name string) (Nested, bool) {
	i := slices.IndexFunc(s.Blocks, func(b Nested) bool { return b.Name == name })
	if i < 0 {
		return Nested{}, false
	}
	return s.Blocks[i], true
}

// Decode gives the keys that a block has their values, those that it does not
// have their defaults, and reports what should not be there. Title is what
// messages call the block.
func (s Schema) Decode(d *value.Decoder, b Block, title string) {
	for _, k := range s.Keys {
		k.SetDefault(d)
		if a, ok := b.Body.Attributes[k.Name]; ok {
			d.Decode(k.Name, k.Kind, a.Expr)
		} else if k.Required && !b.Broken {
			d.ErrorAt(b.DefRange(), fmt.Sprintf("missing key %q in %s", k.Name, title),
				"It is required: "+k.Doc)
		}
	}
	for name, a := range b.Body.Attributes {
		if s.hasKey(name) {
			continue
		}
		if _, ok := s.block(name); ok {
			d.ErrorAt(a.NameRange, fmt.Sprintf("%q is a block", name),
				fmt.Sprintf("Leave out the \"=\": %s { ... }", name))
			continue
		}
		d.ErrorAt(a.NameRange, fmt.Sprintf("unknown key %q in %s", name, title),
			diag.DidYouMean(name, s.Names())+"The keys are "+diag.List(s.Names())+".")
	}
	s.decodeInner(d, b, title)
}

func (s Schema) decodeInner(d *value.Decoder, b Block, title string) {
	first := map[string]hcl.Range{}
	for _, inner := range b.Inner() {
		nested, known := s.block(inner.Type)
		if !known {
			if s.hasKey(inner.Type) {
				d.ErrorAt(inner.TypeRange, fmt.Sprintf("%q is a key, not a block", inner.Type),
					fmt.Sprintf("Write: %s = ...", inner.Type))
			} else {
				d.ErrorAt(inner.TypeRange, fmt.Sprintf("unknown block %q in %s", inner.Type, title),
					diag.DidYouMean(inner.Type, s.Names()))
			}
			continue
		}
		if at, twice := first[inner.Type]; twice {
			d.ErrorAt(inner.DefRange(), fmt.Sprintf("second block %q in %s", inner.Type, title),
				fmt.Sprintf("There is one already at %s.", value.Place(at)))
		} else if len(inner.Labels) > 0 {
			d.ErrorAt(inner.LabelRanges[0], fmt.Sprintf("the block %s has no label", inner.Type),
				fmt.Sprintf("Write: %s { ... }", inner.Type))
		}
		first[inner.Type] = inner.DefRange()
		nested.Open().Decode(d, inner, fmt.Sprintf("the block %s of %s", inner.Type, title))
	}
}

// SetDefault gives a key the value that it has when it is not written.
func (k Key) SetDefault(d *value.Decoder) {
	if k.Default == "" {
		return
	}
	e, diags := hclsyntax.ParseExpression([]byte(k.Default), "default of "+k.Name, hcl.InitialPos)
	if diags.HasErrors() { // a test holds every default against this
		d.Whole(diag.Error, "", "default of "+k.Name+": "+diags.Error(), "")
		return
	}
	d.Decode(k.Name, k.Kind, e)
}

// Print writes a line for each key, its columns separated by tabs.
func (s Schema) Print(w io.Writer, indent string) {
	for _, k := range s.Keys {
		def := k.Default
		if k.Required {
			def = "required"
		}
		fmt.Fprintf(w, "%s%s\t%s\t%s\t%s\n", indent, k.Name, k.Kind.Name, cmp.Or(def, "-"), k.Doc)
	}
	for _, b := range s.Blocks {
		fmt.Fprintf(w, "%s%s {}\tblock\t-\t%s\n", indent, b.Name, b.Doc)
		b.Open().Print(w, indent+"  ")
	}
}
