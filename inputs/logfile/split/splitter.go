package split

import (
	"bytes"
	"math"

	"shipper/inputs"
)

// Ending says what is known of the end of a window.
type Ending uint8

// The endings.
const (
	Open    Ending = iota // more may follow: what is not complete waits
	Timed                 // nothing came for long: complete lines wait no longer
	Sealed                // nothing will follow: an unterminated line is one, too
	Divided               // for a repeat: the last record was too long and ends here
)

// Splitter cuts a window of bytes. The fields up to Most are set by whoever
// uses it; the rest tells what became of the last cut.
type Splitter struct {
	Config  *Config
	MaxLine int // at most Config.MaxLine: what fits in the window, less one byte
	Ending  Ending
	Exact   bool // the whole window is to be cut, as it was once before
	One     bool // only the first unit
	Long    bool // if the window begins within a line, it is one longer than MaxLine
	Most    int  // records

	Counts
	Full    bool   // it ended before the window for another reason than want of bytes
	Ended   Ending // of the last unit: what made it complete, Open for its own bytes
	TooLong bool   // the record is (part of) a line for quarantine

	buf    *inputs.Buffer
	all    []byte // the window and some bytes before it
	base   int    // where the window begins in all
	joined int    // values in buf that belong to other segments
}

// Counts are what a cut came across.
type Counts struct {
	Pieces       uint64 // records that are pieces of lines or of joined lines
	Partial      uint64 // last lines without a newline
	TimedOut     uint64 // joined records that were cut by time
	Filtered     uint64
	Unparsed     uint64 // records without a readable time
	Malformed    uint64 // lines that are not of a container log
	LongLines    uint64 // lines quarantined or skipped, counted when they begin
	SkippedBytes uint64
}

// Cut is what a window was cut into, in the memory of the buffer.
type Cut struct {
	Done    int      // bytes of the window, up to the end of a unit
	Ends    []uint32 // of plain lines, if Records is nil
	Records []inputs.Record
	Joined  [][]byte
}

// lines appends the end of each line of data to ends, no more than most, and stops
// at a line of more than maxLine bytes. done is how far it came.
func lines(data []byte, maxLine, most int, ends []uint32) (_ []uint32, done int) {
	for last := len(ends) + min(most, len(data)); len(ends) < last; {
		n := bytes.IndexByte(data[done:], '\n')
		if n < 0 || n > maxLine {
			return ends, done
		}
		done += n + 1
		ends = append(ends, uint32(done))
	}
	return ends, done
}

// Cut cuts all[start:], the next bytes of a file; all[:start] are the bytes
// before them, as far as they are at hand: at least 4, or all that the file has,
// or none if they are not of the same log. The records go to buf.
func (s *Splitter) Cut(buf *inputs.Buffer, all []byte, start int) Cut {
	s.Counts, s.Full, s.Ended, s.TooLong = Counts{}, false, Open, false
	if s.Exact {
		s.Most = math.MaxInt // they fitted once before
	}
	data := all[start:]
	inside := start > 0 && all[start-1] != '\n'
	if !inside && !s.One && s.Config.plain() {
		first := len(buf.Ends)
		ends, done := lines(data, s.MaxLine, s.Most, buf.Ends)
		full := len(ends)-first >= s.Most
		rest := len(data) - done
		// What is left at the end, an over-long or unterminated line, is for
		// the next cut, unless it must be cut now or there is nothing else.
		if rest == 0 || (!s.Exact && (done > 0 || (rest <= s.MaxLine && s.Ending != Sealed))) {
			buf.Ends = ends
			s.Full = full
			return Cut{Done: done, Ends: ends[first:len(ends):len(ends)]}
		}
		buf.Ends = ends[:first]
	}
	s.buf, s.all, s.base, s.joined = buf, all, start, len(buf.Joined)
	first, joined := len(buf.Records), len(buf.Joined)
	done, ended := 0, Open
	for done < len(data) {
		n := s.unit(start+done, done > 0)
		if n == 0 {
			break
		}
		done += n
		ended = s.Ended
		s.Full = s.Full || s.TooLong || len(buf.Records)-first >= s.Most
		if s.One || s.Full {
			break
		}
	}
	c := Cut{Done: done, Records: buf.Records[first:len(buf.Records):len(buf.Records)], Joined: buf.Joined[joined:len(buf.Joined):len(buf.Joined)]}
	if c.Records == nil {
		c.Records = []inputs.Record{}
	}
	s.buf, s.all, s.Ended = nil, nil, ended
	return c
}

