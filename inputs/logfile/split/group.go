package split

import (
	"bytes"

	"shipper/inputs"
)

// group cuts the line that begins at and those that belong to it.
func (s *Splitter) group(at int) int {
	c := s.Config
	rest := s.all[at:min(len(s.all), at+s.MaxLine+1)]
	line, whole := firstLine(rest)
	if !whole { // but not too long
		if s.Ending == Sealed {
			return s.partial(at)
		}
		return 0
	}
	follows := c.belongs(line) // to a record that was cut
	// What is left beyond most is enough to judge the line behind the group. One
	// line that is longer itself is a record without a look at the next.
	most := s.MaxLine - c.look()
	length := len(line) + 1
	for count := 1; length <= most+1 && s.Ended == Open; count++ {
		line, whole = firstLine(rest[length:])
		enough := whole || len(line) >= c.look() || (s.Ending == Sealed && len(line) > 0)
		if enough && !c.belongs(line) {
			break
		}
		switch {
		case enough && (length+len(line) > most || (c.MaxLines > 0 && count >= c.MaxLines)):
			s.Ended = Divided
		case whole:
			length += len(line) + 1
		case s.Ending == Sealed && len(line) > 0:
			s.Ended = Sealed
			s.lines(at, len(s.all), inputs.Record{Piece: inputs.PiecePartial})
			return len(s.all) - at
		case s.Ending == Open && !s.Exact:
			return 0
		default:
			if s.Ended = s.Ending; s.Exact && s.Ending == Open {
				s.lines(at, at+length-1, labelled(inputs.Record{}, follows, false))
				return length
			}
		}
	}
	s.lines(at, at+length-1, labelled(inputs.Record{Cut: s.Ended == Timed}, follows, s.Ended == Divided))
	return length
}

// labelled says what piece of its lines a record is: follows, that its beginning
// was cut off, and divided, that its end was.
func labelled(r inputs.Record, follows, divided bool) inputs.Record {
	switch {
	case follows && divided:
		r.Piece = inputs.PieceMiddle
	case follows:
		r.Piece = inputs.PieceLast
	case divided:
		r.Piece = inputs.PieceFirst
	}
	return r
}

func firstLine(b []byte) (line []byte, whole bool) {
	if n := bytes.IndexByte(b, '\n'); n >= 0 {
		return b[:n], true
	}
	return b, false
}

var crlf = []byte("\r\n")

// lines adds a record of several lines; end is the place of the last newline, or
// the end of an unterminated line.
func (s *Splitter) lines(start, end int, r inputs.Record) {
	if r.Piece != inputs.PiecePartial {
		end = s.content(start, end)
	}
	value := s.all[start:end]
	if !s.Config.StripCR || !bytes.Contains(value, crlf) {
		s.record(start, end, r)
		return
	}
	begin := len(s.buf.Arena)
	for {
		n := bytes.Index(value, crlf)
		if n < 0 {
			break
		}
		s.buf.Arena = append(append(s.buf.Arena, value[:n]...), '\n')
		value = value[n+len(crlf):]
	}
	s.buf.Arena = append(s.buf.Arena, value...)
	s.join(start, end, begin, r)
}
