package verify

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"shipper/inputs"
	"shipper/inputs/logfile"
)

const (
	window     = 128 << 10 // bytes of a file that are looked at together
	markEvery  = 1 << 20   // a place to begin is remembered about so often
	proofSpace = 64        // that a read needs beside its data
)

var errChanged = errors.New("the file was truncated or replaced while it was verified")

// book reads the records that a file gives, forward, and again from any place.
type book struct {
	id       uint64
	in       *logfile.Input
	choice   *logfile.Choice
	longest  int   // bytes of a record
	end      int64 // of what is read
	buf      *inputs.Buffer
	seg      inputs.Segment
	next     int // index in seg of the record that probably comes next
	marks    []int64
	finished bool // nothing is behind seg
}

// record is one that the file gives.
type record struct {
	start, end int64  // bytes of it and of what is left out before the next one
	raw        int64  // end of its own bytes
	value      []byte // valid until the book is asked again
	partial    bool   // a last line without newline
}

func (b *book) open() {
	if b.buf == nil {
		b.buf = inputs.NewBuffer(window + proofSpace)
		b.marks = append(b.marks, 0)[:max(1, len(b.marks))]
		b.seg, b.finished = inputs.Segment{}, false
		b.next = 0
	}
}

// rest gives the window's memory back. The place is found again.
func (b *book) rest() { b.buf, b.seg = nil, inputs.Segment{} }

// moveTo begins anew at the last remembered place that is not behind offset.
func (b *book) moveTo(offset int64) error {
	i, found := slices.BinarySearch(b.marks, offset)
	if !found {
		i--
	}
	if err := b.choice.MoveTo(b.marks[i]); err != nil {
		return err
	}
	b.seg = inputs.Segment{Start: b.marks[i], End: b.marks[i]}
	b.finished = false
	return nil
}

// turn reads the window behind the present one.
func (b *book) turn() error {
	c := b.choice.Cursor(0)
	for {
		b.buf.Reset()
		seg, more, err := c.Read(context.Background(), b.buf, window) // nothing of it is elsewhere
		if err != nil {
			return err
		}
		if seg.Start == seg.End {
			if !more {
				b.finished = true
				b.seg.Start, b.seg.Data, b.seg.Ends, b.seg.Records = b.seg.End, nil, nil, nil
				return nil
			}
			if cap(b.buf.Data) > b.longest+proofSpace {
				return fmt.Errorf("a record at %d is longer than it may be", b.seg.End)
			}
			b.buf = inputs.NewBuffer(2*b.longest + window + proofSpace) // a line that is longer than the window
			continue
		}
		if seg.Gen.ID != b.id {
			return errChanged
		}
		c.Commit(&seg)
		b.seg, b.next = seg, 0
		if seg.End >= b.marks[len(b.marks)-1]+markEvery {
			b.marks = append(b.marks, seg.End)
		}
		return nil
	}
}

// find returns the record that begins at offset, or ok is false and r is the one
// whose bytes hold offset, if there is one.
func (b *book) find(offset int64) (r record, ok bool, err error) {
	if b.buf == nil || offset < b.seg.Start {
		b.open()
		if err := b.moveTo(offset); err != nil {
			return r, false, err
		}
	}
	for offset >= b.seg.End {
		if b.finished {
			return r, false, nil
		}
		if err := b.turn(); err != nil {
			return r, false, err
		}
	}
	if n := b.seg.Len(); b.next >= n || b.offsetOf(b.next) != offset {
		lo, hi := 0, n // the last record that does not begin behind offset
		for lo < hi {
			if m := (lo + hi) / 2; b.offsetOf(m) <= offset {
				lo = m + 1
			} else {
				hi = m
			}
		}
		b.next = max(0, lo-1)
		if n == 0 || b.offsetOf(b.next) != offset {
			if n > 0 && b.offsetOf(b.next) < offset {
				r = b.at(b.next)
			}
			return r, false, nil
		}
	}
	r = b.at(b.next)
	b.next++
	return r, true, nil
}

func (b *book) offsetOf(i int) int64 {
	s := &b.seg
	switch {
	case s.Records != nil:
		return s.Start + int64(s.Records[i].Start)
	case i == 0:
		return s.Start
	}
	return s.Start + int64(s.Ends[i-1])
}

// at describes the window's i-th record. The first one's bytes begin with the
// window, the last one's end with it: what lies between records was left out.
func (b *book) at(i int) record {
	s := &b.seg
	offset, value, piece := s.At(i)
	r := record{start: offset, value: value, partial: piece == inputs.PiecePartial, raw: offset + int64(len(value)) + 1}
	if s.Records != nil {
		r.raw = s.Start + int64(s.Records[i].End)
	}
	if i == 0 {
		r.start = s.Start
	}
	if r.end = s.End; i+1 < s.Len() {
		r.end = b.offsetOf(i + 1)
	}
	return r
}

// raw are the file's own bytes from offset to end, as far as the window holds them.
func (b *book) raw(offset, end int64) []byte {
	if offset < b.seg.Start || end > b.seg.End {
		return nil
	}
	return b.seg.Data[offset-b.seg.Start : end-b.seg.Start]
}

// walk calls f for the records that begin, or go on, in [start, end).
func (b *book) walk(start, end int64, f func(offset int64, r record) error) error {
	b.open()
	if err := b.moveTo(start); err != nil {
		return err
	}
	for !b.finished && b.seg.End < end {
		if err := b.turn(); err != nil {
			return err
		}
		for i := range b.seg.Len() {
			r := b.at(i)
			offset := b.offsetOf(i)
			if offset >= end {
				return nil
			}
			if offset >= start || r.raw > start+1 { // the newline alone is nothing
				if err := f(offset, r); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
