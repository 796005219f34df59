package value

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"shipper/agent/config/diag"
)

// Bool is true or false.
func Bool(to *bool) Kind {
	return Kind{"true | false", func(d *Decoder, e hclsyntax.Expression) {
		if v, ok := constant(e); ok && v.Type() == cty.Bool {
			*to = v.True()
			return
		}
		d.wrongType(e, "true or false, without quotes")
	}}
}

// Int is a whole number from least to most.
func Int(to *int, least, most int) Kind {
	return Kind{"number", func(d *Decoder, e hclsyntax.Expression) {
		n, ok := whole(e)
		switch {
		case !ok:
			d.wrongType(e, "a whole number, without quotes")
		case n < int64(least) || n > int64(most):
			d.outOfRange(e, fmt.Sprint(least), fmt.Sprint(most))
		default:
			*to = int(n)
		}
	}}
}

// Size is a number of bytes from least to most.
func Size(to *int64, least, most int64) Kind {
	return Kind{"size", func(d *Decoder, e hclsyntax.Expression) {
		n, ok := whole(e)
		if !ok {
			if !isText(e) {
				d.wrongType(e, `a size such as "64MiB"`)
				return
			}
			s, good := d.text(e)
			if !good {
				return
			}
			if n, ok = parseSize(s); !ok {
				d.ErrorAt(e.Range(), fmt.Sprintf("bad %s: %s is not a size", d.Key, diag.Quoted(s)),
					`Write a number and a unit: "512KiB", "64MiB", "1GiB" (1024 each), or KB, MB, GB (1000 each).`)
				return
			}
		}
		if n < least || n > most {
			d.outOfRange(e, SizeText(least), SizeText(most))
			return
		}
		*to = n
	}}
}

// Duration is a span of time from least to most.
func Duration(to *time.Duration, least, most time.Duration) Kind {
	return Kind{"duration", func(d *Decoder, e hclsyntax.Expression) {
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
			d.ErrorAt(e.Range(), fmt.Sprintf("bad %s: %s is not a duration", d.Key, diag.Quoted(s)),
				`Write a number and one of the units ms, s, m and h: "250ms", "5s", "2m", "72h".`)
		case n < least || n > most:
			d.outOfRange(e, durationText(least), durationText(most))
		default:
			*to = n
		}
	}}
}

func (d *Decoder) outOfRange(e hclsyntax.Expression, least, most string) {
	d.ErrorAt(e.Range(), d.Key+" is out of range", fmt.Sprintf("It can be from %s to %s.", least, most))
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

// SizeText writes a size as one would in the configuration.
func SizeText(n int64) string {
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

// durationText writes a duration as one would in the configuration, without the zero units that Go adds.
func durationText(n time.Duration) string {
	s := n.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return `"` + s + `"`
}
