package oracle

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// Result is what a Checker found.
type Result struct {
	Written    uint64 `json:"written"`   // lines, by the journals
	Delivered  uint64 `json:"delivered"` // of these
	Lost       uint64 `json:"lost"`      // the others
	Duplicated uint64 `json:"duplicated"`
	Reordered  uint64 `json:"reordered"`
	Torn       uint64 `json:"torn"`
	Foreign    uint64 `json:"foreign"`
	Late       uint64 `json:"late"`
	BadIDs     uint64 `json:"bad_ids"`
	// Unjournaled lines were delivered, but their writer ended before it could
	// say that it had written them.
	Unjournaled    uint64         `json:"unjournaled"`
	DuplicateBytes uint64         `json:"duplicate_bytes"` // of the lines, newlines included
	Records        uint64         `json:"records"`         // of any kind
	Rotations      uint64         `json:"rotations"`
	Sources        []SourceResult `json:"sources"`
	Examples       []string       `json:"examples"` // a few of each kind, for people
}

// SourceResult is the part of a Result that is of one writer.
type SourceResult struct {
	Source     string `json:"source"`
	Written    uint64 `json:"written"`
	Delivered  uint64 `json:"delivered"`
	Lost       uint64 `json:"lost"`
	Duplicated uint64 `json:"duplicated"`
	Reordered  uint64 `json:"reordered"`
	Late       uint64 `json:"late"`
	Rotations  uint64 `json:"rotations"`
	Partitions int    `json:"partitions"` // in which it was found
}

// OK tells whether every line arrived whole, in order, under an id of its own.
// Duplicates are allowed; how many is for the caller to judge.
func (r *Result) OK() bool {
	return r.Lost == 0 && r.Reordered == 0 && r.Torn == 0 && r.Foreign == 0 && r.BadIDs == 0
}

// String is the result in one line for machines.
func (r *Result) String() string {
	return fmt.Sprintf("written=%d delivered=%d lost=%d duplicated=%d reordered=%d torn=%d foreign=%d"+
		" late=%d bad_ids=%d unjournaled=%d duplicate_bytes=%d rotations=%d",
		r.Written, r.Delivered, r.Lost, r.Duplicated, r.Reordered, r.Torn, r.Foreign,
		r.Late, r.BadIDs, r.Unjournaled, r.DuplicateBytes, r.Rotations)
}

// Print writes a table of the sources, and the examples, for people.
func (r *Result) Print(to io.Writer) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "source\twritten\tdelivered\tlost\tduplicated\treordered\tlate\trotations\tpartitions\t")
	for _, s := range r.Sources {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t\n",
			s.Source, s.Written, s.Delivered, s.Lost, s.Duplicated, s.Reordered, s.Late, s.Rotations, s.Partitions)
	}
	err := w.Flush()
	for _, e := range r.Examples {
		if err == nil {
			_, err = fmt.Fprintln(to, e)
		}
	}
	return err
}

// Result sums up what was added so far. It takes a second for ten million
// lines with ids.
func (c *Checker) Result() Result {
	r := Result{
		Torn: c.torn, Foreign: c.foreign, Records: c.records,
		DuplicateBytes: c.duplicateBytes, BadIDs: c.badIDs,
	}
	e := c.examples.clone()
	for _, s := range c.order {
		sr := SourceResult{
			Source: s.journal.Source, Written: s.journal.Lines, Delivered: s.distinct,
			Lost: s.journal.Lines - s.distinct, Duplicated: s.duplicated, Reordered: s.reordered,
			Late: s.late, Rotations: s.journal.Rotations, Partitions: len(s.next),
		}
		r.Sources = append(r.Sources, sr)
		r.Written += sr.Written
		r.Delivered += sr.Delivered
		r.Lost += sr.Lost
		r.Duplicated += sr.Duplicated
		r.Reordered += sr.Reordered
		r.Late += sr.Late
		r.Rotations += sr.Rotations
		r.Unjournaled += s.beyond
		s.lostRanges(&e)
	}
	r.BadIDs += c.sharedIDs(&e)
	r.Examples = e.list()
	return r
}

// lostRanges gives each run of lost lines as an example.
func (s *source) lostRanges(e *examples) {
	if s.distinct == s.journal.Lines {
		return
	}
	for from := uint64(0); from < s.journal.Lines && !e.full("lost"); from++ {
		if s.has(from) {
			continue
		}
		to := from
		for to+1 < s.journal.Lines && !s.has(to+1) {
			to++
		}
		e.add("lost", "%s sequences %d to %d, written as generation %d to %d",
			s.journal.Source, from, to, s.generation(from), s.generation(to))
		from = to
	}
}

// generation is the number of the generation that the line was written to.
func (s *source) generation(sequence uint64) uint64 {
	for _, g := range s.journal.Generations {
		if sequence >= g.First && sequence < g.First+g.Lines {
			return g.Number
		}
	}
	return 0
}

// sharedIDs counts ids that more than one line has.
func (c *Checker) sharedIDs(e *examples) uint64 {
	var all []uint64
	for _, s := range c.order {
		all = append(all, s.ids...)
	}
	slices.Sort(all)
	var shared uint64
	for i := 1; i < len(all); i++ {
		if all[i] == 0 || all[i] != all[i-1] {
			continue
		}
		shared++
		if !e.full("bad id") {
			e.add("bad id", "shared by %s", c.linesWithID(all[i]))
		}
	}
	return shared
}

func (c *Checker) linesWithID(hash uint64) string {
	found := ""
	for _, s := range c.order {
		for sequence, h := range s.ids {
			if h == hash {
				found += fmt.Sprintf("%s sequence %d, ", s.journal.Source, sequence)
			}
		}
	}
	return found[:max(0, len(found)-2)]
}

// examples keeps the first few of each kind.
type examples struct {
	kinds  []string
	byKind map[string][]string
}

const examplesOfAKind = 5

func (e *examples) full(kind string) bool { return len(e.byKind[kind]) >= examplesOfAKind }

func (e *examples) add(kind, format string, args ...any) {
	if e.full(kind) {
		return
	}
	if e.byKind == nil {
		e.byKind = make(map[string][]string)
	}
	if e.byKind[kind] == nil {
		e.kinds = append(e.kinds, kind)
	}
	e.byKind[kind] = append(e.byKind[kind], kind+": "+fmt.Sprintf(format, args...))
}

func (e *examples) clone() examples {
	c := examples{kinds: slices.Clone(e.kinds), byKind: make(map[string][]string)}
	for k, v := range e.byKind {
		c.byKind[k] = slices.Clone(v)
	}
	return c
}

func (e *examples) list() []string {
	var all []string
	for _, k := range e.kinds {
		all = append(all, e.byKind[k]...)
	}
	return all
}
