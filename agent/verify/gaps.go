package verify

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"shipper/inputs"
	"shipper/outputs"
)

// mostGenerations bounds the memory of Gaps.
const mostGenerations = 1 << 20

// Gaps looks for what is missing by the ids alone: where one record ends the next
// one begins. It is for one goroutine.
type Gaps struct {
	JSON bool // values are the objects of package envelope

	generations map[uint64]*generation
	nameless    int64
}

type generation struct {
	seen, twice Ranges
}

// GapReport is what is missing of one generation, up to its last record.
type GapReport struct {
	Generation string `json:"generation"`
	Records    int64  `json:"records"`
	End        int64  `json:"end"`
	Twice      Ranges `json:"twice,omitempty"`
	Gaps       Ranges `json:"gaps,omitempty"` // bytes that no record covers; how many records those were is not known
}

// Add takes in the next record that the output holds.
func (g *Gaps) Add(k *outputs.Kept) error {
	if !k.HasID {
		g.nameless++
		return nil
	}
	if g.generations == nil {
		g.generations = map[uint64]*generation{}
	}
	x := g.generations[k.Generation]
	if x == nil {
		if len(g.generations) >= mostGenerations {
			return errScattered
		}
		x = &generation{}
		g.generations[k.Generation] = x
	}
	end, err := endOf(k, g.JSON)
	if err != nil {
		return fmt.Errorf("record of generation %s at %d: %w", hex(k.Generation), k.Offset, err)
	}
	if x.seen.has(k.Offset) {
		return x.twice.addNew(k.Offset, end)
	}
	return x.seen.add(k.Offset, end)
}

// endOf is where a record's bytes end in its file, as far as the record shows: its
// newline is one of them, if it had one.
func endOf(k *outputs.Kept, asJSON bool) (int64, error) {
	line := k.Value
	if asJSON {
		var err error
		if line, err = lineOf(k.Value); err != nil {
			return 0, err
		}
	}
	end := k.Offset + int64(len(line))
	if k.Piece == inputs.WholeLine || k.Piece == inputs.PieceLast || len(line) == 0 {
		end++
	}
	return end, nil
}

// Report lists the generations, those with gaps first.
func (g *Gaps) Report() []GapReport {
	var list []GapReport
	for id, x := range g.generations {
		end := x.seen[len(x.seen)-1].End
		r := GapReport{Generation: hex(id), Records: x.seen.records(), End: end, Twice: x.twice}
		r.Gaps = x.seen.gaps(0, end)
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b GapReport) int {
		if (len(a.Gaps) > 0) != (len(b.Gaps) > 0) {
			return min(1, len(b.Gaps)) - min(1, len(a.Gaps))
		}
		return strings.Compare(a.Generation, b.Generation)
	})
	return list
}

// WriteGaps prints what Report says. pathOf gives the path of a generation, "" if
// it is not known.
func WriteGaps(w io.Writer, list []GapReport, all bool, pathOf func(generation string) string) error {
	whole := 0
	for i := range list {
		r := &list[i]
		if len(r.Gaps) == 0 {
			whole++
			continue
		}
		name := r.Generation
		if path := pathOf(r.Generation); path != "" {
			name += ", " + path
		}
		if _, err := fmt.Fprintf(w, "generation %s, %s up to byte %d: %d gaps\n", name, records(r.Records), r.End, len(r.Gaps)); err != nil {
			return err
		}
		for j, gap := range r.Gaps {
			if j == mostShown && !all {
				fmt.Fprintf(w, "    and %d more (--all shows them)\n", len(r.Gaps)-j)
				break
			}
			fmt.Fprintf(w, "    bytes %d to %d\n", gap.Start, gap.End)
		}
	}
	_, err := fmt.Fprintf(w, "%d generations without gaps\n", whole)
	return err
}
