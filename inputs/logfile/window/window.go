package window

import (
	"bytes"
	"errors"

	"shipper/inputs"
	"shipper/inputs/logfile/proofs"
	"shipper/inputs/logfile/split"
	"shipper/inputs/logfile/vfs"
)

var (
	// ErrChanged is returned when the file does not hold what is to be before the
	// position.
	ErrChanged = errors.New("the bytes before the offset have changed")
	// ErrGone is returned by Again when there are fewer bytes, or others where a gap was.
	ErrGone = errors.New("the bytes are gone: the file was truncated, replaced or deleted")
	// ErrUnlike is returned by Again when the bytes are not cut as they were, or are
	// more than the buffer has room for.
	ErrUnlike = errors.New("the bytes do not make the same records")
)

// Outcome is what a reading came to.
type Outcome uint8

// The outcomes. Without an error a Window is as Nothing says until it is read.
const (
	Nothing Outcome = iota // no record is complete
	Records                // or a gap
	NoRoom                 // the buffer has none for the next record
)

// Window is what lies behind a position in a file. Config, At and Proof are set by whoever
// reads, and what an earlier reading found of the file's end; then all tells of the reading.
type Window struct {
	Config *split.Config
	At     proofs.Position // where it begins
	Proof  int             // so many bytes before it are to be found again, as At proves

	// Where no record is complete, or behind the last one:
	Tail int64 // up to where there is no newline
	Open int64 // up to where complete lines wait for more of their record, or 0
	NULs bool  // the file ends in NULs

	Seen  int64           // the file has so many bytes at least, 0 if none were read
	End   int64           // of the records, or of the gap
	After proofs.Position // End with its proof, and without a tally
	Gap   bool            // there are NULs that are no data, and no records
	Ended bool            // the file ends behind the records in what makes none

	Splitter split.Splitter
}

// Read appends to buf at most limit bytes of whole records, and returns them. ending says
// what is known of the file's end. On Records the segment has neither generation nor time.
func (w *Window) Read(h vfs.File, buf *inputs.Buffer, limit int, ending split.Ending) (inputs.Segment, Outcome, error) {
	none, base := inputs.Segment{}, len(buf.Data)
	room := cap(buf.Data) - base - w.Proof
	if room <= 0 || buf.RecordsLeft() == 0 {
		return none, NoRoom, nil
	}
	if ending == split.Open && !w.NULs {
		if waits, err := w.waits(h, buf); waits || err != nil {
			return none, Nothing, err
		}
	}
	w.Tail, w.Open, w.NULs = 0, 0, false
	p := buf.Data[base : base+w.Proof+max(1, min(limit, room))]
	n, err := h.Pread(p, w.start())
	if err != nil {
		return none, Nothing, err
	}
	if err := w.begin(h, p[:n]); err != nil {
		return none, Nothing, err
	}
	w.Seen = w.start() + int64(n)
	if found, err := w.findGap(h, p[:n], ending); err != nil {
		return none, Nothing, err
	} else if found {
		return w.gap(), Records, nil
	}
	ended := n < len(p)
	nuls := trailing(p[w.Proof:n])
	cut := w.cut(buf, p[:n-nuls], ended, ending)
	if cut.Done == 0 && !ended {
		if n, nuls, ended, err = w.readLong(h, buf, n, room); err != nil {
			return none, Nothing, err
		}
		p = buf.Data[base : base+n]
		cut = w.cut(buf, p[:n-nuls], ended, ending)
		if cut.Done == 0 && !ended {
			return none, NoRoom, nil
		}
		ended = ended && cut.Done == n-w.Proof
	}
	w.see(p[w.Proof:n], &cut, ended, nuls > 0)
	if cut.Done == 0 {
		return none, Nothing, nil
	}
	return w.segment(buf, &cut), Records, nil
}

// start is where reading begins.
func (w *Window) start() int64 { return w.At.Offset - int64(w.Proof) }

// begin proves the position by what was read from start on, and makes the splitter.
func (w *Window) begin(h vfs.File, read []byte) error {
	if len(read) < w.Proof || (w.Proof > 0 && proofs.Hash(read[:w.Proof]) != w.At.ProofHash) {
		return ErrChanged
	}
	w.Splitter = split.Splitter{Config: w.Config, MaxLine: w.Config.MaxLine}
	if w.Proof > 0 && read[w.Proof-1] != '\n' && w.Config.OnLongLine != split.Pieces {
		// Within a line; was it cut because it is too long, or shipped
		// unterminated when its file was sealed?
		line, err := split.LineBefore(h, w.At.Offset, int64(w.Config.MaxLine))
		if err != nil {
			return err
		}
		w.Splitter.Long = line >= int64(w.Config.MaxLine)
	}
	return nil
}

