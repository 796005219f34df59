package window

import (
	"shipper/inputs"
	"shipper/inputs/logfile/split"
	"shipper/inputs/logfile/vfs"
)

// Again appends to buf the bytes up to end, which Read handed out before, and returns the
// records that they made. last is what Read noted of them. Whether they are the same bytes
// is for a checksum to tell.
func (w *Window) Again(h vfs.File, buf *inputs.Buffer, end int64, last split.Last) (inputs.Segment, error) {
	none, base := inputs.Segment{}, len(buf.Data)
	if last.End() == end && last.Gap() {
		return w.gapAgain(h, end)
	}
	length := int(end - w.start())
	if end <= w.At.Offset || length > cap(buf.Data)-base {
		return none, ErrUnlike
	}
	p := buf.Data[base : base+length]
	n, err := h.Pread(p, w.start())
	if err != nil {
		return none, err
	}
	if n < length {
		return none, ErrGone
	}
	if err := w.begin(h, p); err != nil {
		return none, err
	}
	w.Seen, w.Splitter.Exact = end, true
	ending := split.Open
	if last.End() == end {
		ending = last.Ending()
	}
	cut := w.cut(buf, p, true, ending)
	if cut.Done != length-w.Proof {
		return none, ErrUnlike
	}
	return w.segment(buf, &cut), nil
}

// gapAgain makes the segment of a gap once more, if it is still there.
func (w *Window) gapAgain(h vfs.File, end int64) (inputs.Segment, error) {
	next, last, _, err := behind(h, w.At.Offset)
	if err == nil && ((next >= 0 && next < end) || (next < 0 && last < end)) {
		err = ErrGone
	}
	if err != nil {
		return inputs.Segment{}, err
	}
	w.End = end
	return w.gap(), nil
}

// Last is what a repeat of these records needs to know.
func (w *Window) Last() split.Last { return split.LastOf(w.End, w.Splitter.Ended, w.Gap) }
