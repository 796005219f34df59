package outputtest

import (
	"context"
	"testing"
	"time"

	"shipper/inputs"
	"shipper/outputs"
)

// Factory describes an output to the suite.
type Factory struct {
	// Open makes a fresh, empty destination and an output for it. What has to
	// be torn down is registered with t.Cleanup; the output itself is closed by
	// the suite.
	Open func(t *testing.T) Destination

	// Idempotent promises that a repeat after an unresolved fate puts no record
	// there twice while the output lives.
	Idempotent bool
	// IDs, Keys, Headers and Times tell which of them Destination.Records
	// brings back.
	IDs, Keys, Headers, Times bool
	// MaxRecord is the longest record to try, in bytes; 0 means 256 KiB, the
	// length at which inputs cut lines.
	MaxRecord int
	// Patience bounds all attempts at a batch together; 0 means a minute.
	Patience time.Duration
}

// Destination is a place where records arrive.
type Destination struct {
	Output outputs.Output
	// Topics are the topics that streams may name, all of them existing; none
	// for an output without topics.
	Topics []string
	// Records reads back everything that was delivered to a shard, oldest
	// first.
	Records func(t *testing.T, s outputs.Shard) []Record
	// LoseAnswer makes the next attempt at the shard, and only that, deliver
	// its records and lose the answer. Nil where that can't be arranged.
	LoseAnswer func(t *testing.T, s outputs.Shard)
}

// Record is a record as it was read back.
type Record struct {
	Value []byte
	// Generation and Offset are the record's id.
	Generation uint64
	Offset     int64
	Key        []byte
	// Headers are those of the generation, without the output's own.
	Headers []inputs.Header
	// Time is in milliseconds since 1970.
	Time int64
}

// attemptTimeout bounds one Write.
const attemptTimeout = 15 * time.Second

// Run tests an output against the contract.
func Run(t *testing.T, f Factory) {
	if f.MaxRecord == 0 {
		f.MaxRecord = 256 << 10
	}
	if f.Patience == 0 {
		f.Patience = time.Minute
	}
	cases := []struct {
		name string
		run  func(*testing.T, *suite)
	}{
		{"ShardIsStable", testShardIsStable},
		{"ShapeIsUsable", testShapeIsUsable},
		{"OneBatch", testOneBatch},
		{"ManyBatchesInOrder", testManyBatches},
		{"EveryByte", testEveryByte},
		{"EmptyLines", testEmptyLines},
		{"ExplicitRecords", testExplicitRecords},
		{"NoRecords", testNoRecords},
		{"SeveralStreams", testSeveralStreams},
		{"SeveralShards", testSeveralShards},
		{"KeysHeadersTimes", testKeysHeadersTimes},
		{"BigRecord", testBigRecord},
		{"FullBatch", testFullBatch},
		{"Random", testRandom},
		{"CancelledBefore", testCancelledBefore},
		{"CancelledMidway", testCancelledMidway},
		{"LostAnswerRepeated", testLostAnswerRepeated},
		{"LostAnswerGivenUp", testLostAnswerGivenUp},
		{"ConcurrentShards", testConcurrentShards},
		{"Check", testCheck},
		{"Status", testStatus},
		{"Close", testClose},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t, f)) })
	}
}

// suite is one case's destination and what the suite knows of it.
type suite struct {
	f Factory
	Destination
	nextGeneration uint64
}

func open(t *testing.T, f Factory) *suite {
	t.Helper()
	s := &suite{f: f, Destination: f.Open(t), nextGeneration: 0x5eed000000000001}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), attemptTimeout)
		defer cancel()
		if err := s.Output.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}
