package compare

import (
	"reflect"
	"regexp"

	"github.com/hashicorp/hcl/v2"

	"shipper/agent/config/diag"
)

// Same tells whether two blocks, of one type, mean the same, wherever they are
// written. Secrets and files that were read into them count.
func Same[T any](a, b *T) bool { return same(reflect.ValueOf(a), reflect.ValueOf(b)) }

var (
	positionType = reflect.TypeFor[diag.Position]()
	rangeType    = reflect.TypeFor[hcl.Range]()
	regexpType   = reflect.TypeFor[*regexp.Regexp]()
)

// same is reflect.DeepEqual but for where things are written, and for regular
// expressions, which are equal if their texts are. Configurations are trees.
func same(a, b reflect.Value) bool {
	switch a.Type() {
	case positionType, rangeType:
		return true
	case regexpType:
		return a.IsNil() == b.IsNil() && (a.IsNil() || expression(a) == expression(b))
	}
	switch a.Kind() { //nolint:exhaustive // all other kinds are what Equal is for
	case reflect.Pointer:
		return a.IsNil() == b.IsNil() && (a.IsNil() || same(a.Elem(), b.Elem()))
	case reflect.Struct:
		for i := range a.NumField() {
			if !same(a.Field(i), b.Field(i)) {
				return false
			}
		}
		return true
	case reflect.Slice:
		if a.Len() != b.Len() {
			return false
		}
		for i := range a.Len() {
			if !same(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Map:
		if a.Len() != b.Len() {
			return false
		}
		for _, k := range a.MapKeys() {
			if v := b.MapIndex(k); !v.IsValid() || !same(a.MapIndex(k), v) {
				return false
			}
		}
		return true
	}
	return a.Equal(b)
}

// expression is the text of a regular expression, of which reflection shows no
// more than its fields: the first one.
func expression(re reflect.Value) string { return re.Elem().Field(0).String() }
