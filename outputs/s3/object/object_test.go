package object

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"shipper/inputs"
	"shipper/testing/need"
)

func generation() *inputs.Generation {
	return &inputs.Generation{
		ID: 0x0123456789abcdef, Path: "/var/log/ä b,=%.log", Host: "host-1",
		Stream:   &inputs.Stream{Input: "in", Name: "/var/log/a.log", Topic: "events", Key: []byte("k\x00\xff")},
		Headers:  []inputs.Header{{Key: "team", Value: []byte("a,b=c\n")}, {Key: "empty", Value: []byte{}}},
		Captures: []inputs.Header{{Key: "app", Value: []byte("web")}},
		File:     inputs.File{Device: 1 << 63, Inode: 7, Birth: 1234567890123456789, Truncations: 2, Order: 1 << 20},
	}
}

func lines(n int) *inputs.Segment {
	s := &inputs.Segment{Gen: generation(), Start: 100, Time: 17, Late: true}
	for i := range n {
		s.Data = fmt.Appendf(s.Data, "line %d of some application\n", i)
		s.Ends = append(s.Ends, uint32(len(s.Data)))
	}
	s.End = s.Start + int64(len(s.Data))
	return s
}

// same compares everything that a consumer of records can see.
func same(t interface {
	Helper()
	Fatalf(string, ...any)
}, got, want *inputs.Segment) {
	t.Helper()
	if got.Start != want.Start || got.End != want.End || !bytes.Equal(got.Data, want.Data) || got.Late != want.Late || got.Time != want.Time {
		t.Fatalf("segment [%d, %d) of %d bytes, want [%d, %d) of %d", got.Start, got.End, len(got.Data), want.Start, want.End, len(want.Data))
	}
	if got.Len() != want.Len() || (got.Records == nil) != (want.Records == nil) {
		t.Fatalf("%d records, want %d", got.Len(), want.Len())
	}
	for i := range want.Len() {
		o1, v1, p1 := got.At(i)
		o2, v2, p2 := want.At(i)
		if o1 != o2 || !bytes.Equal(v1, v2) || p1 != p2 {
			t.Fatalf("record %d: %d %q %d, want %d %q %d", i, o1, v1, p1, o2, v2, p2)
		}
		if want.Records != nil {
			a, b := got.Records[i], want.Records[i]
			a.Joined, b.Joined = 0, 0
			if a != b {
				t.Fatalf("record %d: %+v, want %+v", i, a, b)
			}
		}
	}
}

func TestRoundTrip(t *testing.T) {
	for _, c := range []Codec{Zstd, Gzip, None} {
		var e Encoder
		for _, n := range []int{1, 1000, 3} {
			seg := lines(n)
			o, err := e.Encode(seg, "agent", 5, c)
			if err != nil {
				t.Fatal(err)
			}
			if o.Codec != c {
				t.Errorf("codec %v, want %v", o.Codec, c)
			}
			m, got, err := Decode(o.Meta, o.Body)
			if err != nil {
				t.Fatal(c, err)
			}
			same(t, got, seg)
			if !reflect.DeepEqual(m.Generation, *seg.Gen) {
				t.Errorf("generation %+v, want %+v", m.Generation, *seg.Gen)
			}
			if m.Agent != "agent" || m.Time != 5 || m.Records != n || m.Name() != o.Name {
				t.Errorf("metadata %+v", m)
			}
		}
	}
}

// TestProgramsRead: people have no shipper at hand. Notes must not disturb them.
func TestProgramsRead(t *testing.T) {
	for c, program := range map[Codec]string{Zstd: "zstd", Gzip: "gzip"} {
		if err := need.Programs(t.Context(), map[string]string{program: program}); err != nil {
			t.Fatalf("objects are promised to be read by %s: %v", program, err)
		}
		seg := lines(100)
		if c == Zstd {
			seg.Records = []inputs.Record{{Start: 0, End: 10}, {Start: 40, End: 50, Piece: inputs.PiecePartial}}
		}
		o, err := new(Encoder).Encode(seg, "agent", 5, c)
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(program, "-dc")
		cmd.Stdin = bytes.NewReader(o.Body)
		out, err := cmd.Output()
		if err != nil || !bytes.Equal(out, seg.Data) {
			t.Errorf("%s: %v, %d bytes of %d", program, err, len(out), len(seg.Data))
		}
	}
}

// TestLongMetadata: a store takes 2 KiB of metadata, a path alone may be longer.
func TestLongMetadata(t *testing.T) {
	seg := lines(10)
	seg.Gen.Path = "/" + strings.Repeat("ö/", 1500)
	for i := range 40 {
		seg.Gen.Headers = append(seg.Gen.Headers, inputs.Header{Key: fmt.Sprint("header", i), Value: bytes.Repeat([]byte("x"), 100)})
	}
	o, err := new(Encoder).Encode(seg, "agent", 5, Gzip)
	if err != nil {
		t.Fatal(err)
	}
	size := 0
	for name, v := range o.Meta {
		size += len("x-amz-meta-") + len(name) + len(v)
	}
	if size > 2048 || o.Codec != Zstd {
		t.Errorf("%d bytes of metadata, codec %v", size, o.Codec)
	}
	m, got, err := Decode(o.Meta, o.Body)
	if err != nil {
		t.Fatal(err)
	}
	same(t, got, seg)
	if !reflect.DeepEqual(m.Generation, *seg.Gen) {
		t.Error("another generation")
	}
}

func TestRecordsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seg := lines(rapid.IntRange(1, 50).Draw(t, "lines"))
		seg.Ends = nil
		seg.Records = []inputs.Record{}
		size := len(seg.Data)
		for range rapid.IntRange(0, 60).Draw(t, "records") {
			start := rapid.IntRange(0, size).Draw(t, "start")
			r := inputs.Record{
				Start: uint32(start), End: uint32(rapid.IntRange(start, size).Draw(t, "end")),
				Piece: inputs.Piece(rapid.IntRange(0, 4).Draw(t, "piece")), Source: inputs.Source(rapid.IntRange(0, 2).Draw(t, "source")),
				Cut: rapid.Bool().Draw(t, "cut"), Time: rapid.Int64().Draw(t, "time"),
			}
			if rapid.Bool().Draw(t, "joined") {
				seg.Joined = append(seg.Joined, []byte(rapid.String().Draw(t, "value")))
				r.Joined = uint32(len(seg.Joined))
			}
			seg.Records = append(seg.Records, r)
		}
		o, err := new(Encoder).Encode(seg, "agent", 5, None)
		if err != nil {
			t.Fatalf("%v", err)
		}
		_, got, err := Decode(o.Meta, o.Body)
		if err != nil {
			t.Fatalf("%v", err)
		}
		same(t, got, seg)
	})
}

// TestDamage: no byte of a body or of the metadata that matters can change
// without being noticed.
func TestDamage(t *testing.T) {
	seg := lines(20)
	seg.Records = []inputs.Record{{Start: 0, End: 10}, {Start: 40, End: 50}}
	for _, c := range []Codec{Zstd, Gzip, None} {
		if c != Zstd {
			seg.Records = nil
		}
		o, err := new(Encoder).Encode(seg, "agent", 5, c)
		if err != nil {
			t.Fatal(err)
		}
		for i := range o.Body {
			b := bytes.Clone(o.Body)
			b[i] ^= 0x10
			if _, got, err := Decode(o.Meta, b); err == nil {
				same(t, got, seg) // a bit that nobody needs, such as a compressor's flag
			} else if !errors.Is(err, ErrDamaged) {
				t.Errorf("%v byte %d: %v", c, i, err)
			}
			if _, got, err := Decode(o.Meta, o.Body[:i]); err == nil {
				same(t, got, seg)
				t.Errorf("%v: cut to %d of %d bytes, not noticed", c, i, len(o.Body))
			}
		}
		for name := range o.Meta {
			v := maps.Clone(o.Meta)
			v[name] = "%"
			_, _, err := Decode(v, o.Body)
			want := ErrDamaged
			if name == "shipper" {
				want = ErrForeign
			}
			if !errors.Is(err, want) && name != "late" {
				t.Errorf("%v: metadata %s damaged: %v", c, name, err)
			}
		}
	}
}

func TestForeignAndNewer(t *testing.T) {
	if _, _, err := Decode(map[string]string{"content-type": "text/plain"}, []byte("hello")); !errors.Is(err, ErrForeign) {
		t.Error(err)
	}
	if _, _, err := Decode(map[string]string{"shipper": "2"}, nil); !errors.Is(err, ErrNewer) {
		t.Error(err)
	}
}

func TestKeys(t *testing.T) {
	n := Name{Generation: 0xabc, Start: 5, End: 1 << 40, Hash: [8]byte{1, 2, 3, 4, 5, 6, 7, 255}}
	aside := n.Aside("/some/prefix/", "a/b c")
	if want := "some/prefix/a%2Fb%20c/0000000000000abc/00000000000000000005-00000001099511627776-01020304050607ff"; aside != want {
		t.Errorf("key %s, want %s", aside, want)
	}
	for _, key := range []string{aside, n.Archive("x/y", Zstd), n.Archive("", Gzip), n.Archive("x", None)} {
		got, returned, ok := ParseKey(key)
		if !ok || returned || got != n {
			t.Errorf("%s: %+v %v %v", key, got, returned, ok)
		}
		got, returned, ok = ParseKey(key + Returned)
		if !ok || !returned || got != n {
			t.Errorf("%s%s: %+v %v %v", key, Returned, got, returned, ok)
		}
	}
	for _, key := range []string{"", "x", aside + "x", aside[:len(aside)-1], strings.Replace(aside, "-", "_", 1), strings.Replace(aside, "abc", "xyz", 1)} {
		if _, _, ok := ParseKey(key); ok {
			t.Errorf("%q is taken for ours", key)
		}
	}
	longer := Name{Generation: 0xabc, Start: 5, End: 1 << 41}
	if longer.Compare(n) >= 0 {
		t.Error("the longest does not come first")
	}
}

func FuzzDecode(f *testing.F) {
	seg := lines(20)
	seg.Records = []inputs.Record{{Start: 0, End: 10}, {Start: 40, End: 50}}
	o, err := new(Encoder).Encode(seg, "agent", 5, Zstd)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(o.Body, o.Meta["notes"])
	f.Fuzz(func(_ *testing.T, body []byte, notes string) {
		v := maps.Clone(o.Meta)
		v["notes"] = notes
		_, _, _ = Decode(v, body) // must not panic, whatever it says
	})
}
