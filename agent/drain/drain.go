package drain

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"shipper/inputs/logfile"
)

// Request asks an agent to ship everything to its end.
type Request struct {
	Settle time.Duration // a file counts once it was unchanged for so long
	Divert bool          // ship to the failover outputs
}

// Report is how far a drain has got.
type Report struct {
	Done  bool   `json:"done,omitempty"`
	Error string `json:"error,omitempty"` // why the drain can't be done
	Files int    `json:"files"`           // that do not count yet
	Bytes int64  `json:"bytes"`           // of them that are not acknowledged
	Left  []Left `json:"left,omitempty"`  // these files by input and path, or the first of them
	// Aside is, when it is done, what is in failover outputs and was not delivered;
	// the path is that of a log, whose generations count together.
	Aside []Left `json:"aside,omitempty"`
}

// Left is a file that keeps an agent from being drained, or is aside.
type Left struct {
	Input string `json:"input"`
	Path  string `json:"path"`
	Bytes int64  `json:"bytes"`
	Why   string `json:"why"`
}

// Input is what a drain asks of an input.
type Input interface {
	Drain(settle time.Duration)
	EndDrain()
	LookAgain(ctx context.Context) error
	Left() []logfile.Left
}

// poll is how often a drain looks whether it is over.
const poll = 100 * time.Millisecond

// mostLeft bounds the files that a report names.
const mostLeft = 1000

// Run returns when every file of the inputs, by label, counts. tell hears several
// times a second what is left; when ctx ends, Run returns its error, and what tell
// heard last is what is left. The inputs must be running, and no other Run be under
// way.
func Run(ctx context.Context, inputs map[string]Input, settle time.Duration, tell func(Report)) error {
	for _, in := range inputs {
		in.Drain(settle)
		defer in.EndDrain()
	}
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		report := reportOf(inputs)
		if report.Files == 0 {
			// Events may be lost, and of some directories none come: only a look
			// at everything tells that nothing is missing.
			for _, in := range inputs {
				if err := in.LookAgain(ctx); err != nil {
					return err
				}
			}
			report = reportOf(inputs)
		}
		report.Done = report.Files == 0
		tell(report)
		if report.Done {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

func reportOf(inputs map[string]Input) Report {
	var r Report
	for label, in := range inputs {
		for _, l := range in.Left() {
			r.Files++
			r.Bytes += l.Bytes
			if len(r.Left) < mostLeft {
				r.Left = append(r.Left, Left{Input: label, Path: l.Path, Bytes: l.Bytes, Why: l.Why})
			}
		}
	}
	slices.SortFunc(r.Left, func(a, b Left) int {
		return cmp.Or(strings.Compare(a.Input, b.Input), strings.Compare(a.Path, b.Path))
	})
	return r
}
