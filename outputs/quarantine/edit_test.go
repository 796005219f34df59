package quarantine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"shipper/inputs"
	"shipper/outputs"
)

func open(t *testing.T, limit int64) (*File, *strings.Builder) {
	t.Helper()
	log := &strings.Builder{}
	q := NewFile(filepath.Join(t.TempDir(), "q.jsonl"), limit, slog.New(slog.NewTextHandler(log, nil)))
	t.Cleanup(func() { _ = q.Close(context.Background()) })
	return q, log
}

func put(t *testing.T, q *File, offsets ...int64) {
	t.Helper()
	for _, o := range offsets {
		if err := q.Put(t.Context(), &Record{Offset: o, Value: []byte("value")}); err != nil {
			t.Fatal(err)
		}
	}
}

func offsets(t *testing.T, path string) []int64 {
	t.Helper()
	var all []int64
	for r, err := range Records(path) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r.Offset)
	}
	return all
}

func even(r *Record) bool { return r.Offset%2 == 0 }

// What is taken away goes, what remains keeps its bytes and its order, and the
// agent goes on in the new file.
func TestRecordsAreTakenAwayBesideAnAgent(t *testing.T) {
	q, _ := open(t, 1<<20)
	put(t, q, 1, 2, 3, 4)
	e, err := Edit(q.Path())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Edit(q.Path()); !errors.Is(err, ErrBusy) {
		t.Errorf("a second editor: %v", err)
	}
	if n, err := e.Remove(even); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	put(t, q, 5)
	if got := fmt.Sprint(offsets(t, q.Path())); got != "[1 3 5]" {
		t.Error(got)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(q.Path() + ".new"); !os.IsNotExist(err) {
		t.Error("something is left over")
	}
}

// However appending and taking away meet, no record is lost.
func TestAppendingAndTakingAwayAtOnce(t *testing.T) {
	q, _ := open(t, 1<<20)
	e, err := Edit(q.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	const records = 100
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range int64(records) {
			if err := q.Put(t.Context(), &Record{Offset: i, Value: []byte("x")}); err != nil {
				t.Error(err)
			}
		}
	})
	removed := 0
	for removed < records/2 {
		n, err := e.Remove(even)
		if err != nil {
			t.Fatal(err)
		}
		removed += n
	}
	wg.Wait()
	got := offsets(t, q.Path())
	if len(got) != records/2 || removed != records/2 {
		t.Fatalf("%d removed, %d remain", removed, len(got))
	}
	for i, o := range got {
		if o != int64(2*i+1) {
			t.Fatalf("record %d has offset %d", i, o)
		}
	}
}

func TestLinesThatAreNoRecordsStay(t *testing.T) {
	q, _ := open(t, 1<<20)
	put(t, q, 2)
	f, err := os.OpenFile(q.Path(), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("garbage\n{\"offset\":4,\"later\":1,\"value\":\"eA==\"}\n{\"offset\":6,\"val"); err != nil {
		t.Fatal(err)
	}
	f.Close()
	bad := 0
	for _, err := range Records(q.Path()) {
		if err != nil {
			bad++
		}
	}
	e, err := Edit(q.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	n, err := e.Remove(func(r *Record) bool { return r.Offset == 2 })
	text, _ := os.ReadFile(q.Path())
	if bad != 1 || n != 1 || err != nil || string(text) != "garbage\n{\"offset\":4,\"later\":1,\"value\":\"eA==\"}\n" {
		t.Errorf("%d bad, %d removed, %v: %q", bad, n, err, text)
	}
}

// It warns while there is room, refuses when there is none, and takes records
// again once some are taken away.
func TestFullQuarantine(t *testing.T) {
	q, log := open(t, 2000)
	n := int64(0)
	var err error
	for ; err == nil; n++ {
		err = q.Put(t.Context(), &Record{Offset: n, Value: []byte("value")})
	}
	if !errors.Is(err, ErrFull) || strings.Count(log.String(), "almost full") != 1 {
		t.Fatalf("%v\n%s", err, log)
	}
	e, err := Edit(q.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if _, err := e.Remove(func(*Record) bool { return true }); err != nil {
		t.Fatal(err)
	}
	put(t, q, n)
}

// A record that is sent again is the one that was to be sent.
func TestRecordComesBackAsItWas(t *testing.T) {
	stream := &inputs.Stream{Input: "in", Name: "log", Topic: "t", Key: []byte("k")}
	gen := &inputs.Generation{ID: 7, Stream: stream, Path: "/log.1", Host: "h",
		Captures: []inputs.Header{{Key: "app", Value: []byte("shop")}}, Headers: []inputs.Header{{Key: "a", Value: []byte{0xff}}}}
	seg := &inputs.Segment{Gen: gen, Start: 100, End: 110, Data: []byte("first\nxyz\n"), Late: true,
		Records: []inputs.Record{{Start: 0, End: 5}, {Start: 6, End: 9, Time: 5, Piece: inputs.PieceLast, Source: inputs.Stderr, Cut: true}}}
	q, _ := open(t, 1<<20)
	r := Of(seg, 1, outputs.Shard{Topic: "t", Partition: 3}, seg0Time)
	if err := q.Put(t.Context(), &r); err != nil {
		t.Fatal(err)
	}
	for got, err := range Records(q.Path()) {
		if err != nil {
			t.Fatal(err)
		}
		b := got.Batch("t")
		s := &b.Segments[0]
		offset, value, piece := s.At(0)
		want := "106 xyz 3 7 h /log.1 in log k late=true cut=true 2 5 3"
		have := fmt.Sprint(offset, " ", string(value), " ", piece, s.Gen.ID, " ", s.Gen.Host, " ", s.Gen.Path, " ", s.Gen.Stream.Input, " ", s.Gen.Stream.Name,
			" ", string(s.Gen.Stream.Key), " late=", s.Late, " cut=", s.Records[0].Cut, " ", s.Records[0].Source, s.Records[0].Time, b.Shard.Partition)
		if have != want || fmt.Sprint(s.Gen.Headers, s.Gen.Captures) != fmt.Sprint(gen.Headers, gen.Captures) || got.ID() != "0000000000000007-106" {
			t.Errorf("%s, want %s; %v %v", have, want, s.Gen.Headers, got.ID())
		}
	}
}
