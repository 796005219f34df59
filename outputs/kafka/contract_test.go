package kafka

import (
	"encoding/binary"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"

	"shipper/inputs"
	"shipper/outputs"
	"shipper/outputs/kafka/recordbatch"
	"shipper/outputs/outputtest"
)

func TestContract(t *testing.T) {
	for _, c := range []struct {
		name  string
		codec recordbatch.Codec
	}{{"none", recordbatch.None}, {"zstd", recordbatch.Zstd}} {
		t.Run(c.name, func(t *testing.T) {
			outputtest.Run(t, outputtest.Factory{
				Idempotent: true, IDs: true, Keys: true, Headers: true, Times: true,
				Open: func(t *testing.T) outputtest.Destination {
					t.Helper()
					topics := []string{"one", "two"}
					w := newWorld(t, func(cfg *Config) { cfg.Codec = c.codec }, kfake.NumBrokers(3), kfake.SeedTopics(4, topics...),
						kfake.BrokerConfigs(map[string]string{"min.insync.replicas": "2"}))
					return outputtest.Destination{
						Output: w.out, Topics: topics,
						Records:    func(t *testing.T, s outputs.Shard) []outputtest.Record { return contractRecords(t, w, s) },
						LoseAnswer: func(*testing.T, outputs.Shard) { w.faults.add(loseAnswer) },
					}
				},
			})
		})
	}
}

func contractRecords(t *testing.T, w *world, s outputs.Shard) []outputtest.Record {
	t.Helper()
	var out []outputtest.Record
	for _, m := range readMessages(t, w.kafka.ListenAddrs(), s) {
		r := outputtest.Record{Value: m.Value, Key: m.Key, Time: m.Timestamp.UnixMilli()}
		for _, h := range m.Headers {
			switch string(h.Key) {
			case recordbatch.HeaderID:
				r.Generation = binary.BigEndian.Uint64(h.Value)
				r.Offset = int64(binary.BigEndian.Uint64(h.Value[8:]))
			case recordbatch.HeaderLate, recordbatch.HeaderSplit, recordbatch.HeaderPartial:
			default:
				r.Headers = append(r.Headers, inputs.Header{Key: string(h.Key), Value: h.Value})
			}
		}
		out = append(out, r)
	}
	return out
}
