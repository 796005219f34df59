package outputtest_test

import (
	"bytes"
	"context"
	"errors"
	"hash/fnv"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"shipper/inputs"
	"shipper/outputs"
	"shipper/outputs/outputtest"
)

// mutantVariable names the fault that memory is to have in a child process.
const mutantVariable = "OUTPUTTEST_MUTANT"

// TestContract: an output without faults passes. In a child process of
// TestMutants it has one.
func TestContract(t *testing.T) {
	outputtest.Run(t, outputtest.Factory{
		Idempotent: true, IDs: true, Keys: true, Headers: true, Times: true, Patience: 2 * time.Second,
		Open: func(*testing.T) outputtest.Destination {
			m := &memory{
				mutant: os.Getenv(mutantVariable), shards: map[outputs.Shard][]outputtest.Record{},
				lose: map[outputs.Shard]bool{}, receipts: map[outputs.Shard]int{},
			}
			return outputtest.Destination{
				Output: m, Topics: []string{"a", "b"},
				Records:    func(_ *testing.T, s outputs.Shard) []outputtest.Record { return m.shards[s] },
				LoseAnswer: func(_ *testing.T, s outputs.Shard) { m.lose[s] = true },
			}
		},
	})
}

// TestMutants: for each fault of an output there is a case that sees it.
func TestMutants(t *testing.T) {
	for mutant, seenBy := range map[string]string{
		"unstable shard":        "ShardIsStable",
		"no shape":              "ShapeIsUsable",
		"drop last":             "OneBatch",
		"reverse":               "OneBatch",
		"twice":                 "OneBatch",
		"value kept by alias":   "ManyBatchesInOrder",
		"invalid utf8 replaced": "EveryByte",
		"cr stripped":           "EveryByte",
		"empty lines skipped":   "EmptyLines",
		"records ignored":       "ExplicitRecords",
		"refuses no records":    "NoRecords",
		"first segment only":    "SeveralStreams",
		"first batch only":      "SeveralShards",
		"no key":                "KeysHeadersTimes",
		"no headers":            "KeysHeadersTimes",
		"time of sending":       "KeysHeadersTimes",
		"long records cut":      "BigRecord",
		"acks when cancelled":   "CancelledBefore",
		"repeat delivers again": "LostAnswerRepeated",
		"count is identity":     "LostAnswerGivenUp",
		"bytes changed":         "OneBatch",
		"fate forgotten":        "OneBatch",
		"finds nothing":         "Check",
		"unhealthy":             "Status",
		"writes when closed":    "Close",
		"closes once":           "Close",
	} {
		t.Run(mutant, func(t *testing.T) {
			t.Parallel()
			command := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestContract$/^"+seenBy+"$")
			command.Env = append(os.Environ(), mutantVariable+"="+mutant)
			out, err := command.CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || !strings.Contains(string(out), "--- FAIL: TestContract/"+seenBy) {
				t.Errorf("%s did not see it: %v\n%s", seenBy, err, out)
			}
		})
	}
}

// memory is the smallest output that keeps the contract, or one that nearly
// does.
type memory struct {
	mutant string

	mu       sync.Mutex
	closed   bool
	calls    int
	shards   map[outputs.Shard][]outputtest.Record
	lose     map[outputs.Shard]bool
	receipts map[outputs.Shard]int // records of the open receipt, all delivered
}

var errLost = errors.New("no answer")

func (m *memory) Shape() outputs.Shape {
	if m.mutant == "no shape" {
		return outputs.Shape{}
	}
	return outputs.Shape{BatchBytes: 512 << 10, Linger: time.Millisecond}
}

func (m *memory) Shard(s *inputs.Stream) (outputs.Shard, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls++
	h := fnv.New32a()
	h.Write([]byte(s.Name))
	if m.mutant == "unstable shard" {
		h.Write([]byte{byte(m.calls)})
	}
	return outputs.Shard{Topic: s.Topic, Partition: int32(h.Sum32() % 4)}, nil
}

func (m *memory) Write(ctx context.Context, batches []*outputs.Batch) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, b := range batches {
		fate := m.write(ctx, i, b)
		if m.mutant != "fate forgotten" {
			b.Fate = fate
		}
	}
}

