package verify

import (
	"bytes"
	"fmt"
	"slices"

	"shipper/inputs"
	"shipper/inputs/logfile"
	"shipper/outputs"
)

// mostOpen is how many files have a window in memory.
const mostOpen = 64

// File is a file that is compared.
type File struct {
	Path   string
	Choice *logfile.Choice
	Input  *logfile.Input // that the choice belongs to
	Stream string         // files of one stream are in order
	Joins  bool           // lines are joined, or taken out of others' lines
	// Longest bounds the bytes of a record.
	Longest int
	// Quarantined are the offsets of records that are in quarantine, Aside what is
	// safe in a failover output. Both may be nil.
	Quarantined []int64
	Aside       Ranges
}

// file is a File and what was found of it.
type file struct {
	File
	book  book
	order uint64 // within the stream
	high  int64  // of the first deliveries, the highest offset

	delivered, twice, different, disordered, extra Ranges
	newer                                          int64 // records behind what is compared
}

// Verifier compares records with files. It is for one goroutine.
type Verifier struct {
	// JSON: values are the objects of package envelope.
	JSON bool

	files  []*file
	byID   map[uint64]*file
	last   *file
	newest map[string]uint64 // by stream: highest order of a generation begun
	open   []*file           // those with a window, the latest at the end

	records, others, nameless int64
	otherIDs                  map[uint64]bool
}

// New makes a Verifier of files.
func New(files []File) (*Verifier, error) {
	v := &Verifier{byID: map[uint64]*file{}, newest: map[string]uint64{}, otherIDs: map[uint64]bool{}}
	for _, f := range files {
		id := f.Choice.Identity()
		_, end := f.Choice.Bounds()
		if other := v.byID[id.ID]; other != nil {
			return nil, fmt.Errorf("%q and %q are the same generation, %016x: name one of them", other.Path, f.Path, id.ID)
		}
		x := &file{File: f, order: id.Order, high: -1}
		x.book = book{id: id.ID, in: f.Input, choice: f.Choice, longest: f.Longest, end: end}
		slices.Sort(x.Quarantined)
		v.files, v.byID[id.ID] = append(v.files, x), x
	}
	return v, nil
}

// Add takes in the next record that the output holds.
func (v *Verifier) Add(k *outputs.Kept) error {
	v.records++
	if !k.HasID {
		v.nameless++
		return nil
	}
	f := v.last
	if f == nil || f.book.id != k.Generation {
		if f = v.byID[k.Generation]; f == nil {
			v.others++
			if len(v.otherIDs) < mostRanges {
				v.otherIDs[k.Generation] = true
			}
			return nil
		}
		v.use(f)
	}
	value := k.Value
	if v.JSON {
		var err error
		if value, err = lineOf(value); err != nil {
			return f.different.add(k.Offset, k.Offset+1)
		}
	}
	if err := v.compare(f, k, value); err != nil {
		return fmt.Errorf("compare with %q: %w", f.Path, err)
	}
	return nil
}

// use makes f the file of the record at hand, and sees to it that not too many
// have a window.
func (v *Verifier) use(f *file) {
	v.last = f
	if i := slices.Index(v.open, f); i >= 0 {
		v.open = append(slices.Delete(v.open, i, i+1), f)
		return
	}
	if len(v.open) >= mostOpen {
		v.open[0].book.rest()
		v.open = slices.Delete(v.open, 0, 1)
	}
	v.open = append(v.open, f)
}

func (v *Verifier) compare(f *file, k *outputs.Kept, value []byte) error {
	if k.Offset >= f.book.end {
		f.newer++
		return nil
	}
	r, ok, err := f.book.find(k.Offset)
	if err != nil {
		return err
	}
	start, end := r.start, r.end
	switch {
	case ok && bytes.Equal(r.value, value):
	case f.otherCut(k, value):
		if start, end = k.Offset, k.Offset+int64(len(value)); bytes.Equal(f.book.raw(end, end+1), []byte("\n")) {
			end++
		}
	case !ok:
		return f.extra.add(k.Offset, k.Offset+int64(len(value))+1)
	default:
		if err := f.different.add(start, end); err != nil {
			return err
		}
	}
	if f.delivered.has(k.Offset) {
		return f.twice.addNew(start, end)
	}
	late := k.Late || f.order >= v.newest[f.Stream]
	v.newest[f.Stream] = max(v.newest[f.Stream], f.order)
	if k.Offset < f.high || !late {
		if err := f.disordered.add(start, end); err != nil {
			return err
		}
	}
	f.high = max(f.high, k.Offset)
	return f.delivered.add(start, end)
}

// otherCut tells whether the record is what the file holds at its offset, though
// we would cut there otherwise: pieces of a long line after a restart, and joined
// lines after a time-out.
func (f *file) otherCut(k *outputs.Kept, value []byte) bool {
	if !f.Joins && (k.Piece == inputs.WholeLine || k.Piece == inputs.PiecePartial) {
		return false
	}
	return bytes.Equal(f.book.raw(k.Offset, k.Offset+int64(len(value))), value)
}
