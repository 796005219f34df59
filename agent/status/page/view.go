package page

import (
	"cmp"
	"slices"
	"strings"

	"shipper/agent/status"
)

const (
	mostFiles  = 100 // in a view
	mostShards = 20  // of each route in a view
)

// view is what the browser is told: a snapshot of bounded size.
type view struct {
	Status   *status.Snapshot `json:"status"`
	Ready    bool             `json:"ready"`
	Reason   string           `json:"reason,omitempty"` // why not ready
	Known    int              `json:"known"`            // files
	Matching int              `json:"matching"`         // of those
	Waiting  int              `json:"waiting"`          // of the matching ones: not shipped to their end
	History  []sample         `json:"history"`
	// Took is how many seconds of CPU it took to make all this: the browser looks the
	// less often the more files there are.
	Took float64 `json:"took"`
	// Configuration changes with the texts of the configuration.
	Configuration string `json:"configuration"`
}

// look makes a view of a snapshot, which it changes. Of the files whose path,
// input, state or error contains filter, those that lag most are in it, printable.
func look(s *status.Snapshot, filter string) *view {
	v := &view{Status: s, Known: len(s.Files)}
	v.Ready, v.Reason = s.Ready()
	filter = strings.ToLower(filter)
	rows := make([]row, 0, len(s.Files))
	for i := range s.Files {
		f := &s.Files[i]
		if filter != "" && !matches(f, filter) {
			continue
		}
		r := row{file: f}
		for j := range f.Routes {
			r.lag = max(r.lag, f.Routes[j].LagBytes)
			r.seconds = max(r.seconds, f.Routes[j].LagSeconds)
		}
		if r.lag > 0 {
			v.Waiting++
		}
		rows = append(rows, r)
	}
	v.Matching = len(rows)
	slices.SortFunc(rows, worstFirst)
	files := make([]status.File, 0, min(len(rows), mostFiles))
	for _, r := range rows[:min(len(rows), mostFiles)] {
		f := *r.file
		f.Path, f.Stream = status.Printable(f.Path), status.Printable(f.Stream)
		files = append(files, f)
	}
	s.Files = files
	for i := range s.Outputs {
		if f := s.Outputs[i].Failover; f != nil {
			f.Shards = f.Shards[:min(len(f.Shards), mostShards)]
		}
	}
	for i := range s.Routes {
		s.Routes[i].Shards = troubled(s.Routes[i].Shards)
	}
	return v
}

// row is a file among others.
type row struct {
	file    *status.File
	lag     int64
	seconds float64
}

// worstFirst puts files that fail first, then those whose bytes wait longest.
func worstFirst(a, b row) int {
	failed := func(r row) int {
		if r.file.LastError != "" {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(failed(a), failed(b)), cmp.Compare(b.seconds, a.seconds),
		cmp.Compare(b.lag, a.lag), strings.Compare(a.file.Path, b.file.Path))
}

func matches(f *status.File, filter string) bool {
	for _, text := range []string{f.Path, f.Input, f.State, f.LastError} {
		if strings.Contains(strings.ToLower(text), filter) {
			return true
		}
	}
	return false
}

// troubled are the shards that wait after a failure, if there are not too many.
func troubled(all []status.Shard) []status.Shard {
	found := []status.Shard{}
	for _, s := range all {
		if len(found) < mostShards && (s.State == status.ShardWaiting || s.State == status.ShardUnresolved) {
			found = append(found, s)
		}
	}
	return found
}
