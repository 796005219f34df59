package recordbatch

import (
	"bytes"
	"testing"

	"shipper/inputs"
)

// TestOwnHeaders: what a record says of itself, and the value of a joined one.
func TestOwnHeaders(t *testing.T) {
	gen := &inputs.Generation{ID: 7, Stream: &inputs.Stream{}}
	s := inputs.Segment{
		Gen: gen, Data: []byte("P one F two"), Joined: [][]byte{[]byte("onetwo")},
		Records: []inputs.Record{{Start: 2, End: 11, Joined: 1, Source: inputs.Stderr, Cut: true, Piece: inputs.PieceLast}},
	}
	if offset, value, piece := s.At(0); offset != 2 || string(value) != "onetwo" || piece != inputs.PieceLast {
		t.Fatalf("%d %q %v", offset, value, piece)
	}
	e := NewEncoder(Options{Codec: None, RecordID: true})
	if err := e.template.build(&s, true); err != nil {
		t.Fatal(err)
	}
	var h header
	b, err := e.appendRecords(nil, &s, 5, &h)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\x0conetwo\x08\x04id", "\x0asplit\x08last", "\x0cstream\x0cstderr", "\x06cut\x0etimeout"} {
		if !bytes.Contains(b, []byte(want)) {
			t.Errorf("%q is not in %q", want, b)
		}
	}
}
