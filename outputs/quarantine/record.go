package quarantine

import (
	"fmt"
	"time"

	"shipper/inputs"
	"shipper/outputs"
)

// Record is a record that an output will never take, with what it was to be
// sent with, where it came from, and why it is here.
type Record struct {
	Time       time.Time `json:"time"` // when it was put here
	Input      string    `json:"input"`
	Output     string    `json:"output"`
	Topic      string    `json:"topic,omitempty"`
	Partition  int32     `json:"partition"`
	Path       string    `json:"path"`
	Stream     string    `json:"stream,omitempty"`
	Host       string    `json:"host,omitempty"`
	Generation uint64    `json:"generation,string"`
	Offset     int64     `json:"offset"` // of the record's first byte in the generation
	Reason     string    `json:"reason"`
	Timestamp  int64     `json:"timestamp,omitempty"` // milliseconds since 1970
	Late       bool      `json:"late,omitempty"`
	Cut        bool      `json:"cut,omitempty"`
	Piece      uint8     `json:"piece,omitempty"`  // an inputs.Piece
	Source     uint8     `json:"source,omitempty"` // an inputs.Source
	Key        []byte    `json:"key,omitempty"`
	Headers    []Header  `json:"headers,omitempty"`
	Captures   []Header  `json:"captures,omitempty"`
	Value      []byte    `json:"value"`
}

// Header is an inputs.Header as it is stored.
type Header struct {
	Key   string `json:"key"`
	Value []byte `json:"value"`
}

// ID names the record as its header id does: generation and offset.
func (r *Record) ID() string { return fmt.Sprintf("%016x-%d", r.Generation, r.Offset) }

// Name tells records apart. One that was put into quarantine twice has one name.
type Name struct{ ID, Output, Topic string }

// Name is the record's.
func (r *Record) Name() Name { return Name{r.ID(), r.Output, r.Topic} }

// Of makes the Record of record i of a segment that was to be sent to a shard.
// Its bytes are those of the segment.
func Of(seg *inputs.Segment, i int, shard outputs.Shard, batchTime time.Time) Record {
	offset, value, piece := seg.At(i)
	gen, stream := seg.Gen, seg.Gen.Stream
	r := Record{
		Time: time.Now(), Input: stream.Input, Topic: shard.Topic, Partition: shard.Partition,
		Path: gen.Path, Stream: stream.Name, Host: gen.Host, Generation: gen.ID, Offset: offset,
		Late: seg.Late, Piece: uint8(piece), Key: stream.Key, Timestamp: seg.Time,
		Headers: headers(gen.Headers), Captures: headers(gen.Captures), Value: value,
	}
	if seg.Records != nil {
		own := &seg.Records[i]
		r.Cut, r.Source = own.Cut, uint8(own.Source)
		if own.Time != 0 {
			r.Timestamp = own.Time
		}
	}
	if r.Timestamp == 0 {
		r.Timestamp = batchTime.UnixMilli()
	}
	return r
}

func headers(from []inputs.Header) []Header {
	var all []Header
	for _, h := range from {
		all = append(all, Header(h))
	}
	return all
}

// Batch makes a batch of the record alone, which an output sends as it would
// have been sent: same id, key, headers and time. The stream's topic is to, and
// further headers come after its own.
func (r *Record) Batch(to string, further ...inputs.Header) *outputs.Batch {
	stream := &inputs.Stream{Input: r.Input, Name: r.Stream, Topic: to, Key: r.Key}
	if stream.Name == "" {
		stream.Name = r.Path
	}
	gen := &inputs.Generation{ID: r.Generation, Stream: stream, Path: r.Path, Host: r.Host}
	for _, h := range r.Captures {
		gen.Captures = append(gen.Captures, inputs.Header(h))
	}
	for _, h := range r.Headers {
		gen.Headers = append(gen.Headers, inputs.Header(h))
	}
	gen.Headers = append(gen.Headers, further...)
	data := append(append([]byte(nil), r.Value...), '\n')
	return &outputs.Batch{
		Shard: outputs.Shard{Topic: to, Partition: r.Partition},
		Time:  time.UnixMilli(r.Timestamp),
		Segments: []inputs.Segment{{
			Gen: gen, Start: r.Offset, End: r.Offset + int64(len(data)), Data: data,
			Time: r.Timestamp, Late: r.Late,
			Records: []inputs.Record{{
				End: uint32(len(r.Value)), Time: r.Timestamp,
				Piece: inputs.Piece(r.Piece), Source: inputs.Source(r.Source), Cut: r.Cut,
			}},
		}},
	}
}
