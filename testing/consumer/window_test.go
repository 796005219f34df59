package consumer

import (
	"encoding/binary"
	"testing"
)

func id(n int) []byte { return binary.BigEndian.AppendUint64(make([]byte, 8), uint64(n)) }

func TestWindow(t *testing.T) {
	w := NewWindow(3)
	for i, c := range []struct {
		n    int
		seen bool
	}{{1, false}, {2, false}, {1, true}, {3, false}, {4, false}, {2, true}, {1, false}, {4, true}, {2, false}} {
		if got := w.Seen(id(c.n)); got != c.seen {
			t.Errorf("step %d: id %d seen: %v", i, c.n, got)
		}
	}
	for range 2 {
		if w.Seen(nil) || w.Seen([]byte("short")) {
			t.Error("what has no id was seen before")
		}
	}
	if len(w.seen) != 3 {
		t.Errorf("%d ids are remembered", len(w.seen))
	}
}