func (m *memory) write(ctx context.Context, i int, b *outputs.Batch) outputs.Fate {
	acked := outputs.Fate{State: outputs.Acked, BaseOffset: -1}
	refused := func(why string) outputs.Fate {
		return outputs.Fate{State: outputs.Refused, Err: errors.New(why), BaseOffset: -1}
	}
	open := m.receipts[b.Shard]
	switch {
	case m.closed && m.mutant != "writes when closed":
		return refused("closed")
	case ctx.Err() != nil && m.mutant == "acks when cancelled":
		return acked
	case ctx.Err() != nil:
		return refused("cancelled")
	case m.mutant == "refuses no records" && b.Len() == 0:
		return refused("nothing to do")
	case m.mutant == "first batch only" && i > 0:
		return acked
	case b.Repeat && open > 0 && m.mutant != "repeat delivers again":
		delete(m.receipts, b.Shard)
		return acked
	case m.mutant == "count is identity" && open == b.Len():
		delete(m.receipts, b.Shard)
		return acked
	}
	delete(m.receipts, b.Shard)
	m.shards[b.Shard] = append(m.shards[b.Shard], m.records(b)...)
	if m.lose[b.Shard] {
		delete(m.lose, b.Shard)
		m.receipts[b.Shard] = b.Len()
		return outputs.Fate{State: outputs.Unresolved, Err: errLost, BaseOffset: -1}
	}
	return acked
}

func (m *memory) records(b *outputs.Batch) []outputtest.Record {
	var all []outputtest.Record
	for i := range b.Segments {
		seg := b.Segments[i]
		if m.mutant == "records ignored" && len(seg.Ends) > 0 {
			seg.Records = nil
		}
		for j := range seg.Len() {
			offset, value, _ := seg.At(j)
			r := outputtest.Record{
				Value: bytes.Clone(value), Generation: seg.Gen.ID, Offset: offset,
				Key: seg.Gen.Stream.Key, Headers: seg.Gen.Headers, Time: b.Time.UnixMilli(),
			}
			if seg.Time != 0 {
				r.Time = seg.Time
			}
			if seg.Records != nil && seg.Records[j].Time != 0 {
				r.Time = seg.Records[j].Time
			}
			if !m.spoil(&r, value) {
				all = append(all, r)
			}
		}
		if m.mutant == "first segment only" {
			break
		}
	}
	switch m.mutant {
	case "drop last":
		all = all[:len(all)-1]
	case "twice":
		all = append(all, all...)
	case "reverse":
		for i, j := 0, len(all)-1; i < j; i, j = i+1, j-1 {
			all[i], all[j] = all[j], all[i]
		}
	}
	return all
}

var shared = make([]byte, 0, 1<<20)

// spoil does to a record what the mutant does, and tells whether it is skipped.
func (m *memory) spoil(r *outputtest.Record, value []byte) (skip bool) {
	switch m.mutant {
	case "value kept by alias":
		shared = append(shared[:0], value...)
		r.Value = shared
	case "invalid utf8 replaced":
		r.Value = bytes.ToValidUTF8(r.Value, []byte("?"))
	case "cr stripped":
		r.Value = bytes.TrimSuffix(r.Value, []byte("\r"))
	case "empty lines skipped":
		return len(value) == 0
	case "no key":
		r.Key = nil
	case "no headers":
		r.Headers = nil
	case "time of sending":
		r.Time = time.Now().UnixMilli()
	case "long records cut":
		r.Value = r.Value[:min(len(r.Value), 100_000)]
	case "bytes changed":
		value[0] ^= 1
	}
	return false
}

func (m *memory) Check(context.Context, []string) []outputs.Finding {
	if m.mutant == "finds nothing" {
		return nil
	}
	return []outputs.Finding{{Severity: outputs.OK, Subject: "memory", Message: "is there"}}
}

func (m *memory) Status() outputs.Status {
	return outputs.Status{
		Healthy: m.mutant != "unhealthy", Since: time.Now(), Peers: []outputs.Peer{{Name: "memory", Healthy: true}},
	}
}

func (m *memory) Close(context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed && m.mutant == "closes once" {
		return errors.New("closed already")
	}
	m.closed = true
	return nil
}
