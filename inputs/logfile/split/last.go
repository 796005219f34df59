package split

// Last is what can't be seen in the bytes that were read last, for a repeat: where they
// end, and how. It is kept small, being part of every cursor.
type Last uint64

const (
	lastGap    = 1 << 0
	lastEnding = 1 // bits to shift
	lastEnd    = 4
)

// LastOf makes a Last of bytes that end at an offset. gap says that they are NULs which
// were passed over.
func LastOf(end int64, ending Ending, gap bool) Last {
	l := Last(end)<<lastEnd | Last(ending)<<lastEnding
	if gap {
		l |= lastGap
	}
	return l
}

// End is the offset at which they end.
func (l Last) End() int64 { return int64(l >> lastEnd) }

// Ending is how their last unit came to its end.
func (l Last) Ending() Ending { return Ending(l >> lastEnding & 7) }

// Gap tells whether they are NULs that were passed over.
func (l Last) Gap() bool { return l&lastGap != 0 }
