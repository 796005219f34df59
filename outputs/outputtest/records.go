package outputtest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"shipper/inputs"
	"shipper/outputs"
)

// The cases of this file send what must arrive, whatever it looks like.

func testShardIsStable(t *testing.T, s *suite) {
	for i := range 50 {
		st := s.stream(i)
		first := s.shard(t, st)
		if len(s.Topics) > 0 && first.Topic != st.Topic {
			t.Fatalf("stream of topic %q got a shard of topic %q", st.Topic, first.Topic)
		}
		same := *st // another agent process knows the stream by its names only
		for _, again := range []*inputs.Stream{st, &same} {
			if shard := s.shard(t, again); shard != first {
				t.Fatalf("stream %s: shard %v, then %v", st.Name, first, shard)
			}
		}
	}
}

func testShapeIsUsable(t *testing.T, s *suite) {
	shape := s.Output.Shape()
	if shape.BatchBytes < 4<<10 || shape.Linger < 0 || shape.EncodedBytes < 0 {
		t.Errorf("shape %+v", shape)
	}
	if again := s.Output.Shape(); again != shape {
		t.Errorf("shape %+v, then %+v", shape, again)
	}
}

func testOneBatch(t *testing.T, s *suite) {
	st := s.stream(0)
	b := batch(s.shard(t, st), numbered(s.generation(st), 0, 100))
	twice := s.deliver(t, b)
	s.expect(t, b.Shard, records(b), twice)
}

func testManyBatches(t *testing.T, s *suite) {
	st := s.stream(0)
	shard, gen := s.shard(t, st), s.generation(st)
	var all []*outputs.Batch
	var offset int64
	twice := false
	for i := range 30 {
		b := batch(shard, numbered(gen, offset, 1+i%7))
		b.Time = b.Time.Add(time.Duration(i) * time.Millisecond)
		offset = b.Segments[0].End
		twice = s.deliver(t, b) || twice
		all = append(all, b)
	}
	s.expect(t, shard, records(all...), twice)
}

func testEveryByte(t *testing.T, s *suite) {
	st := s.stream(0)
	var everything strings.Builder
	for i := range 256 {
		if i != '\n' {
			everything.WriteByte(byte(i))
		}
	}
	b := batch(s.shard(t, st), Lines(s.generation(st), 77,
		everything.String(),
		"plain",
		"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
		"\xff\xfe", "cut short \xe2\x82", "\xc0\xaf overlong", "surrogate \xed\xa0\x80",
		"\x00", "\x00\x00 nul \x00", "ends with cr\r", "\x1b[31mred\x1b[0m",
		`quote " backslash \ slash / {"line":"x"}`, "<a>&\u2028\u2029", "\t tab ", "\ufeffbom", "\ufffd",
	))
	twice := s.deliver(t, b)
	s.expect(t, b.Shard, records(b), twice)
}

func testEmptyLines(t *testing.T, s *suite) {
	st := s.stream(0)
	b := batch(s.shard(t, st), Lines(s.generation(st), 0, "", "first", "", "", "second", ""))
	twice := s.deliver(t, b)
	s.expect(t, b.Shard, records(b), twice)
}

func testExplicitRecords(t *testing.T, s *suite) {
	streams := []*inputs.Stream{s.stream(0), s.stream(len(s.Topics)), s.stream(2 * len(s.Topics))}
	shard := s.shard(t, streams[0])

	filtered := numbered(s.generation(streams[0]), 1000, 9)
	filtered.Records = []inputs.Record{}
	for _, i := range []int{1, 4, 8} {
		filtered.Records = append(filtered.Records,
			inputs.Record{Start: filtered.Ends[i-1], End: filtered.Ends[i] - 1})
	}

	pieces := inputs.Segment{
		Gen: s.generation(streams[1]), Start: 4096, Data: []byte("a long line in three pieces\nthen a whole one\n"),
		Records: []inputs.Record{
			{Start: 0, End: 7, Piece: inputs.PieceFirst},
			{Start: 7, End: 20, Piece: inputs.PieceMiddle},
			{Start: 20, End: 27, Piece: inputs.PieceLast},
			{Start: 28, End: 44},
		},
	}
	pieces.End = pieces.Start + int64(len(pieces.Data))

	unterminated := inputs.Segment{
		Gen: s.generation(streams[2]), Start: 5, Data: []byte("a whole one\r\nno newline at the end"), Late: true,
		Records: []inputs.Record{{Start: 0, End: 11}, {Start: 13, End: 34, Piece: inputs.PiecePartial}},
	}
	unterminated.End = unterminated.Start + int64(len(unterminated.Data))

	b := batch(shard, filtered, pieces, unterminated)
	twice := s.deliver(t, b)
	s.expect(t, shard, records(b), twice)
}

// testNoRecords sends bytes of which nothing is to be delivered: alone they are
// acknowledged, and beside others they are no hindrance.
func testNoRecords(t *testing.T, s *suite) {
	st, other := s.stream(0), s.stream(len(s.Topics))
	shard := s.shard(t, st)
	none := numbered(s.generation(st), 0, 5)
	none.Records = []inputs.Record{}
	empty := inputs.Segment{Gen: none.Gen, Start: none.End, End: none.End}

	alone := batch(shard, none)
	twice := s.deliver(t, alone)
	beside := batch(shard, empty, numbered(s.generation(other), 0, 3))
	twice = s.deliver(t, beside) || twice
	last := batch(shard, numbered(none.Gen, none.End, 2))
	twice = s.deliver(t, last) || twice
	s.expect(t, shard, records(beside, last), twice)
}

