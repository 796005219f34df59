package absent

import (
	"slices"
	"testing"
	"time"
)

// TestSurplus: of each stream the newest stay, and of all together those gone last.
func TestSurplus(t *testing.T) {
	now := time.Now()
	of := func(stream string, n int, age time.Duration) (list []*Generation) {
		for i := range n {
			g := &Generation{Since: now.Add(-age)}
			g.ID, g.Stream, g.Order = uint64(len(stream)*1000+i), stream, uint64(i+1)
			list = append(list, g)
		}
		return list
	}
	for _, x := range []struct {
		list []*Generation
		most int
		want []uint64
	}{
		{slices.Concat(of("a", PerStream, 0), of("bb", PerStream, 0)), 2 * PerStream, nil},
		{slices.Concat(of("a", PerStream+2, 0), of("bb", PerStream, time.Hour)), 2 * PerStream, []uint64{1000, 1001}},
		{slices.Concat(of("a", 3, 0), of("bb", 3, time.Hour)), 4, []uint64{2000, 2001}},
		{slices.Concat(of("a", 3, 0), of("bb", 3, 0)), 4, []uint64{1000, 2000}},
	} {
		var got []uint64
		for _, g := range surplus(x.list, x.most) {
			got = append(got, g.ID)
		}
		if slices.Sort(got); !slices.Equal(got, x.want) {
			t.Errorf("%d of at most %d: forgotten %d, want %d", len(x.list), x.most, got, x.want)
		}
	}
}
