package outputs

import (
	"hash/crc32"
	"time"

	"shipper/inputs"
)

// Batch is segments on their way to one shard, at most one of each stream. It
// belongs to the output until Write returns.
type Batch struct {
	Shard    Shard
	Segments []inputs.Segment
	// Time is when the bytes were first read, and the timestamp of every
	// record unless the output is told otherwise. A repeat carries the time of
	// the first attempt.
	Time time.Time
	// Repeat says that these are exactly the records of the shard's open
	// receipt, read again and compared by checksum. Without it a receipt that
	// the shard still has open is given up.
	Repeat bool
	// Cluster is the id of the only cluster that the batch may go to, of those
	// that have one; "" is any.
	Cluster string
	// Fate is filled in by Write.
	Fate Fate
}

// Len is the number of records in the batch.
func (b *Batch) Len() int {
	n := 0
	for i := range b.Segments {
		n += b.Segments[i].Len()
	}
	return n
}

// Bytes is the number of file bytes in the batch.
func (b *Batch) Bytes() int {
	n := 0
	for i := range b.Segments {
		n += len(b.Segments[i].Data)
	}
	return n
}

// Receipt is what is kept of a batch whose fate is unknown: enough to read
// exactly the same bytes again and to know that they are the same, some 48
// bytes a segment. The producer's numbers are kept by the output.
type Receipt struct {
	Time     time.Time
	Segments []SegmentReceipt
}

// SegmentReceipt is one segment of a Receipt.
type SegmentReceipt struct {
	Gen        *inputs.Generation
	Start, End int64  // byte offsets in the generation
	Records    uint32 // delivered by the segment
	Checksum   uint32 // CRC32C of the raw bytes [Start, End)
	Time       int64  // the segment's timestamp of the first attempt
	Late       bool   // as in the first attempt
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Receipt describes the batch while its bytes are still at hand.
func (b *Batch) Receipt() *Receipt {
	r := &Receipt{Time: b.Time, Segments: make([]SegmentReceipt, len(b.Segments))}
	for i := range b.Segments {
		s := &b.Segments[i]
		r.Segments[i] = SegmentReceipt{
			Gen: s.Gen, Start: s.Start, End: s.End, Time: s.Time, Late: s.Late,
			Records:  uint32(s.Len()),
			Checksum: crc32.Checksum(s.Data, castagnoli),
		}
	}
	return r
}

// Matches tells whether a segment that was read again is the one of the receipt.
func (r *SegmentReceipt) Matches(s *inputs.Segment) bool {
	return s.Gen == r.Gen && s.Start == r.Start && s.End == r.End &&
		uint32(s.Len()) == r.Records && crc32.Checksum(s.Data, castagnoli) == r.Checksum
}

// Records is the number of records the receipt stands for.
func (r *Receipt) Records() int {
	n := 0
	for i := range r.Segments {
		n += int(r.Segments[i].Records)
	}
	return n
}
