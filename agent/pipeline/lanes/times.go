package lanes

// untime takes the batch's own times away. Those of a repeat may differ from the
// first attempt's: an output knows it by its numbers.
func (t *turn) untime() {
	for i := range t.batch.Segments {
		seg := &t.batch.Segments[i]
		n := 0
		if seg.HasTimes() {
			n = seg.Len()
		}
		t.retimed = append(t.retimed, n)
		seg.DropTimes()
	}
}

// countRetimed counts the records that were acknowledged without their own time.
func (t *turn) countRetimed() {
	for i, n := range t.retimed {
		t.shipping[i].Route().Retime(n)
	}
}
