package logfile

import (
	"bytes"
	"strconv"
	"time"

	"shipper/inputs"
)

// cutLines appends the end of each line of data to ends, at most most of them,
// and stops at a line of more than maxLine bytes. done is how far it came.
func cutLines(data []byte, maxLine, most int, ends []uint32) (_ []uint32, done int) {
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

// cutter cuts data into records one by one, where plain ends will not do:
// filters, times, pieces of long lines, a last line without a newline.
type cutter struct {
	cfg      *Config
	maxLine  int
	inside   bool // data begins within a line
	partial  bool // what is left at the end is a record, too
	forced   bool // the whole of data is to be cut, as it was once before
	one      bool // only the first record
	most     int  // records
	full     bool // most was reached
	pieces   uint64
	partials uint64
	filtered uint64
	unparsed uint64
}

// cut appends the records of data to records and returns how far it came.
func (c *cutter) cut(data []byte, records []inputs.Record) (_ []inputs.Record, done int) {
	inside, first := c.inside, len(records)
	for done < len(data) {
		rest := data[done:]
		window := rest[:min(len(rest), c.maxLine+1)]
		n := bytes.IndexByte(window, '\n')
		switch {
		case n >= 0:
			piece := inputs.WholeLine
			if inside {
				piece = inputs.PieceLast
			}
			// A newline alone after a piece only ends its line.
			if !inside || n > 0 {
				records = c.record(data, done, done+n, piece, records)
			}
			done += n + 1
			inside = false
		case len(window) > c.maxLine || (c.forced && !c.partial):
			n = min(c.maxLine, len(rest))
			piece := inputs.PieceFirst
			if inside {
				piece = inputs.PieceMiddle
			}
			records = c.record(data, done, done+n, piece, records)
			done += n
			inside = true
		case c.partial:
			records = c.record(data, done, len(data), inputs.PiecePartial, records)
			return records, len(data)
		default:
			return records, done
		}
		c.full = len(records)-first >= c.most
		if c.one || c.full {
			break
		}
	}
	return records, done
}

func (c *cutter) record(data []byte, start, end int, piece inputs.Piece, records []inputs.Record) []inputs.Record {
	value := data[start:end]
	if !c.wanted(value) {
		c.filtered++
		return records
	}
	switch piece {
	case inputs.PieceFirst, inputs.PieceMiddle, inputs.PieceLast:
		c.pieces++
	case inputs.PiecePartial:
		c.partials++
	case inputs.WholeLine:
	}
	r := inputs.Record{Start: uint32(start), End: uint32(end), Piece: piece}
	if c.cfg.Timestamp == TimestampParsed {
		if r.Time = c.cfg.parseTime(value); r.Time == 0 {
			c.unparsed++
		}
	}
	return append(records, r)
}

func (c *cutter) wanted(value []byte) bool {
	for _, e := range c.cfg.Exclude {
		if e.Match(value) {
			return false
		}
	}
	for _, e := range c.cfg.Include {
		if e.Match(value) {
			return true
		}
	}
	return len(c.cfg.Include) == 0
}

// The values of Config.Timestamp.
const (
	TimestampRead   = "read"
	TimestampMtime  = "mtime"
	TimestampParsed = "parsed"
)

// parseTime finds a record's time in milliseconds since 1970, 0 if it can't.
func (cfg *Config) parseTime(value []byte) int64 {
	m := cfg.TimestampPattern.FindSubmatch(value)
	if len(m) < 2 || m[1] == nil {
		return 0
	}
	text := string(m[1])
	switch cfg.TimestampLayout {
	case "unix":
		seconds, err := strconv.ParseFloat(text, 64)
		if err != nil || seconds < 0 || seconds > 1e11 {
			return 0
		}
		return int64(seconds * 1000)
	case "unix_ms":
		ms, err := strconv.ParseInt(text, 10, 64)
		if err != nil || ms < 0 {
			return 0
		}
		return ms
	}
	layout := cfg.TimestampLayout
	if layout == "rfc3339" {
		layout = time.RFC3339Nano
	}
	t, err := time.ParseInLocation(layout, text, time.Local)
	if err != nil {
		return 0
	}
	return max(t.UnixMilli(), 0)
}
