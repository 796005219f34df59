package logfile

import (
	"shipper/inputs"
	"shipper/inputs/logfile/descriptors"
	"shipper/inputs/logfile/split"
)

// splitter is what cuts the bytes behind a position, at which all begins.
func (c *Cursor) splitter(h *descriptors.Handle, pos Position, before []byte) (split.Splitter, error) {
	s := split.Splitter{Config: &c.in.cut, MaxLine: c.in.cut.MaxLine}
	if n := len(before); n > 0 && before[n-1] != '\n' && c.in.cut.OnLongLine != split.Pieces {
		// Within a line; was it cut because it is too long, or shipped
		// unterminated when its file was sealed?
		line, err := split.LineBefore(h, pos.Offset, int64(s.MaxLine))
		if err != nil {
			return s, err
		}
		s.Long = line >= int64(s.MaxLine)
	}
	return s, nil
}

// note counts, under mu, what became of the bytes of a reading that is committed.
func (in *Input) note(o *reading, seg *inputs.Segment) {
	n, k := &in.counters, &o.splitter.Counts
	n.Pieces += k.Pieces
	n.Partial += k.Partial
	n.TimedOut += k.TimedOut
	n.Filtered += k.Filtered
	n.UnparsedTimes += k.Unparsed
	n.Malformed += k.Malformed
	n.LongLines += k.LongLines
	n.SkippedBytes += k.SkippedBytes
	if seg.Late {
		n.Late++
	}
	f := o.file
	switch {
	case o.gap:
		n.Gaps++
		n.GapBytes += uint64(o.end - o.start)
		in.later("a gap in a file was passed over: there are only NULs, as when a log is truncated under a writer that goes on at its old place",
			"path", f.path(), "offset", o.start, "bytes", o.end-o.start, "cure", "have the application open its log with O_APPEND")
	case k.SkippedBytes > 0 && !f.told.skipped:
		f.told.skipped = true
		in.later("a line longer than max_line is skipped, as on_long_line says; further ones of this file are only counted",
			"path", f.path(), "offset", o.start, "max_line", in.cut.MaxLine)
	case k.Malformed > 0 && !f.told.malformed:
		f.told.malformed = true
		in.later("a line is not of a container log and is shipped as it is; further ones of this file are only counted",
			"path", f.path(), "offset", o.start)
	}
}

// told is what was logged of a file and is not to be repeated.
type told struct{ skipped, malformed, nuls bool }
