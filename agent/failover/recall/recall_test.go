package recall

import (
	"context"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"shipper/agent/failover"
	"shipper/checkpoint"
	"shipper/inputs"
	"shipper/outputs/s3"
	"shipper/outputs/s3/object"
)

// bucket is what a store holds: of each key the host and the bytes.
type bucket struct {
	failover.Store
	entries []s3.Entry
	hosts   []string
	texts   []string
}

func (b *bucket) Own() string { return "" }

func (b *bucket) List(_ context.Context, _ string, visit func(s3.Entry) error) error {
	for _, e := range b.entries {
		if err := visit(e); err != nil {
			return err
		}
	}
	return nil
}

func (b *bucket) Get(_ context.Context, key string) (*object.Meta, *inputs.Segment, error) {
	for i, e := range b.entries {
		if e.Key == key {
			return &object.Meta{Generation: inputs.Generation{ID: e.Name.Generation, Host: b.hosts[i], Stream: &inputs.Stream{Input: "in"}}}, &inputs.Segment{Start: e.Name.Start, End: e.Name.End, Data: []byte(b.texts[i])}, nil
		}
	}
	return nil, nil, s3.ErrNotThere
}

func (b *bucket) add(key, host string, generation uint64, start int64, text string) {
	n := object.Name{Generation: generation, Start: start, End: start + int64(len(text)), Hash: [8]byte{byte(len(b.entries))}}
	b.entries, b.hosts, b.texts = append(b.entries, s3.Entry{Key: key, Name: n}), append(b.hosts, host), append(b.texts, text)
}

// TestHomelessIsStillDue: what has no home for now stays due; so does everything if the
// listing was ended.
func TestHomelessIsStillDue(t *testing.T) {
	for _, ended := range []bool{false, true} {
		b := &bucket{}
		b.add("1", "me", 1, 0, "aaa")
		ctx, end := context.WithCancel(t.Context())
		var said strings.Builder
		k := &failover.Keeper{Output: "out", Log: slog.New(slog.NewTextHandler(&said, nil)), Commit: func(c *checkpoint.Changes) {
			if _, dropped := c.Notes[Note("out")]; dropped {
				t.Error("it is not due any more")
			}
		}}
		k.Use(failover.Settings{Store: b})
		asked := false
		Recall(ctx, k, "me", func(_, _ string, take func(*Home)) {
			asked = true
			if ended {
				end()
			}
			take(nil)
		})
		end()
		if !asked || strings.Contains(said.String(), "tried again") {
			t.Errorf("asked %v:\n%s", asked, &said)
		}
	}
}

// TestOnlyOurOwn: where the objects of two hosts are in one another's way, a host takes
// back its own, and says once what it leaves.
func TestOnlyOurOwn(t *testing.T) {
	b := &bucket{}
	b.add("1-ours", "me", 1, 0, "aaaaaaaaaa")
	b.add("1-theirs", "you", 1, 0, "bbbbbbbbbb")
	b.add("1-more of theirs", "you", 1, 10, "bbbbb") // in nobody's way
	b.add("1-more of ours", "me", 1, 15, "aaaaa")
	b.add("2-all", "you", 2, 0, "ccc") // a host that was renamed, perhaps
	for host, want := range map[string][]string{
		"me":      {"1-ours with metadata", "1-more of ours", "2-all with metadata"},
		"you":     {"1-theirs with metadata", "1-more of theirs", "2-all with metadata"},
		"another": {"1-ours with metadata", "1-more of theirs", "1-more of ours", "2-all with metadata"},
	} {
		var said strings.Builder
		var got []string
		f := finder{store: b, host: host, log: slog.New(slog.NewTextHandler(&said, nil)), take: func(key string, _ object.Name, m *object.Meta) error {
			if m != nil {
				key += " with metadata"
			}
			got = append(got, key)
			return nil
		}}
		if err := f.find(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s takes %q, want %q", host, got, want)
		}
		if n := strings.Count(said.String(), "level="); n != 1 || !strings.Contains(said.String(), "1-theirs of host") {
			t.Errorf("%s says %d things:\n%s", host, n, &said)
		}
	}
}
