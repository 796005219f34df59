package value

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"shipper/agent/config/diag"
)

// Kind is a type of value and the place it goes to. The functions that return
// kinds take that place first.
type Kind struct {
	Name string // for the reference: "duration", "list of globs"
	// Decode puts a value in its place, or reports what is wrong with it and
	// leaves the place as it is.
	Decode func(d *Decoder, e hclsyntax.Expression)
}

// Check returns how a value is wrong, to follow "It", or "".
type Check func(string) string

// Text is a text; name "" stands for "text", check may be nil.
func Text(to *string, name string, check Check) Kind {
	return Kind{cmp.Or(name, "text"), func(d *Decoder, e hclsyntax.Expression) {
		if s, ok := d.text(e); ok && d.checked(e, s, check) {
			*to = s
		}
	}}
}

// SecretText is a text that no message shows.
func SecretText(to *Secret) Kind {
	return Kind{"text (secret)", func(d *Decoder, e hclsyntax.Expression) {
		s, ok := d.text(e)
		switch {
		case !ok:
		case s == "":
			d.ErrorAt(e.Range(), d.Key+" is empty", "")
		default:
			*to = Secret(s)
		}
	}}
}

// OneOf is one of a few words.
func OneOf(to *string, words ...string) Kind {
	return Kind{strings.Join(words, " | "), func(d *Decoder, e hclsyntax.Expression) {
		s, ok := d.text(e)
		switch {
		case !ok:
		case slices.Contains(words, s):
			*to = s
		default:
			d.ErrorAt(e.Range(), "bad "+d.Key+": "+diag.Quoted(s),
				diag.DidYouMean(s, words)+"It is one of "+diag.List(words)+".")
		}
	}}
}

// Regexp is a regular expression.
func Regexp(to **regexp.Regexp) Kind {
	return Kind{"regular expression", func(d *Decoder, e hclsyntax.Expression) {
		if re := d.regexp(e); re != nil {
			*to = re
		}
	}}
}

func (d *Decoder) regexp(e hclsyntax.Expression) *regexp.Regexp {
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
