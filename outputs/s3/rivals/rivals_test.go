package rivals

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"shipper/inputs"
	"shipper/outputs/s3"
	"shipper/outputs/s3/object"
)

// TestFinder: what overlaps is compared byte by byte. What a crash leaves is no
// conflict, what two hosts leave is, however they have cut it.
func TestFinder(t *testing.T) {
	type one struct {
		generation uint64
		start, end int64
		text       string // repeated; bytes are those of the place
		returned   bool
		fails      error
	}
	const a, b = "abcdefg", "ABCDEFG"
	broken := errors.New("the store is away")
	for name, c := range map[string]struct {
		objects []one
		want    string // of the conflicts, places
		reads   int
	}{
		"nothing overlaps":           {[]one{{1, 0, 10, a, false, nil}, {1, 10, 20, b, false, nil}, {2, 0, 10, b, false, nil}}, "", 0},
		"a crash":                    {[]one{{1, 0, 20, a, false, nil}, {1, 5, 25, a, false, nil}, {1, 20, 30, a, false, nil}}, "", 3},
		"the same place":             {[]one{{1, 0, 10, a, false, nil}, {1, 0, 10, b, false, nil}}, "0-10", 2},
		"cut otherwise":              {[]one{{1, 0, 10, a, false, nil}, {1, 7, 30, b, false, nil}, {1, 10, 40, a, false, nil}}, "7-10 10-30", 3},
		"within a long one":          {[]one{{1, 0, 40, a, false, nil}, {1, 7, 9, a, false, nil}, {1, 10, 12, b, false, nil}}, "10-12", 3},
		"one was returned":           {[]one{{1, 0, 10, a, true, nil}, {1, 0, 10, b, false, nil}}, "0-10", 2},
		"both were":                  {[]one{{1, 0, 10, a, true, nil}, {1, 0, 10, b, true, nil}}, "", 0},
		"one is damaged":             {[]one{{1, 0, 10, a, false, object.ErrDamaged}, {1, 0, 10, b, false, nil}}, "", 2},
		"the store does not answer":  {[]one{{1, 0, 10, a, false, nil}, {1, 0, 10, b, false, broken}}, "error", 1},
		"another generation between": {[]one{{1, 0, 10, a, false, nil}, {2, 0, 10, b, false, nil}, {2, 5, 10, b, false, nil}}, "", 2},
	} {
		reads := 0
		f := Finder{Get: func(_ context.Context, key string) (*object.Meta, *inputs.Segment, error) {
			reads++
			var i int
			_, _ = fmt.Sscanf(key, "key-%d", &i)
			x := c.objects[i]
			if x.fails != nil {
				return nil, nil, x.fails
			}
			text := strings.Repeat(x.text, 10)
			return &object.Meta{Generation: inputs.Generation{Host: x.text[:1]}}, &inputs.Segment{Start: x.start, End: x.end, Data: []byte(text[x.start:x.end])}, nil
		}}
		got := ""
		for i, x := range c.objects {
			e := s3.Entry{Key: fmt.Sprintf("key-%d", i), Returned: x.returned, Name: object.Name{Generation: x.generation, Start: x.start, End: x.end, Hash: [8]byte{byte(i)}}}
			conflict, err := f.Add(t.Context(), e)
			if err != nil {
				got += " error"
			}
			if conflict != nil {
				got += fmt.Sprintf(" %d-%d", conflict.Start, conflict.End)
				if text := conflict.Error(); !strings.Contains(text, e.Key) || !strings.Contains(text, `host "a"`) || !strings.Contains(text, `host "A"`) {
					t.Errorf("%s: %s", name, text)
				}
			}
		}
		if got = strings.TrimSpace(got); got != c.want || reads != c.reads {
			t.Errorf("%s: %q after %d reads, want %q after %d", name, got, reads, c.want, c.reads)
		}
	}
}
