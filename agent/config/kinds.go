package config

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// kind is a type of value and the place it is decoded to. decode reports what
// is wrong and then leaves the place as it is.
type kind interface {
	// name is for the reference: "duration", "list of globs".
	name() string
	decode(d *decoder, e hclsyntax.Expression)
}

// check returns what is wrong with a value, to follow a colon, or "".
type check func(string) string

// textKind is a text.
type textKind struct {
	to    *string
	what  string // "text" if empty
	check check
}

func (k textKind) name() string { return cmp.Or(k.what, "text") }

func (k textKind) decode(d *decoder, e hclsyntax.Expression) {
	s, ok := d.text(e)
	if !ok || !d.checked(e, s, k.check) {
		return
	}
	*k.to = s
}

// checked reports what check finds wrong with value.
func (d *decoder) checked(e hclsyntax.Expression, value string, check check) bool {
	if check == nil {
		return true
	}
	wrong := check(value)
	if wrong != "" {
		d.errorAt(e.Range(), fmt.Sprintf("bad %s: %s", d.key, quoted(value)), "It "+wrong+".")
	}
	return wrong == ""
}

// secretKind is a text that no message shows.
type secretKind struct{ to *Secret }

func (k secretKind) name() string { return "text (secret)" }

func (k secretKind) decode(d *decoder, e hclsyntax.Expression) {
	s, ok := d.text(e)
	switch {
	case !ok:
	case s == "":
		d.errorAt(e.Range(), fmt.Sprintf("%s is empty", d.key), "")
	default:
		*k.to = Secret(s)
	}
}

// enumKind is one of a few words.
type enumKind struct {
	to     *string
	values []string
}

func (k enumKind) name() string { return strings.Join(k.values, " | ") }

func (k enumKind) decode(d *decoder, e hclsyntax.Expression) {
	s, ok := d.text(e)
	switch {
	case !ok:
	case slices.Contains(k.values, s):
		*k.to = s
	default:
		d.errorAt(e.Range(), fmt.Sprintf("bad %s: %s", d.key, quoted(s)),
			didYouMean(s, k.values)+"It is one of "+list(k.values)+".")
	}
}

// boolKind is true or false.
type boolKind struct{ to *bool }

func (k boolKind) name() string { return "true | false" }

func (k boolKind) decode(d *decoder, e hclsyntax.Expression) {
	if v, ok := constant(e); ok && v.Type() == cty.Bool {
		*k.to = v.True()
		return
	}
	d.wrongType(e, "true or false, without quotes")
}

// constant evaluates an expression that needs nothing from outside, such as
// 64 * 1024.
func constant(e hclsyntax.Expression) (cty.Value, bool) {
	v, diags := e.Value(nil)
	return v, !diags.HasErrors() && v.IsKnown() && !v.IsNull()
}

// whole is the value of an expression that is a whole number.
func whole(e hclsyntax.Expression) (n int64, ok bool) {
	v, ok := constant(e)
	if !ok || v.Type() != cty.Number || !v.AsBigFloat().IsInt() {
		return 0, false
	}
	n, accuracy := v.AsBigFloat().Int64()
	return n, accuracy == 0
}

// intKind is a whole number from min to max.
type intKind struct {
	to       *int
	min, max int
}

func (k intKind) name() string { return "number" }

func (k intKind) decode(d *decoder, e hclsyntax.Expression) {
	n, ok := whole(e)
	switch {
	case !ok:
		d.wrongType(e, "a whole number, without quotes")
	case n < int64(k.min) || n > int64(k.max):
		d.errorAt(e.Range(), fmt.Sprintf("%s is out of range", d.key), fmt.Sprintf("It can be from %d to %d.", k.min, k.max))
	default:
		*k.to = int(n)
	}
}

// sizeKind is a number of bytes from min to max.
type sizeKind struct {
	to       *int64
	min, max int64
}

func (k sizeKind) name() string { return "size" }

func (k sizeKind) decode(d *decoder, e hclsyntax.Expression) {
	n, ok := whole(e)
	if !ok {
		if describe(e) == "a number" || !isText(e) {
			d.wrongType(e, `a size such as "64MiB"`)
			return
		}
		s, good := d.text(e)
		if !good {
			return
		}
		if n, ok = parseSize(s); !ok {
			d.errorAt(e.Range(), fmt.Sprintf("bad %s: %s is not a size", d.key, quoted(s)),
				`Write a number and a unit: "512KiB", "64MiB", "1GiB" (1024 each), or KB, MB, GB (1000 each).`)
			return
		}
	}
	if n < k.min || n > k.max {
		d.errorAt(e.Range(), fmt.Sprintf("%s is out of range", d.key),
			fmt.Sprintf("It can be from %s to %s.", sizeText(k.min), sizeText(k.max)))
		return
	}
	*k.to = n
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

var sizePattern = regexp.MustCompile(`^(-?[0-9]+(?:\.[0-9]+)?) *([A-Za-z]*)$`)

var sizeUnits = map[string]float64{
	"": 1, "b": 1,
	"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40,
	"kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12,
}

// parseSize reads "64MiB" or "1.5 GB".
func parseSize(s string) (int64, bool) {
	m := sizePattern.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	unit, ok := sizeUnits[strings.ToLower(m[2])]
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseFloat(m[1], 64)
	bytes := n * unit
	if err != nil || bytes != math.Trunc(bytes) {
		return 0, false
	}
	return int64(max(min(bytes, math.MaxInt64/2), -1)), true
}

// sizeText writes a size as one would in the configuration.
func sizeText(n int64) string {
	for _, u := range []struct {
		name  string
		bytes int64
	}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if n >= u.bytes && n%u.bytes == 0 {
			return fmt.Sprintf(`"%d%s"`, n/u.bytes, u.name)
		}
	}
	return fmt.Sprint(n)
}

// durationKind is a span of time from min to max.
type durationKind struct {
	to       *time.Duration
	min, max time.Duration
}

func (k durationKind) name() string { return "duration" }

func (k durationKind) decode(d *decoder, e hclsyntax.Expression) {
	if !isText(e) {
		d.wrongType(e, `a duration in quotes such as "5s"`)
		return
	}
	s, ok := d.text(e)
	if !ok {
		return
	}
	n, err := time.ParseDuration(s)
	switch {
	case err != nil:
		d.errorAt(e.Range(), fmt.Sprintf("bad %s: %s is not a duration", d.key, quoted(s)),
			`Write a number and a unit: "250ms", "5s", "2m", "72h".`)
	case n < k.min || n > k.max:
		d.errorAt(e.Range(), fmt.Sprintf("%s is out of range", d.key),
			fmt.Sprintf("It can be from %q to %q.", durationText(k.min), durationText(k.max)))
	default:
		*k.to = n
	}
}

// durationText is a duration without the zero units that Go adds.
func durationText(n time.Duration) string {
	s := n.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
