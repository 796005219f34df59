package oracle

import (
	"bytes"
	"errors"
	"fmt"
	"hash/maphash"
	"math/bits"

	"shipper/testing/workload"
)

// Record is one message that was found.
type Record struct {
	Partition int32
	Offset    int64
	Value     []byte
	ID        []byte // header `id`, nil without
	Late      bool   // header `late` is there
}

// maxUnjournaled is how many lines beyond its journal a writer that was killed
// is believed to have written.
const maxUnjournaled = 1 << 24

// Checker compares records with journals. It keeps nothing of the records it
// is given. It is for one goroutine.
type Checker struct {
	sources map[string]*source
	order   []*source
	seed    maphash.Seed

	records, torn, foreign, duplicateBytes uint64
	badIDs                                 uint64
	examples                               examples
}

// source is what was found of one writer.
type source struct {
	journal    workload.Journal
	seen       []uint64 // a bit for each sequence
	distinct   uint64   // below journal.Lines
	beyond     uint64   // distinct, not below journal.Lines
	duplicated uint64
	reordered  uint64
	late       uint64
	ids        []uint64         // hash of the id by sequence, 0: none
	next       map[int32]uint64 // by partition: 1 + the highest sequence in it
}

// NewChecker makes a Checker for the lines of the journals, each of a source
// of its own.
func NewChecker(journals []workload.Journal) (*Checker, error) {
	c := &Checker{sources: make(map[string]*source), seed: maphash.MakeSeed()}
	for _, j := range journals {
		if c.sources[j.Source] != nil {
			return nil, fmt.Errorf("two journals of source %q", j.Source)
		}
		s := &source{journal: j, seen: make([]uint64, j.Lines/64+1), next: make(map[int32]uint64)}
		c.sources[j.Source] = s
		c.order = append(c.order, s)
	}
	return c, nil
}

// Add takes the next record of a partition.
func (c *Checker) Add(r Record) {
	c.records++
	line, err := workload.ParseLine(r.Value)
	if errors.Is(err, workload.ErrTorn) {
		c.torn++
		c.examples.add("torn", "%s: %s", r.place(), clip(r.Value))
		return
	}
	s := c.sources[string(line.Source)]
	if err != nil || s == nil || !s.mayHave(line.Sequence) {
		c.foreign++
		c.examples.add("foreign", "%s: %s", r.place(), clip(r.Value))
		return
	}
	c.checkID(s, line.Sequence, r)
	if !s.mark(line.Sequence) {
		s.duplicated++
		c.duplicateBytes += uint64(len(r.Value)) + 1
		c.examples.add("duplicated", "%s: %s sequence %d", r.place(), s.journal.Source, line.Sequence)
		return
	}
	next := s.next[r.Partition]
	switch {
	case r.Late:
		s.late++
	case line.Sequence < next:
		s.reordered++
		c.examples.add("reordered", "%s: %s sequence %d after %d", r.place(), s.journal.Source, line.Sequence, next-1)
	default:
		s.next[r.Partition] = line.Sequence + 1
	}
}

// mayHave tells whether the source can have written the line.
func (s *source) mayHave(sequence uint64) bool {
	return sequence < s.journal.Lines ||
		!s.journal.Done && sequence < s.journal.Lines+maxUnjournaled
}

// mark tells whether it is the first time for the sequence.
func (s *source) mark(sequence uint64) bool {
	word, bit := sequence/64, uint64(1)<<(sequence%64)
	for word >= uint64(len(s.seen)) {
		s.seen = append(s.seen, 0)
	}
	if s.seen[word]&bit != 0 {
		return false
	}
	s.seen[word] |= bit
	if sequence < s.journal.Lines {
		s.distinct++
	} else {
		s.beyond++
	}
	return true
}

// has tells whether mark was called for the sequence.
func (s *source) has(sequence uint64) bool {
	word := sequence / 64
	return word < uint64(len(s.seen)) && s.seen[word]>>(sequence%64)&1 != 0
}

// checkID compares the record's id with that of earlier records of the line,
// and keeps it for Result.
func (c *Checker) checkID(s *source, sequence uint64, r Record) {
	var hash uint64
	if r.ID != nil {
		hash = maphash.Bytes(c.seed, r.ID) | 1
	}
	if s.has(sequence) {
		var first uint64
		if sequence < uint64(len(s.ids)) {
			first = s.ids[sequence]
		}
		if first != hash {
			c.badIDs++
			c.examples.add("bad id", "%s: %s sequence %d repeated with id %x instead of its first", r.place(), s.journal.Source, sequence, r.ID)
		}
		return
	}
	if hash == 0 {
		return
	}
	if s.ids == nil {
		s.ids = make([]uint64, s.journal.Lines)
	}
	for sequence >= uint64(len(s.ids)) {
		s.ids = append(s.ids, 0)
	}
	s.ids[sequence] = hash
}

// Update replaces the journal of a source by a later one, for records that are
// added while their writers still run.
func (c *Checker) Update(j workload.Journal) error {
	s := c.sources[j.Source]
	if s == nil || j.Lines < s.journal.Lines {
		return fmt.Errorf("journal of source %q: not a later one of a known source", j.Source)
	}
	s.journal = j
	total := s.distinct + s.beyond
	s.distinct = 0
	for word, set := range s.seen {
		switch first := uint64(word) * 64; {
		case first+64 <= j.Lines:
		case first < j.Lines:
			set &= 1<<(j.Lines-first) - 1
		default:
			set = 0
		}
		s.distinct += uint64(bits.OnesCount64(set))
	}
	s.beyond = total - s.distinct
	return nil
}

// Has tells whether a line of a source was found.
func (c *Checker) Has(source string, sequence uint64) bool {
	s := c.sources[source]
	return s != nil && s.has(sequence)
}

// Missing is how many written lines were not found yet.
func (c *Checker) Missing() uint64 {
	var n uint64
	for _, s := range c.order {
		n += s.journal.Lines - s.distinct
	}
	return n
}

func (r *Record) place() string { return fmt.Sprintf("partition %d offset %d", r.Partition, r.Offset) }

// clip quotes the beginning of bytes that may be anything.
func clip(b []byte) string {
	const most = 120
	if len(b) <= most {
		return fmt.Sprintf("%q", b)
	}
	return fmt.Sprintf("%q… (%d bytes)", bytes.Clone(b[:most]), len(b))
}