// unit cuts the unit that begins at and returns its length, 0 if it is not
// complete. behind tells that others were cut before it.
func (s *Splitter) unit(at int, behind bool) int {
	s.Ended = Open
	into := 0 // bytes into a line
	for into < 4 && at-into > 0 && s.all[at-into-1] != '\n' {
		into++
	}
	if at-into == 0 && into > 0 && s.base > 0 {
		into = 4 // the line begins before what is at hand
	}
	rest := s.all[at:]
	window := rest[:min(len(rest), s.MaxLine+1)]
	n := bytes.IndexByte(window, '\n')
	switch {
	case into > 0 && (!s.Config.CRI || into == 4):
		return s.within(at, n, behind)
	case n < 0 && (len(window) > s.MaxLine || (s.Exact && s.Ending != Sealed)):
		return s.long(at, into, min(s.MaxLine, len(rest)), behind)
	case s.Config.CRI:
		return s.container(at, into)
	case s.Config.Joins():
		return s.group(at)
	case n >= 0:
		s.record(at, s.content(at, at+n), inputs.Record{})
		return n + 1
	case s.Ending == Sealed:
		return s.partial(at)
	}
	return 0
}

// content is where a line's content ends, given its newline's place.
func (s *Splitter) content(start, newline int) int {
	if s.Config.StripCR && newline > start && s.all[newline-1] == '\r' {
		return newline - 1
	}
	return newline
}

// within cuts what continues a line that was cut before. n is where its newline
// is in the window, less than 0 for nowhere.
func (s *Splitter) within(at, n int, behind bool) int {
	rest := len(s.all) - at
	if s.Long && s.Config.OnLongLine == Skip {
		if n < 0 {
			n = min(rest, s.MaxLine)
			s.SkippedBytes += uint64(n)
			return n
		}
		s.SkippedBytes += uint64(n)
		return n + 1
	}
	end, piece, length := at+n, inputs.PieceLast, n+1
	if n < 0 {
		if rest <= s.MaxLine && !s.Exact && s.Ending != Sealed {
			return 0
		}
		length = min(s.MaxLine, rest)
		end, piece = at+length, inputs.PieceMiddle
		if rest <= s.MaxLine && s.Ending == Sealed {
			piece, s.Ended = inputs.PiecePartial, Sealed
		}
	} else if end = s.content(at, end); end == at {
		return length // it only ends its line
	}
	return s.piece(at, end, length, inputs.Record{Piece: piece}, behind && s.Long)
}

// long cuts the first piece of an over-long line, which begins into bytes before
// at.
func (s *Splitter) long(at, into, length int, behind bool) int {
	if s.Config.OnLongLine == Skip {
		s.Long = true
		s.LongLines++
		s.SkippedBytes += uint64(length)
		return length
	}
	r, start := inputs.Record{Piece: inputs.PieceFirst}, at
	if s.Config.CRI {
		if l, ok := parse(s.all[at-into : at+length]); ok && l.content >= into {
			start, r.Source, r.Time = at-into+l.content, l.source, s.criTime(&l)
		}
	}
	if s.Config.Joins() && s.Config.belongs(s.all[at:at+length]) {
		r.Piece = inputs.PieceMiddle
	}
	if s.Config.OnLongLine == Quarantine {
		if behind {
			s.Full = true
			return 0
		}
		s.LongLines++
	}
	s.Long = true
	return s.piece(start, at+length, length, r, behind)
}

// piece adds a piece of a line. Pieces for quarantine come alone.
func (s *Splitter) piece(start, end, length int, r inputs.Record, behind bool) int {
	if s.Config.OnLongLine == Quarantine && s.Long {
		if behind {
			s.Full = true
			return 0
		}
		r.Start, r.End = uint32(start-s.base), uint32(end-s.base)
		s.buf.Records = append(s.buf.Records, r)
		s.TooLong = true
		return length
	}
	s.record(start, end, r)
	return length
}

// partial cuts an unterminated last line.
func (s *Splitter) partial(at int) int {
	s.Ended = Sealed
	s.record(at, len(s.all), inputs.Record{Piece: inputs.PiecePartial})
	return len(s.all) - at
}

// record adds the record all[start:end].
func (s *Splitter) record(start, end int, r inputs.Record) {
	r.Start, r.End = uint32(start-s.base), uint32(end-s.base)
	s.add(s.all[start:end], r)
}

// join adds a record whose value was appended to the buffer's arena from begin.
func (s *Splitter) join(start, end, begin int, r inputs.Record) {
	arena := s.buf.Arena
	value := arena[begin:len(arena):len(arena)]
	s.buf.Joined = append(s.buf.Joined, value)
	r.Start, r.End = uint32(start-s.base), uint32(end-s.base)
	r.Joined = uint32(len(s.buf.Joined) - s.joined)
	s.add(value, r)
}

func (s *Splitter) add(value []byte, r inputs.Record) {
	if !s.Config.wanted(value) {
		s.Filtered++
		return
	}
	switch r.Piece {
	case inputs.PieceFirst, inputs.PieceMiddle, inputs.PieceLast:
		s.Pieces++
	case inputs.PiecePartial:
		s.Partial++
	case inputs.WholeLine:
	}
	if r.Cut {
		s.TimedOut++
	}
	if s.Config.TimePattern != nil {
		if r.Time = s.Config.Time(value); r.Time == 0 {
			s.Unparsed++
		}
	}
	s.buf.Records = append(s.buf.Records, r)
}
