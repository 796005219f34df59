package verify

import (
	"cmp"
	"errors"
	"slices"
)

// Range is a run of records, by their bytes in a generation.
type Range struct {
	Start   int64 `json:"start"`
	End     int64 `json:"end"`
	Records int64 `json:"records"`
}

// Ranges are disjoint, in order, and do not touch.
type Ranges []Range

// mostRanges bounds the memory of one set: findings that are as scattered as that
// are not told one by one.
const mostRanges = 1 << 20

var errScattered = errors.New("the findings are too scattered to be told: more than a million ranges")

// add adds one record, and merges what touches.
func (rs *Ranges) add(start, end int64) error {
	list := *rs
	n := len(list)
	if n > 0 && list[n-1].End == start { // nearly always
		list[n-1].End = end
		list[n-1].Records++
		return nil
	}
	i, _ := slices.BinarySearchFunc(list, start, func(r Range, at int64) int { return cmp.Compare(r.Start, at) })
	if i > 0 && list[i-1].End >= start {
		i--
		list[i].End = max(list[i].End, end)
		list[i].Records++
	} else {
		if n >= mostRanges {
			return errScattered
		}
		list = slices.Insert(list, i, Range{start, end, 1})
	}
	for i+1 < len(list) && list[i+1].Start <= list[i].End {
		list[i].End = max(list[i].End, list[i+1].End)
		list[i].Records += list[i+1].Records
		list = slices.Delete(list, i+1, i+2)
	}
	*rs = list
	return nil
}

// addNew is add for a record that may be there already.
func (rs *Ranges) addNew(start, end int64) error {
	if rs.has(start) {
		return nil
	}
	return rs.add(start, end)
}

// has tells whether the byte at offset is in a range.
func (rs Ranges) has(offset int64) bool {
	n := len(rs)
	if n == 0 || offset >= rs[n-1].End {
		return false
	}
	if offset >= rs[n-1].Start {
		return true
	}
	i, found := slices.BinarySearchFunc(rs, offset, func(r Range, at int64) int { return cmp.Compare(r.Start, at) })
	return found || i > 0 && offset < rs[i-1].End
}

// gaps lists what of [start, end) is in no range.
func (rs Ranges) gaps(start, end int64) Ranges {
	var out Ranges
	for _, r := range rs {
		if r.Start > start {
			out = append(out, Range{Start: start, End: min(r.Start, end)})
		}
		start = max(start, r.End)
		if start >= end {
			return out
		}
	}
	if start < end {
		out = append(out, Range{Start: start, End: end})
	}
	return out
}

// records is the number of records in all ranges.
func (rs Ranges) records() int64 {
	n := int64(0)
	for _, r := range rs {
		n += r.Records
	}
	return n
}
