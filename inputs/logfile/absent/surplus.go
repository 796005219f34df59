package absent

import (
	"cmp"
	"slices"
	"time"
)

const (
	// PerStream is how many of one stream are remembered: the rotated files of three
	// days where a log is rotated every hour, and some.
	PerStream = 100
	// InAll is how many of all streams are remembered at least.
	InAll = 10_000
	// SurelyGone is how long a file that nobody has seen disappear is to be missing until
	// it counts as deleted: at a start a volume may not be mounted yet.
	SurelyGone = 5 * time.Minute
)

// Deleted tells whether the generation's file is sure to be gone, whose directory is there,
// on that device. It must be the one that the file was on: where directories are on other
// devices than their files (overlays) nothing is sure. unread says that there is a file of
// its name that could not be looked at.
func (g *Generation) Deleted(device uint64, unread bool, now time.Time) bool {
	switch {
	case g.Ended:
		return true
	case device != g.Device:
		return false
	case g.Size > 0: // this process has seen it disappear
		return true
	}
	return !unread && now.Sub(g.Since) >= SurelyGone
}

// Delivered tells whether, as far as is known, each of so many routes has all of it. How
// much that is nobody knows whose file was gone at the start: then what one route has.
func (g *Generation) Delivered(routes int) bool {
	end := g.Size
	for r := range routes {
		end = max(end, g.Positions[r].Offset)
	}
	for r := range routes {
		if g.Positions[r].Offset < end {
			return false
		}
	}
	return true
}

// Surplus returns those that are too many of the generations that may go: all but the
// newest PerStream of each stream, and, if those that are left are more than most, the ones
// that have been gone for longest. The eldest of a stream stays, since what is older is no
// part of it.
func (s *Store) Surplus(most int, mayGo func(*Generation) bool) []*Generation {
	if len(s.byID) <= PerStream {
		return nil
	}
	eldest := map[string]uint64{}
	for _, g := range s.byID {
		if least, ok := eldest[g.Stream]; !ok || g.Order < least {
			eldest[g.Stream] = g.Order
		}
	}
	var list []*Generation
	for _, g := range s.byID {
		if g.Order != eldest[g.Stream] && mayGo(g) {
			list = append(list, g)
		}
	}
	return surplus(list, most)
}

// surplus reorders the list.
func surplus(list []*Generation, most int) []*Generation {
	slices.SortFunc(list, func(a, b *Generation) int { return cmp.Compare(b.Order, a.Order) })
	count := map[string]int{}
	var kept, over []*Generation
	for _, g := range list {
		if count[g.Stream]++; count[g.Stream] > PerStream {
			over = append(over, g)
		} else {
			kept = append(kept, g)
		}
	}
	slices.SortStableFunc(kept, func(a, b *Generation) int { return b.Since.Compare(a.Since) })
	return append(over, kept[min(most, len(kept)):]...)
}
