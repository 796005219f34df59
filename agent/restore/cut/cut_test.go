package cut

import (
	"reflect"
	"slices"
	"testing"

	"shipper/inputs"
	"shipper/outputs/outputtest"
)

// generation is of a log that goes to the topic events.
var generation = &inputs.Generation{ID: 7, Stream: &inputs.Stream{Name: "log", Topic: "events"}}

// TestParts: a segment is cut into batches that leave nothing out and keep every
// record's place, whatever is skipped.
func TestParts(t *testing.T) {
	seg := outputtest.Lines(generation, 100, "aa", "", "bbbb", "c", "dd") // at 100, 103, 104, 109, 111
	all := []string{"100 aa", "103 ", "104 bbbb", "109 c", "111 dd"}
	for name, c := range map[string]struct {
		choice Choice
		want   []string
	}{
		"everything":           {Choice{}, all},
		"behind other objects": {Choice{Past: 104}, all[2:]},
		"behind all of them":   {Choice{Past: 114}, nil},
		// Other objects end within a record: it was cut otherwise there.
		"within a record": {Choice{Past: 106}, all[2:]},
		"not delivered":   {Choice{Has: func(g uint64, o int64) bool { return g == 7 && o == 104 }}, append(slices.Clone(all[:2]), all[3:]...)},
		"from and to":     {Choice{From: 106, To: 110}, all[2:4]},
	} {
		for _, bytes := range []int{1, 6, 1000} {
			var parts []inputs.Segment
			for next, records := 0, Records(&seg); next < len(records); {
				var p inputs.Segment
				p, next = c.choice.Part(&seg, records, next, bytes, 3)
				if n := len(p.Data); p.Len() > 1 && n > bytes || p.Len() > 3 || p.End-p.Start != int64(n) {
					t.Errorf("%s: a batch of %d bytes and %d records", name, n, p.Len())
				}
				parts = append(parts, p)
			}
			if got := outputtest.Told(parts...); !reflect.DeepEqual(got, c.want) {
				t.Errorf("%s, %d bytes: %q, want %q", name, bytes, got, c.want)
			}
		}
	}
}
