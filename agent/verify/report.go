package verify

import (
	"slices"
	"sort"
)

// Report is what became of the records of all files.
type Report struct {
	Files   []FileReport `json:"files"`
	Records int64        `json:"records"` // that the output holds
	Others  int64        `json:"others"`  // of these, of other generations
	// OtherGenerations is how many those are.
	OtherGenerations int   `json:"other_generations"`
	Nameless         int64 `json:"nameless"` // without an id
	// Conflicts are objects that can't be told whose they are: two hosts have one
	// agent id.
	Conflicts []string `json:"conflicts,omitempty"`
}

// FileReport is what became of one file's records.
type FileReport struct {
	Path       string `json:"path"`
	Generation string `json:"generation"`
	// End is up to where the file was compared.
	End         int64  `json:"end"`
	Once        int64  `json:"once"` // delivered, and not twice
	Twice       Ranges `json:"twice,omitempty"`
	Missing     Ranges `json:"missing,omitempty"`
	Quarantined Ranges `json:"quarantined,omitempty"`
	Aside       Ranges `json:"aside,omitempty"`
	Different   Ranges `json:"different,omitempty"`
	Disordered  Ranges `json:"out_of_order,omitempty"`
	Extra       Ranges `json:"extra,omitempty"`
	// Unfinished is the bytes of a last line without newline that was not shipped.
	Unfinished int64 `json:"unfinished,omitempty"`
	Newer      int64 `json:"newer,omitempty"` // records behind End: written since
}

// OK tells whether every record is accounted for and as it should be: delivered,
// quarantined or aside. That some were delivered twice is no fault.
func (f *FileReport) OK() bool {
	return len(f.Missing)+len(f.Different)+len(f.Disordered)+len(f.Extra) == 0
}

// Add adds what was said of other files.
func (r *Report) Add(other *Report) {
	r.Files = append(r.Files, other.Files...)
	r.Records += other.Records
	r.Others += other.Others
	r.OtherGenerations += other.OtherGenerations
	r.Nameless += other.Nameless
	for _, c := range other.Conflicts {
		if !slices.Contains(r.Conflicts, c) {
			r.Conflicts = append(r.Conflicts, c)
		}
	}
}

// OK tells whether that is so for every file, and nothing is in conflict.
func (r *Report) OK() bool {
	return len(r.Conflicts) == 0 && !slices.ContainsFunc(r.Files, func(f FileReport) bool { return !f.OK() })
}

// Report looks for what was not delivered. The Verifier is not used after it.
func (v *Verifier) Report() (Report, error) {
	r := Report{Records: v.records, Others: v.others, OtherGenerations: len(v.otherIDs), Nameless: v.nameless}
	for _, f := range v.files {
		v.use(f)
		one, err := f.report()
		if err != nil {
			return r, err
		}
		r.Files = append(r.Files, one)
	}
	sort.SliceStable(r.Files, func(i, j int) bool { return r.Files[i].Path < r.Files[j].Path })
	return r, nil
}

func (f *file) report() (FileReport, error) {
	r := FileReport{
		Path: f.Path, Generation: hex(f.book.id), End: f.book.end,
		Twice: f.twice, Different: f.different, Disordered: f.disordered, Extra: f.extra, Newer: f.newer,
	}
	r.Once = f.delivered.records() - f.twice.records()
	start, _ := f.Choice.Bounds()
	for _, gap := range f.delivered.gaps(start, f.book.end) {
		err := f.book.walk(gap.Start, gap.End, func(offset int64, x record) error {
			from, to := max(x.start, gap.Start), min(x.end, gap.End)
			_, quarantined := slices.BinarySearch(f.Quarantined, offset)
			switch {
			case quarantined:
				return r.Quarantined.add(from, to)
			case f.Aside.has(offset):
				return r.Aside.add(from, to)
			case x.partial:
				r.Unfinished = f.book.end - offset
				return nil
			}
			return r.Missing.add(from, to)
		})
		if err != nil {
			return r, err
		}
	}
	return r, nil
}