// findGap looks for NULs that begin at the position and are no data.
func (w *Window) findGap(h vfs.File, read []byte, ending split.Ending) (bool, error) {
	n, sealed := w.Proof, ending == split.Sealed
	if len(read) == n || read[n] != 0 || (n > 0 && read[n-1] != '\n' && !sealed) {
		return false, nil
	}
	end, err := gapAt(h, w.At.Offset, sealed)
	w.End = end
	return end > w.At.Offset, err
}

// gap makes the segment that moves a position to End, over a gap. It has no data, and no
// proof: NULs are the same everywhere.
func (w *Window) gap() inputs.Segment {
	w.Seen = max(w.Seen, w.End)
	w.Gap, w.After = true, proofs.After(w.End, nil)
	return inputs.Segment{Start: w.At.Offset, End: w.End, Records: []inputs.Record{}}
}

// readLong reads behind the n bytes at hand what there is room for, since the first
// record is longer than the limit: it is to be taken alone.
func (w *Window) readLong(h vfs.File, buf *inputs.Buffer, n, room int) (read, nuls int, ended bool, err error) {
	base := len(buf.Data)
	p := buf.Data[base : base+max(n, w.Proof+min(w.Config.MaxLine+1, room))]
	if n < len(p) {
		got, err := h.Pread(p[n:], w.start()+int64(n))
		if err != nil {
			return 0, 0, false, err
		}
		n += got
	}
	ended = n < len(p)
	w.Splitter.One = true
	if base == 0 {
		// Nothing larger will ever be offered: a line that doesn't fit is
		// cut where the buffer ends.
		w.Splitter.MaxLine = min(w.Config.MaxLine, max(1, room-1))
	}
	if nuls = trailing(p[w.Proof:n]); nuls == 0 || ended {
		return n, nuls, ended, nil
	}
	next, _, _, err := behind(h, w.start()+int64(n-nuls))
	if next >= 0 {
		return n, 0, false, err // they are bytes like any
	}
	return n, nuls, true, err
}

// cut cuts what was read from start on, up to the end of the file or not.
func (w *Window) cut(buf *inputs.Buffer, read []byte, ended bool, ending split.Ending) split.Cut {
	s := &w.Splitter
	s.Most, s.Ending = buf.RecordsLeft(), split.Open
	if ended {
		s.Ending = ending
	}
	records, joined, arena := len(buf.Records), len(buf.Joined), len(buf.Arena)
	cut := s.Cut(buf, read, w.Proof)
	if cut.Done == 0 {
		buf.Records, buf.Joined, buf.Arena = buf.Records[:records], buf.Joined[:joined], buf.Arena[:arena]
	}
	return cut
}

// see notes what is behind the records that data was cut into.
func (w *Window) see(data []byte, cut *split.Cut, ended, nuls bool) {
	rest := data[cut.Done:]
	// If not all of the data was cut, an over-long line or more lines are next.
	w.Ended = ended && !w.Splitter.Full && len(rest) <= w.Config.MaxLine
	if cut.Done > 0 && !w.Ended {
		return
	}
	w.Tail, w.NULs = w.At.Offset+int64(len(data)), nuls
	if i := bytes.LastIndexByte(rest, '\n'); i >= 0 && w.Config.Waits() {
		w.Open = w.At.Offset + int64(cut.Done+i+1)
	}
}

// segment takes what was cut into the buffer, and notes where it ends.
func (w *Window) segment(buf *inputs.Buffer, cut *split.Cut) inputs.Segment {
	base, length := len(buf.Data), w.Proof+cut.Done
	buf.Data = buf.Data[:base+length]
	read := buf.Data[base : base+length : base+length]
	w.End = w.At.Offset + int64(cut.Done)
	w.After = proofs.After(w.End, read)
	return inputs.Segment{
		Start: w.At.Offset, End: w.End, Data: read[w.Proof:], Ends: cut.Ends, Records: cut.Records, Joined: cut.Joined,
		TooLong: w.Splitter.TooLong,
	}
}
