package audit

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"time"
	"unicode/utf8"

	"shipper/inputs"
	"shipper/inputs/logfile"
	"shipper/inputs/logfile/tally"
)

// Record is what is told of a complete generation. What is not known is null.
type Record struct {
	Type       string    `json:"type"` // "complete"
	Agent      string    `json:"agent"`
	Host       string    `json:"host"`
	Input      string    `json:"input"`
	Stream     string    `json:"stream"`
	Path       string    `json:"path"` // bytes that are not UTF-8 become U+FFFD
	PathBase64 []byte    `json:"path_base64,omitempty"`
	Generation string    `json:"generation"` // 16 hexadecimal digits, as in the ids of its records
	Bytes      int64     `json:"bytes"`
	Modified   time.Time `json:"modified"`
	// CountedBytes are the bytes at its end that the following is about: all,
	// unless some were passed over, or acknowledged before anybody counted.
	CountedBytes int64   `json:"counted_bytes"`
	Records      int64   `json:"records"`
	Checksum     *string `json:"checksum"` // CRC-32C of these bytes, "crc32c:" and 8 hexadecimal digits
	// Topic, Partition and the offsets are where its records are; without
	// partition if they are in several or the output did not say where.
	Topic       string `json:"topic"`
	Partition   *int32 `json:"partition"`
	FirstOffset *int64 `json:"first_offset"`
	LastOffset  *int64 `json:"last_offset"`
}

// New makes the record of a completion.
func New(c *logfile.Completion, agent string) *Record {
	r := &Record{
		Type: "complete", Agent: agent, Host: c.Vars.Host, Input: c.Vars.Input, Stream: c.Stream, Path: c.Vars.Path,
		Generation: fmt.Sprintf("%016x", c.Generation), Bytes: c.Bytes, Modified: c.Modified.UTC(),
		CountedBytes: c.Tally.Bytes, Records: c.Tally.Records, Topic: c.Topic,
	}
	if !utf8.ValidString(r.Path) {
		r.PathBase64 = []byte(r.Path)
	}
	if c.Tally.Has(tally.Summed) {
		sum := fmt.Sprintf("crc32c:%08x", c.Tally.Checksum)
		r.Checksum = &sum
	}
	if c.Tally.Has(tally.Placed) {
		t := c.Tally
		r.Partition, r.FirstOffset, r.LastOffset = &t.Partition, &t.First, &t.Last
	}
	return r
}

// Attrs is the record for the log.
func (r *Record) Attrs() []any {
	attrs := []any{"path", r.Path, "generation", r.Generation, "bytes", r.Bytes, "records", r.Records}
	if r.CountedBytes != r.Bytes {
		attrs = append(attrs, "counted_bytes", r.CountedBytes)
	}
	if r.Checksum != nil {
		attrs = append(attrs, "checksum", *r.Checksum)
	}
	if r.Partition != nil {
		attrs = append(attrs, "topic", r.Topic, "partition", *r.Partition, "first_offset", *r.FirstOffset, "last_offset", *r.LastOffset)
	}
	return attrs
}

// segment makes of the record what an output takes.
func (r *Record) segment(id uint64, topic string) (inputs.Segment, error) {
	value, err := json.Marshal(r)
	if err != nil {
		return inputs.Segment{}, fmt.Errorf("encode the record of a complete file: %w", err)
	}
	value = append(value, '\n')
	stream := &inputs.Stream{Input: r.Input, Name: r.Stream, Topic: topic}
	gen := &inputs.Generation{ID: idOf(id), Stream: stream, Path: r.Path, Host: r.Host}
	return inputs.Segment{
		Gen: gen, Start: r.Bytes, End: r.Bytes + int64(len(value)), Data: value, Ends: []uint32{uint32(len(value))},
	}, nil
}

// idOf is the id that stands for a generation in the ids of its audit records: not
// its own, or a line that is appended later would have the same.
func idOf(generation uint64) uint64 {
	h := fnv.New64a()
	_, _ = h.Write(binary.BigEndian.AppendUint64([]byte("complete"), generation)) // a hash takes everything
	return max(h.Sum64(), 1)
}
