package recordbatch

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/snappy/xerial"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/twmb/franz-go/pkg/kmsg"

	"shipper/inputs"
	"shipper/outputs"
)

// fataler is what testing.TB and rapid.T have in common.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// decode reads a record batch with kmsg, and everything in it must be consistent.
func decode(t fataler, raw []byte) (kmsg.RecordBatch, []kmsg.Record) {
	t.Helper()
	var batch kmsg.RecordBatch
	if err := batch.ReadFrom(raw); err != nil {
		t.Fatalf("read batch: %v", err)
	}
	if got, want := int(batch.Length), len(raw)-12; got != want {
		t.Fatalf("length is %d, want %d", got, want)
	}
	if got, want := uint32(batch.CRC), crc32.Checksum(raw[21:], crc32.MakeTable(crc32.Castagnoli)); got != want {
		t.Fatalf("checksum is %x, want %x", got, want)
	}
	if batch.Magic != 2 || batch.FirstOffset != 0 || batch.PartitionLeaderEpoch != -1 {
		t.Fatalf("header is %+v", batch)
	}
	if batch.LastOffsetDelta != batch.NumRecords-1 {
		t.Fatalf("last offset delta is %d of %d records", batch.LastOffsetDelta, batch.NumRecords)
	}
	data := decompress(t, Codec(batch.Attributes), batch.Records)
	records := make([]kmsg.Record, 0, batch.NumRecords)
	for len(data) > 0 {
		length, n := binary.Varint(data)
		if n <= 0 || length < 0 || int(length) > len(data)-n {
			t.Fatalf("record %d: bad length", len(records))
		}
		var r kmsg.Record
		if err := r.ReadFrom(data[:n+int(length)]); err != nil {
			t.Fatalf("record %d: %v", len(records), err)
		}
		if int(r.OffsetDelta) != len(records) {
			t.Fatalf("record %d has offset delta %d", len(records), r.OffsetDelta)
		}
		if again := r.AppendTo(nil); !bytes.Equal(again, data[:n+int(length)]) {
			t.Fatalf("record %d is not encoded canonically:\n got %x\nwant %x", len(records), data[:n+int(length)], again)
		}
		records = append(records, r)
		data = data[n+int(length):]
	}
	if len(records) != int(batch.NumRecords) {
		t.Fatalf("batch has %d records, not %d", len(records), batch.NumRecords)
	}
	return batch, records
}

func decompress(t fataler, codec Codec, data []byte) []byte {
	t.Helper()
	var out []byte
	var err error
	switch codec {
	case None:
		out = data
	case Snappy:
		out, err = xerial.Decode(data)
	case LZ4:
		out, err = io.ReadAll(lz4.NewReader(bytes.NewReader(data)))
	case Zstd:
		var d *zstd.Decoder
		if d, err = zstd.NewReader(nil); err == nil {
			defer d.Close()
			out, err = d.DecodeAll(data, nil)
		}
	default:
		t.Fatalf("codec %d", codec)
	}
	if err != nil {
		t.Fatalf("decompress: %v", err)
	}
	return out
}

// message is a record as a consumer sees it.
type message struct {
	timestamp  int64
	key, value []byte
	headers    []inputs.Header
}

// messages is what a consumer must see of b in format Raw.
func messages(b *outputs.Batch, recordID bool) []message {
	var all []message
	for i := range b.Segments {
		s := &b.Segments[i]
		for j := range s.Len() {
			offset, value, piece := s.At(j)
			m := message{timestamp: b.Time.UnixMilli(), key: s.Gen.Stream.Key, value: value}
			if s.Time != 0 {
				m.timestamp = s.Time
			}
			if s.Records != nil && s.Records[j].Time != 0 {
				m.timestamp = s.Records[j].Time
			}
			if recordID {
				id := binary.BigEndian.AppendUint64(nil, s.Gen.ID)
				m.headers = append(m.headers, inputs.Header{Key: "id", Value: binary.BigEndian.AppendUint64(id, uint64(offset))})
			}
			m.headers = append(m.headers, s.Gen.Headers...)
			if s.Late {
				m.headers = append(m.headers, inputs.Header{Key: "late", Value: []byte("1")})
			}
			if v := piece.HeaderValue(); v != "" {
				m.headers = append(m.headers, inputs.Header{Key: "split", Value: []byte(v)})
			}
			if piece == inputs.PiecePartial {
				m.headers = append(m.headers, inputs.Header{Key: "partial", Value: []byte("1")})
			}
			all = append(all, m)
		}
	}
	return all
}

func diff(t fataler, got, want []message) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d messages, want %d", len(got), len(want))
	}
	for i := range want {
		g, w := got[i], want[i]
		same := g.timestamp == w.timestamp && bytes.Equal(g.key, w.key) && (g.key == nil) == (w.key == nil) &&
			bytes.Equal(g.value, w.value) && len(g.headers) == len(w.headers)
		for j := 0; same && j < len(w.headers); j++ {
			same = g.headers[j].Key == w.headers[j].Key && bytes.Equal(g.headers[j].Value, w.headers[j].Value)
		}
		if !same {
			t.Fatalf("message %d is\n%+v, want\n%+v", i, g, w)
		}
	}
}

// decoded is raw as a consumer sees it, by kmsg.
func decoded(t fataler, raw []byte) []message {
	t.Helper()
	batch, records := decode(t, raw)
	var all []message
	for i := range records {
		r := &records[i]
		m := message{timestamp: batch.FirstTimestamp + r.TimestampDelta64, key: r.Key, value: r.Value}
		for _, h := range r.Headers {
			m.headers = append(m.headers, inputs.Header{Key: h.Key, Value: h.Value})
		}
		all = append(all, m)
	}
	return all
}
