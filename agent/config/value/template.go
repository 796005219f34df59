package value

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"shipper/agent/config/diag"
)

// Template is a text about a file, such as "events.${match.app}". It is
// immutable and safe for concurrent use.
type Template struct {
	Source string // as written
	Pos    diag.Position
	// Constant is true if the template uses no variable at all.
	Constant bool
	parts    []part
}

// Vars is what a Template may refer to: host, path, input and match.NAME. Any
// bytes will do.
type Vars struct {
	Host, Path, Input string
	// Match holds the named groups of the input's match for Path, and is nil
	// if it does not match. A group that took no part is "".
	Match map[string]string
}

// part is a piece of a text: as it is, or a variable.
type part struct {
	variable variable
	// text is the piece itself, or the name of the group if variable is
	// groupVariable.
	text string
	at   hcl.Range
}

type variable uint8

const (
	noVariable variable = iota
	hostVariable
	pathVariable
	inputVariable
	groupVariable
)

// variables are the names that may be written, but for match.NAME.
var variables = map[string]variable{"host": hostVariable, "path": pathVariable, "input": inputVariable}

// Eval returns the text for a file. It fails only if the template uses a group
// that v.Match does not have. The result holds exactly the bytes of v, also
// where they are not UTF-8.
func (t *Template) Eval(v Vars) (string, error) {
	if len(t.parts) == 1 && t.parts[0].variable == noVariable {
		return t.parts[0].text, nil
	}
	var b strings.Builder
	for _, p := range t.parts {
		switch p.variable {
		case noVariable:
			b.WriteString(p.text)
		case hostVariable:
			b.WriteString(v.Host)
		case pathVariable:
			b.WriteString(v.Path)
		case inputVariable:
			b.WriteString(v.Input)
		case groupVariable:
			value, ok := v.Match[p.text]
			if !ok {
				return "", fmt.Errorf("evaluate %s (%s): the path %q does not match the input's match, so there is no match.%s",
					t.Source, t.Pos, v.Path, p.text)
			}
			b.WriteString(value)
		}
	}
	return b.String(), nil
}

// Prefix is what every value begins with: the text before the first variable.
func (t *Template) Prefix() string {
	if len(t.parts) > 0 && t.parts[0].variable == noVariable {
		return t.parts[0].text
	}
	return ""
}

// PerFile tells whether different files of an input can have different values.
func (t *Template) PerFile() bool {
	return slices.ContainsFunc(t.parts, func(p part) bool {
		return p.variable == pathVariable || p.variable == groupVariable
	})
}

// Groups returns the NAMEs of match.NAME that the template uses, and where.
func (t *Template) Groups() []Group {
	var groups []Group
	for _, p := range t.parts {
		if p.variable == groupVariable {
			groups = append(groups, Group{p.text, p.at})
		}
	}
	return groups
}

// Group is one use of a match.NAME.
type Group struct {
	Name string
	At   hcl.Range
}

// NamedTemplate is one entry of a map of templates.
type NamedTemplate struct {
	Name  string
	Value *Template
}

// TemplateText is a text with variables.
func TemplateText(to **Template) Kind {
	return Kind{"template", func(d *Decoder, e hclsyntax.Expression) {
		if t := d.template(e); t != nil {
			*to = t
		}
	}}
}

func (d *Decoder) template(e hclsyntax.Expression) *Template {
	parts, ok := d.parts(e)
	if !ok {
		return nil
	}
	at := Place(e.Range())
	return newTemplate(parts, d.Written(at), at.Position)
}

func newTemplate(parts []part, source string, pos diag.Position) *Template {
	return &Template{Source: source, Pos: pos, parts: parts,
		Constant: !slices.ContainsFunc(parts, func(p part) bool { return p.variable != noVariable })}
}
