package inputs

import "slices"

// Segment is a contiguous run of whole records of one generation, the bytes
// [Start, End) of the file. Data, Ends and Records belong to whoever read them
// and are valid only until the batch that carries the segment is settled.
type Segment struct {
	Gen *Generation
	// Start and End are byte offsets in the generation. End is a record end:
	// the byte after a newline, or the end of a piece of an over-long line.
	Start, End int64
	// Data holds the bytes [Start, End) as they are in the file.
	Data []byte
	// Ends cuts Data into plain lines when Records is nil: line i is
	// Data[Ends[i-1]:Ends[i]-1] (Ends[-1] being 0), Ends[i] being the byte
	// after its newline.
	Ends []uint32
	// Records lists the records explicitly where they are not simply all the
	// lines: filtered, split, joined or unterminated ones. Non-nil and empty
	// means that no record of these bytes is to be delivered.
	Records []Record
	// Joined holds the values of records that are not one run of Data.
	Joined [][]byte
	// TooLong says that the only record is a line longer than the input's
	// max_line, or a piece of one, which is to be quarantined and not
	// delivered.
	TooLong bool
	// Time is the timestamp of every record in milliseconds since 1970, or 0
	// for the time of reading, which belongs to the batch.
	Time int64
	// Late says that a newer generation of the stream was begun before these
	// bytes were shipped: the one exception to order within a stream.
	Late bool
}

// Record is one message's worth of a segment.
type Record struct {
	// Start and End are the record's value in the segment's Data, without the
	// newline. Of a joined record they are the first byte of the value and the
	// end of what it was joined from.
	Start, End uint32
	// Time is the record's own timestamp in milliseconds since 1970, or 0 for
	// the segment's.
	Time int64
	// Joined is 0, or one more than the index of the value in the segment's
	// Joined.
	Joined uint32
	// Piece tells whether the record is a whole line or what part of one.
	Piece Piece
	// Source is what a container wrote the record to, if that is known.
	Source Source
	// Cut says that the record ends where it does because nothing more came in
	// time: what belongs to it may follow as a record of its own.
	Cut bool
}

// Source is one of the two outputs of a container, or unknown.
type Source uint8

// The sources.
const (
	NoSource Source = iota
	Stdout
	Stderr
)

// HeaderValue is the value of the header `stream` that names the source, or ""
// if it is not known.
func (s Source) HeaderValue() string {
	switch s {
	case Stdout:
		return "stdout"
	case Stderr:
		return "stderr"
	case NoSource:
	}
	return ""
}

// Piece says what a record is of its line.
type Piece uint8

// The pieces. A line longer than the input's max_line is cut into one
// PieceFirst, any number of PieceMiddle and one PieceLast. After a restart the
// pieces go on as PieceMiddle. The same goes for joined lines that are more than
// max_line or max_lines allow. PiecePartial is a last line that got no newline
// before its file was sealed.
const (
	WholeLine Piece = iota
	PieceFirst
	PieceMiddle
	PieceLast
	PiecePartial
)

// Len is the number of records the segment delivers.
func (s *Segment) Len() int {
	if s.Records != nil {
		return len(s.Records)
	}
	return len(s.Ends)
}

// At returns record i: its offset in the generation (the first byte of its
// value), its value, within Data or joined, and what piece of a line it is. For
// loops over millions of plain lines range over Ends instead.
func (s *Segment) At(i int) (offset int64, value []byte, piece Piece) {
	if s.Records != nil {
		r := &s.Records[i]
		if r.Joined != 0 {
			return s.Start + int64(r.Start), s.Joined[r.Joined-1], r.Piece
		}
		return s.Start + int64(r.Start), s.Data[r.Start:r.End], r.Piece
	}
	start := uint32(0)
	if i > 0 {
		start = s.Ends[i-1]
	}
	return s.Start + int64(start), s.Data[start : s.Ends[i]-1], WholeLine
}

// LeaveOut takes out the records that is says so of, by the offset at which they begin.
func (s *Segment) LeaveOut(is func(offset int64) bool) {
	kept := make([]Record, 0, s.Len())
	start := uint32(0)
	for i := range s.Len() {
		var r Record
		if s.Records != nil {
			r = s.Records[i]
		} else {
			r = Record{Start: start, End: s.Ends[i] - 1}
			start = s.Ends[i]
		}
		if !is(s.Start + int64(r.Start)) {
			kept = append(kept, r)
		}
	}
	if len(kept) < s.Len() {
		s.Records, s.Ends = kept, nil
	}
}

// HasTimes tells whether the segment or one of its records has a time other than
// that of reading.
func (s *Segment) HasTimes() bool {
	return s.Time != 0 || slices.ContainsFunc(s.Records, func(r Record) bool { return r.Time != 0 })
}

// DropTimes leaves the segment and its records the time of reading.
func (s *Segment) DropTimes() {
	s.Time = 0
	for i := range s.Records {
		s.Records[i].Time = 0
	}
}

// HeaderValue is the value of the header `split` that tells a consumer what
// part of a line it holds, or "" for whole lines.
func (p Piece) HeaderValue() string {
	switch p {
	case PieceFirst:
		return "first"
	case PieceMiddle:
		return "middle"
	case PieceLast:
		return "last"
	case WholeLine, PiecePartial:
	}
	return ""
}
