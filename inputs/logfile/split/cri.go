package split

import (
	"bytes"
	"slices"
	"time"

	"shipper/inputs"
)

// container cuts the lines of a container log up to the point where neither
// stdout nor stderr has a partial piece open. The first line begins into bytes
// before at: then the bits of into tell which of them goes on with pieces that
// were cut.
func (s *Splitter) container(at, into int) int {
	end := min(len(s.all), at+s.MaxLine+1)
	u := unit{s: s, at: at, counts: s.Counts, records: len(s.buf.Records), joined: len(s.buf.Joined), arena: len(s.buf.Arena)}
	u.from = [2]int{-1, -1}
	u.follows = [2]bool{into&1 != 0, into&2 != 0}
	pos, tooMuch := at-into, false
	for {
		n := bytes.IndexByte(s.all[max(pos, at):end], '\n')
		if n < 0 {
			break
		}
		n += max(pos, at) - pos
		if tooMuch = pos > at && pos+n-at > s.MaxLine-headerMax; tooMuch {
			break // so that the header of the next line can be seen
		}
		u.line(pos, n)
		if pos += n + 1; u.open() == 0 {
			mark, known := u.mark(pos, end, u.following())
			if !known && s.Ending == Open {
				u.undo()
				return 0
			}
			u.sort()
			return pos + mark - at
		}
	}
	var mark int
	switch {
	case (tooMuch || end-at > s.MaxLine) && pos > at:
		mark, _ = u.mark(pos, end, u.open()|u.following())
	case s.Exact && s.Ending == Divided && pos > at:
		mark = len(s.all) - pos
	case s.Ending == Sealed && pos > at:
		u.close(pos, inputs.Record{Piece: inputs.PiecePartial}, false)
		s.Ended = Sealed
		return pos - at
	case s.Ending == Sealed:
		return s.lastOfContainer(at, pos)
	case s.Ending == Timed && pos > at:
		u.close(pos, inputs.Record{Cut: true}, false)
		s.Ended = Timed
		return pos - at
	default:
		u.undo()
		return 0
	}
	u.close(pos, inputs.Record{}, true)
	s.Ended = Divided
	return pos + mark - at
}

// lastOfContainer cuts an unterminated last line, which begins at line.
func (s *Splitter) lastOfContainer(at, line int) int {
	l, ok := parse(s.all[line:])
	if !ok || line+l.content < at {
		return s.partial(at)
	}
	s.Ended = Sealed
	s.record(line+l.content, len(s.all), inputs.Record{Piece: inputs.PiecePartial, Source: l.source, Time: s.criTime(&l)})
	return len(s.all) - at
}

// unit gathers the records of container lines that are cut together.
type unit struct {
	s       *Splitter
	at      int
	from    [2]int  // of stdout and stderr: the line that began its open pieces, -1 for none
	follows [2]bool // the next record goes on with pieces that were cut

	// What was there before, to go back to.
	counts                 Counts
	records, joined, arena int
}

// open tells, by bits, whose pieces are open.
func (u *unit) open() (bits int) {
	for i, from := range u.from {
		if from >= 0 {
			bits |= 1 << i
		}
	}
	return bits
}

// following tells, by bits, whose pieces were cut and have not gone on yet.
func (u *unit) following() (bits int) {
	for i, follows := range u.follows {
		if follows {
			bits |= 1 << i
		}
	}
	return bits
}

// mark is how many bytes of the next line, at pos, are cut with the unit, to tell
// whose pieces go on there. A line without a proper header can't be marked. known
// is false if there is too little of it to see.
func (u *unit) mark(pos, end, bits int) (bytesOfNext int, known bool) {
	next, whole := firstLine(u.s.all[pos:end])
	left := u.s.all[pos:]
	switch l, ok := parse(next[:min(len(next), headerMax)]); {
	case bits == 0:
		return 0, true
	case u.s.Exact && u.s.Ending != Sealed && len(left) <= bits && bytes.IndexByte(left, '\n') < 0:
		return len(next), true // as it was done before
	case ok && next[l.content-1] == ' ':
		return bits, true
	}
	return 0, whole || len(next) >= headerMax || end-u.at > u.s.MaxLine
}

// headerMax is more than the header of a line takes.
const headerMax = 64

// undo takes everything back: more bytes are needed.
func (u *unit) undo() {
	b := u.s.buf
	b.Records, b.Joined, b.Arena = b.Records[:u.records], b.Joined[:u.joined], b.Arena[:u.arena]
	u.s.Counts = u.counts
}

// line takes the line of n bytes at pos.
func (u *unit) line(pos, n int) {
	s := u.s
	l, ok := parse(s.all[pos : pos+n])
	if !ok {
		s.Malformed++
		start := max(pos, u.at)
		s.record(start, s.content(start, pos+n), inputs.Record{})
		return
	}
	i := l.source - inputs.Stdout
	if l.partial {
		if u.from[i] < 0 {
			u.from[i] = pos
		}
		return
	}
	from := u.from[i]
	if from < 0 {
		from = pos
	}
	u.emit(from, pos+n+1, l.source, labelled(inputs.Record{}, u.follows[i], false))
	u.from[i], u.follows[i] = -1, false
}

