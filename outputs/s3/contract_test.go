package s3

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"shipper/outputs"
	"shipper/outputs/outputtest"
	"shipper/outputs/s3/object"
	"shipper/testing/store"
)

var server *store.Store

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "shipper-s3-")
	if err == nil {
		server, err = store.Start(context.Background(), "../..", dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = server.Stop()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

var buckets atomic.Int64

// setup makes a bucket behind a proxy, and an output to it.
func setup(t *testing.T, change func(*Config)) (*Output, *store.Proxy) {
	t.Helper()
	p := store.NewProxy(server)
	t.Cleanup(p.Close)
	c := Config{
		Bucket: fmt.Sprintf("bucket-%d", buckets.Add(1)), Prefix: "some/where", Region: store.Region, Endpoint: p.URL, PathStyle: true,
		AgentID: "agent-1", Credentials: store.Credentials(),
	}
	if err := server.MakeBucket(c.Bucket); err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(&c)
	}
	o, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return o, p
}

func TestContract(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"failover": nil,
		"archive":  func(c *Config) { c.Key, c.Codec = "{topic}/{host}/{date}", object.Gzip },
		"raw":      func(c *Config) { c.Key, c.Codec, c.Prefix = "{input}/{hour}", object.None, "" },
	} {
		t.Run(name, func(t *testing.T) {
			outputtest.Run(t, outputtest.Factory{
				Idempotent: true, IDs: true, Keys: true, Headers: true, Times: true,
				Open: func(t *testing.T) outputtest.Destination {
					out, p := setup(t, change)
					o := &watched{Output: out, shards: map[uint64]outputs.Shard{}}
					return outputtest.Destination{
						Output:  o,
						Records: func(t *testing.T, s outputs.Shard) []outputtest.Record { return readBack(t, o, p, s) },
						LoseAnswer: func(*testing.T, outputs.Shard) {
							var lost atomic.Bool
							p.Rule(func(*http.Request) store.Fault {
								if lost.CompareAndSwap(false, true) {
									return store.LoseAnswer
								}
								return store.Pass
							})
						},
					}
				},
			})
		})
	}
}

// watched remembers to which shard a generation was written.
type watched struct {
	*Output
	mu     sync.Mutex
	shards map[uint64]outputs.Shard
}

func (w *watched) Write(ctx context.Context, batches []*outputs.Batch) {
	w.mu.Lock()
	for _, b := range batches {
		for i := range b.Segments {
			w.shards[b.Segments[i].Gen.ID] = b.Shard
		}
	}
	w.mu.Unlock()
	w.Output.Write(ctx, batches)
}

func (w *watched) shardOf(generation uint64) outputs.Shard {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.shards[generation]
}

// readBack lists what is there, in the order in which it was put.
func readBack(t *testing.T, o *watched, p *store.Proxy, shard outputs.Shard) []outputtest.Record {
	t.Helper()
	var keys []string
	if err := o.List(t.Context(), o.root(), func(e Entry) error {
		if e.Foreign || e.Returned {
			t.Errorf("listed %+v", e)
		}
		keys = append(keys, e.Key)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	order, _ := p.Puts()
	slices.SortFunc(keys, func(a, b string) int { return slices.Index(order, a) - slices.Index(order, b) })
	var records []outputtest.Record
	for _, key := range keys {
		m, seg, err := o.Get(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if o.shardOf(m.Generation.ID) != shard {
			continue
		}
		for i := range seg.Len() {
			offset, value, _ := seg.At(i)
			r := outputtest.Record{
				Value: value, Generation: m.Generation.ID, Offset: offset,
				Key: m.Generation.Stream.Key, Headers: m.Generation.Headers, Time: m.Time,
			}
			if seg.Time != 0 {
				r.Time = seg.Time
			}
			if seg.Records != nil && seg.Records[i].Time != 0 {
				r.Time = seg.Records[i].Time
			}
			records = append(records, r)
		}
	}
	return records
}
