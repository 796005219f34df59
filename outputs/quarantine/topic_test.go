package quarantine

import (
	"context"
	"errors"
	"fmt"
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
			if got := strings.Join(text, " "); got != "own=1 quarantine-reason=large quarantine-topic=t quarantine-partition=4 quarantine-path=/x quarantine-offset=9" {
				t.Error(got)
			}
		})
	}
}