func testSeveralStreams(t *testing.T, s *suite) {
	shard := s.shard(t, s.stream(0))
	var segments []inputs.Segment
	for i := range 7 {
		st := s.stream(i * max(1, len(s.Topics)))
		segments = append(segments, numbered(s.generation(st), int64(i)*1_000_000_007, 1+i*3))
	}
	b := batch(shard, segments...)
	twice := s.deliver(t, b)
	s.expect(t, shard, records(b), twice)
}

func testSeveralShards(t *testing.T, s *suite) {
	streams, shards := s.shards(t, 6)
	var batches []*outputs.Batch
	for i, st := range streams {
		batches = append(batches, batch(shards[i], numbered(s.generation(st), 0, 20+i)))
	}
	twice := s.deliver(t, batches...)
	for i, b := range batches {
		s.expect(t, shards[i], records(b), twice)
	}
}

func testKeysHeadersTimes(t *testing.T, s *suite) {
	keyed, plain := s.stream(0), s.stream(len(s.Topics))
	keyed.Key = []byte("key \x00\xff")
	gen := s.generation(keyed)
	gen.Captures = []inputs.Header{{Key: "app", Value: []byte("web")}, {Key: "odd", Value: []byte("\xff\"\n")}}
	gen.Headers = []inputs.Header{
		{Key: "team", Value: []byte("payments")}, {Key: "bytes", Value: []byte{0, 0xff}}, {Key: "empty", Value: []byte{}},
	}
	withKey := numbered(gen, 0, 3)
	withKey.Time = batchTime.Add(-time.Hour).UnixMilli()
	withKey.Records = []inputs.Record{
		{Start: 0, End: withKey.Ends[0] - 1, Time: batchTime.Add(-2 * time.Hour).UnixMilli()},
		{Start: withKey.Ends[0], End: withKey.Ends[1] - 1},
		{Start: withKey.Ends[1], End: withKey.Ends[2] - 1, Time: batchTime.Add(-30 * time.Minute).UnixMilli()},
	}
	b := batch(s.shard(t, keyed), withKey, numbered(s.generation(plain), 0, 2))
	twice := s.deliver(t, b)
	s.expect(t, b.Shard, records(b), twice)
}

func testBigRecord(t *testing.T, s *suite) {
	st := s.stream(0)
	random := rand.New(rand.NewPCG(1, 2))
	big := make([]byte, s.f.MaxRecord)
	for i := range big {
		if big[i] = byte(random.Uint32()); big[i] == '\n' {
			big[i] = ' '
		}
	}
	b := batch(s.shard(t, st), Lines(s.generation(st), 0, "before", string(big), "after"))
	twice := s.deliver(t, b)
	s.expect(t, b.Shard, records(b), twice)
}

// testFullBatch sends as many bytes as the output asks for at once, and a little
// more than that: a batch ends with the record that fills it.
func testFullBatch(t *testing.T, s *suite) {
	st := s.stream(0)
	shard, gen := s.shard(t, st), s.generation(st)
	size := min(s.Output.Shape().BatchBytes, 1<<20)
	seg := inputs.Segment{Gen: gen}
	for len(seg.Data) < size {
		seg.Data = fmt.Appendf(seg.Data, "%s line=%d\n", bytes.Repeat([]byte{'x'}, 150), len(seg.Ends))
		seg.Ends = append(seg.Ends, uint32(len(seg.Data)))
	}
	seg.End = int64(len(seg.Data))
	b := batch(shard, seg)
	twice := s.deliver(t, b)
	s.expect(t, shard, records(b), twice)
}

func testRandom(t *testing.T, s *suite) {
	seed := uint64(time.Now().UnixNano())
	if v := os.Getenv("OUTPUTTEST_SEED"); v != "" {
		n, err := strconv.ParseUint(v, 10, 64)
		if err != nil {
			t.Fatalf("OUTPUTTEST_SEED: %v", err)
		}
		seed = n
	}
	t.Logf("replay: OUTPUTTEST_SEED=%d go test -run '%s' .", seed, t.Name())
	random := rand.New(rand.NewPCG(seed, 0))

	streams, shards := s.shards(t, 3)
	offsets := make([]int64, len(streams))
	gens := make([]*inputs.Generation, len(streams))
	for i, st := range streams {
		gens[i] = s.generation(st)
	}
	sent := make([][]*outputs.Batch, len(streams))
	twice := false
	for range 25 {
		var batches []*outputs.Batch
		for i := range streams {
			if random.IntN(3) == 0 {
				continue
			}
			seg := randomSegment(random, gens[i], offsets[i])
			offsets[i] = seg.End
			b := batch(shards[i], seg)
			batches, sent[i] = append(batches, b), append(sent[i], b)
		}
		if len(batches) > 0 {
			twice = s.deliver(t, batches...) || twice
		}
	}
	for i := range streams {
		s.expect(t, shards[i], records(sent[i]...), twice)
	}
}

func randomSegment(random *rand.Rand, gen *inputs.Generation, start int64) inputs.Segment {
	values := make([]string, random.IntN(40))
	for i := range values {
		v := make([]byte, random.IntN(1<<random.IntN(12)))
		for j := range v {
			if v[j] = byte(random.Uint32() >> random.IntN(3)); v[j] == '\n' {
				v[j] = 'n'
			}
		}
		values[i] = string(v)
	}
	seg := Lines(gen, start, values...)
	if random.IntN(3) > 0 {
		return seg
	}
	seg.Records = []inputs.Record{}
	begin := uint32(0)
	for _, end := range seg.Ends {
		if random.IntN(2) == 0 {
			seg.Records = append(seg.Records, inputs.Record{Start: begin, End: end - 1})
		}
		begin = end
	}
	return seg
}