// close makes records of the pieces that are open.
func (u *unit) close(pos int, r inputs.Record, divided bool) {
	for i, from := range u.from {
		if from >= 0 {
			piece := r
			if r.Piece == inputs.WholeLine {
				piece = labelled(r, u.follows[i], divided)
			}
			u.emit(from, pos, inputs.Stdout+inputs.Source(i), piece)
		}
	}
	u.sort()
}

// emit makes a record of the pieces of one source in the lines from one to end.
func (u *unit) emit(from, end int, source inputs.Source, r inputs.Record) {
	s := u.s
	r.Source = source
	begin := len(s.buf.Arena)
	start, stop, count := 0, 0, 0
	for pos := from; pos < end; {
		n := bytes.IndexByte(s.all[pos:end], '\n')
		if l, ok := parse(s.all[pos : pos+n]); ok && l.source == source {
			first, last := pos+l.content, s.content(pos+l.content, pos+n)
			switch count {
			case 0:
				start, r.Time = first, s.criTime(&l)
			case 1:
				s.buf.Arena = append(s.buf.Arena, s.all[start:stop]...)
			}
			if count > 0 {
				s.buf.Arena = append(s.buf.Arena, s.all[first:last]...)
			}
			stop = last
			count++
		}
		pos += n + 1
	}
	if count == 1 {
		s.record(start, stop, r)
		return
	}
	s.join(start, stop, begin, r)
}

// sort puts the records into the order of their first bytes.
func (u *unit) sort() {
	list := u.s.buf.Records[u.records:]
	if len(list) > 1 {
		slices.SortFunc(list, func(a, b inputs.Record) int { return int(a.Start) - int(b.Start) })
	}
}

// criLine is what a line of a container log consists of:
//
//	2026-01-02T15:04:05.123456789Z stdout F the content
type criLine struct {
	stamp   []byte
	source  inputs.Source
	partial bool
	content int // where it begins
}

// parse takes a line apart, without its newline.
func parse(b []byte) (l criLine, ok bool) {
	var rest []byte
	if l.stamp, rest, ok = bytes.Cut(b, space); !ok || len(l.stamp) < len("2026-01-02T15:04:05Z") || l.stamp[10] != 'T' {
		return l, false
	}
	switch {
	case bytes.HasPrefix(rest, stdout):
		l.source = inputs.Stdout
	case bytes.HasPrefix(rest, stderr):
		l.source = inputs.Stderr
	default:
		return l, false
	}
	l.content = len(l.stamp) + 1 + len(stdout)
	tags, _, more := bytes.Cut(b[l.content:], space)
	l.content += len(tags)
	if more {
		l.content++
	}
	tag, _, _ := bytes.Cut(tags, colon)
	switch string(tag) {
	case "P":
		l.partial = true
	case "F":
	default:
		return l, false
	}
	return l, true
}

var space, colon, stdout, stderr = []byte(" "), []byte(":"), []byte("stdout "), []byte("stderr ")

// criTime is a line's time in milliseconds since 1970, 0 if it is not wanted or
// can't be read.
func (s *Splitter) criTime(l *criLine) int64 {
	if !s.Config.CRITime {
		return 0
	}
	ms := stampTime(l.stamp)
	if ms == 0 {
		s.Unparsed++
	}
	return ms
}

// stampTime reads an RFC 3339 time without allocating.
func stampTime(b []byte) int64 {
	number := func(from, to int) (n int) {
		for _, c := range b[from:to] {
			if c < '0' || c > '9' {
				return -1 << 40
			}
			n = n*10 + int(c-'0')
		}
		return n
	}
	year, month, day := number(0, 4), number(5, 7), number(8, 10)
	hour, minute, second := number(11, 13), number(14, 16), number(17, 19)
	if min(year, month, day, hour, minute, second) < 0 || b[4] != '-' || b[7] != '-' || b[13] != ':' || b[16] != ':' {
		return 0
	}
	at, ms := 19, 0
	if b[at] == '.' {
		scale := 100
		for at++; at < len(b) && b[at] >= '0' && b[at] <= '9'; at++ {
			ms += int(b[at]-'0') * scale
			scale /= 10
		}
	}
	offset := 0
	switch zone := b[at:]; {
	case len(zone) == 1 && zone[0] == 'Z':
	case len(zone) == 6 && zone[3] == ':' && (zone[0] == '+' || zone[0] == '-'):
		h, m := number(at+1, at+3), number(at+4, at+6)
		if min(h, m) < 0 {
			return 0
		}
		if offset = h*3600 + m*60; zone[0] == '-' {
			offset = -offset
		}
	default:
		return 0
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second-offset, 0, time.UTC)
	return max(t.UnixMilli()+int64(ms), 0)
}
