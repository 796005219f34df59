package prove

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"shipper/agent/verify"
	"shipper/inputs"
	"shipper/outputs/s3"
	"shipper/outputs/s3/object"
)

type listing []s3.Entry

func (l listing) Own() string { return "own/" }

func (l listing) Get(_ context.Context, key string) (*object.Meta, *inputs.Segment, error) {
	return &object.Meta{Generation: inputs.Generation{Host: "host of " + key}}, &inputs.Segment{Start: 0, End: 10, Data: []byte((key + "123456789")[:10])}, nil
}

func (l listing) List(_ context.Context, _ string, visit func(s3.Entry) error) error {
	for _, e := range l {
		if err := visit(e); err != nil {
			return err
		}
	}
	return nil
}

// What is aside is what lies in objects that are ours and not returned; those that
// overlap after a crash are one run.
func TestWhatIsAside(t *testing.T) {
	entry := func(generation uint64, start, end int64) s3.Entry {
		return s3.Entry{Name: object.Name{Generation: generation, Start: start, End: end}}
	}
	returned, foreign := entry(1, 300, 400), entry(1, 400, 500)
	returned.Returned, foreign.Foreign = true, true
	got, err := asideIn(t.Context(), listing{entry(1, 0, 100), entry(1, 50, 150), entry(1, 150, 160), returned, foreign, entry(1, 500, 600), entry(2, 7, 8)})
	if err != nil {
		t.Fatal(err)
	}
	want := map[uint64]verify.Ranges{1: {{Start: 0, End: 160}, {Start: 500, End: 600}}, 2: {{Start: 7, End: 8}}}
	if !reflect.DeepEqual(got.ranges, want) || got.conflicts != nil {
		t.Errorf("aside %+v, want %v", got, want)
	}
	a, b := entry(1, 0, 10), entry(1, 0, 10)
	a.Key, b.Key, b.Name.Hash = "a", "b", [8]byte{1}
	if got, err = asideIn(t.Context(), listing{a, b, b}); err != nil || len(got.conflicts) != 1 || !strings.Contains(got.conflicts[0], `a of host "host of a" and b of host "host of b"`) {
		t.Errorf("conflicts %q, %v", got.conflicts, err)
	}
}
