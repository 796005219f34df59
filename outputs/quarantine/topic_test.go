package quarantine

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"shipper/inputs"
	"shipper/outputs"
)

var seg0Time = time.UnixMilli(1)

// answering is an output that gives every batch the same fate.
type answering struct {
	outputs.Output
	fate outputs.Fate
	got  []*outputs.Batch
}

func (a *answering) Shard(s *inputs.Stream) (outputs.Shard, error) {
	return outputs.Shard{Topic: s.Topic, Partition: 1}, nil
}

func (a *answering) Write(_ context.Context, batches []*outputs.Batch) {
	a.got = append(a.got, batches...)
	for _, b := range batches {
		b.Fate = a.fate
	}
}

var errRefused = errors.New("refused")

// A record counts as quarantined when the topic has acknowledged it, or, where
// the topic refuses this very record, when it is in the file.
func TestQuarantineTopic(t *testing.T) {
	for _, c := range []struct {
		name   string
		fate   outputs.Fate
		fails  bool
		inFile int
	}{
		{"acknowledged", outputs.Fate{State: outputs.Acked}, false, 0},
		{"too large", outputs.Fate{State: outputs.Refused, TooLarge: true, Err: errRefused}, false, 1},
		{"rejected", outputs.Fate{State: outputs.Refused, Class: outputs.RecordError, Err: errRefused}, false, 1},
		{"brokers away", outputs.Fate{State: outputs.Refused, Err: errRefused}, true, 0},
		{"closed topic", outputs.Fate{State: outputs.Refused, Class: outputs.AuthError, Err: errRefused}, true, 0},
		{"no answer", outputs.Fate{State: outputs.Unresolved, Class: outputs.RecordError, Err: errRefused}, true, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := &answering{fate: c.fate}
			rest, _ := open(t, 1<<20)
			q := NewTopic(out, "dead", rest)
			err := q.Put(t.Context(), &Record{Topic: "t", Partition: 4, Path: "/x", Offset: 9, Reason: "large", Value: []byte("v"), Key: []byte("k"),
				Headers: []Header{{"own", []byte("1")}}})
			if (err != nil) != c.fails || len(offsets(t, rest.Path())) != c.inFile {
				t.Errorf("%v, %v in the file", err, offsets(t, rest.Path()))
			}
			b := out.got[0]
			if want := (outputs.Shard{Topic: "dead", Partition: 1}); b.Shard != want || string(b.Segments[0].Gen.Stream.Key) != "k" {
				t.Errorf("sent to %v with key %q", b.Shard, b.Segments[0].Gen.Stream.Key)
			}
			var text []string
			for _, h := range b.Segments[0].Gen.Headers {
				text = append(text, fmt.Sprintf("%s=%s", h.Key, h.Value))
			}
			got, whole, _ := strings.Cut(strings.Join(text, " "), " quarantine-record=")
			if got != "own=1 quarantine-reason=large quarantine-topic=t quarantine-partition=4 quarantine-path=/x quarantine-offset=9" || !strings.HasPrefix(whole, `{"time":`) {
				t.Error(got, whole)
			}
		})
	}
}

// keeping is an output that gives back what was written.
type keeping struct {
	answering
	damaged []byte // a header
}

func (k *keeping) ReadBack(_ context.Context, _ string, _ time.Time, f func(*outputs.Kept) error, tell func(done, total int64)) error {
	for _, foreign := range []*outputs.Kept{{Value: []byte("of somebody else")}, {Position: 7, Quarantined: k.damaged}} {
		if err := f(foreign); err != nil {
			return err
		}
	}
	for _, b := range k.got {
		seg := &b.Segments[0]
		_, value, _ := seg.At(0)
		kept := &outputs.Kept{Value: value}
		for _, h := range seg.Gen.Headers {
			if h.Key == HeaderRecord {
				kept.Quarantined = h.Value
			}
		}
		if err := f(kept); err != nil {
			return err
		}
	}
	tell(1, 1)
	return nil
}

// What is in a topic comes back as it was put there, until it is taken out, and
// again if it is put there once more.
func TestQuarantineTopicIsReadBack(t *testing.T) {
	rest, _ := open(t, 1<<20)
	out := &keeping{answering: answering{fate: outputs.Fate{State: outputs.Acked}}}
	q := NewTopic(out, "dead", rest)
	now := time.Now()
	record := func(offset int64, at time.Time) *Record {
		return &Record{Time: at, Input: "in", Output: "kafka.a", Topic: "t", Partition: 4, Path: "/x", Stream: "s", Host: "h", Generation: 7, Offset: offset,
			Reason: "large", Timestamp: 5, Late: true, Cut: true, Piece: 2, Source: 1, Key: []byte("k"),
			Headers: []Header{{"own", []byte("1")}}, Captures: []Header{{"app", []byte("a")}}, Value: []byte{0, 0xff, 'v'}}
	}
	seen := func() (all []Record) {
		t.Helper()
		if err := q.Each(t.Context(), func(r *Record) error { all = append(all, *r); return nil }, nil); err != nil {
			t.Fatal(err)
		}
		return all
	}
	first, second := record(1, now), record(2, now)
	for _, r := range []*Record{first, second} {
		if err := q.Put(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	all := seen()
	if len(all) != 2 || !all[0].Time.Equal(now) {
		t.Fatalf("%d records: %+v", len(all), all)
	}
	all[0].Time = first.Time // equal, but for the monotonic clock
	if !reflect.DeepEqual(&all[0], first) {
		t.Errorf("came back as %+v, was %+v", all[0], *first)
	}
	if err := q.TakeOut(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if all = seen(); len(all) != 1 || all[0].Offset != 2 {
		t.Errorf("after the first was taken out: %+v", all)
	}
	if err := q.Put(t.Context(), record(1, now.Add(time.Second))); err != nil {
		t.Fatal(err)
	}
	if all = seen(); len(all) != 2 {
		t.Errorf("after it was put there again: %+v", all)
	}
	out.damaged = []byte("{")
	n := 0
	err := q.Each(t.Context(), func(*Record) error { n++; return nil }, nil)
	if n != 2 || err == nil || !strings.Contains(err.Error(), "record 7: header quarantine-record can't be read") {
		t.Errorf("%d records beside a damaged one, and %v", n, err)
	}
}
