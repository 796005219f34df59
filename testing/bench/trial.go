package main

import (
	"context"
	"time"
)

// A trial is one thing to be measured. Trials of one kind share a table.
type trial interface {
	name() string
	kind() kind
	repeats(o *options) int
	agent(ctx context.Context, e *env, binary string) (*result, error)
	// floor returns nil if there is no loop to compare with.
	floor(ctx context.Context, e *env) (*result, error)
}

type kind string

const (
	started  kind = "started"
	shipped  kind = "shipped"
	followed kind = "followed"
	caughtUp kind = "caught up"
)

// result is one measurement, or the medians of several. Which of its figures
// there are depends on the kind of trial.
type result struct {
	Lines    int64   `json:"lines,omitempty"`
	Bytes    int64   `json:"bytes,omitempty"`
	CPU      float64 `json:"cpu_s,omitempty"`
	Wall     float64 `json:"wall_s,omitempty"` // until the broker had everything
	PeakRSS  int64   `json:"peak_rss_bytes,omitempty"`
	PeakAnon int64   `json:"peak_anonymous_bytes,omitempty"`
	Repeated int64   `json:"repeated_records,omitempty"`

	Sent   int64   `json:"sent,omitempty"` // bytes of record batches, by the floor
	Stages []stage `json:"stages,omitempty"`

	Core float64 `json:"core_percent,omitempty"` // of one core, while files are followed
	P50  float64 `json:"p50_ms,omitempty"`       // from the append of a line to its arrival at the broker
	P99  float64 `json:"p99_ms,omitempty"`

	Requests float64 `json:"requests_per_s,omitempty"`

	Lost     int64   `json:"lost_records"`
	OfSteady float64 `json:"of_steady_percent,omitempty"` // bytes for a CPU second after an outage, of those before it
}

// stage is one part of the floor's work.
type stage struct {
	Name string  `json:"name"`
	CPU  float64 `json:"cpu_s"`
}

// trials are those that the options ask for: a short list that ends in some
// three minutes, or everything.
func trials(o *options) []trial {
	const ms = time.Millisecond
	all := []trial{
		&starting{shipping{codec: "none", size: 64 << 10}},
		&shipping{codec: "none"},
		&shipping{codec: "lz4"},
		&shipping{codec: "zstd"},
		&shipping{codec: "none", tls: true},
		&shipping{codec: "none", length: 13},
		&shipping{codec: "none", length: 13, noID: true},
		&shipping{codec: "none", length: 16 << 10},
		&shipping{codec: "none", files: 100},
		&shipping{codec: "zstd", ack: 5 * ms},
		&archiving{files: 1},
		&archiving{files: 100},
		&beside{shipping{codec: "zstd"}},
		&followedBeside{following{files: 100, rate: 1000, linger: 5 * ms}},
		&following{files: 1, rate: 50, linger: 0},
		&following{files: 1, rate: 50, linger: 5 * ms},
		&following{files: 1000, rate: 1000, linger: 5 * ms},
		&following{files: 1000, rate: 1000, linger: 100 * ms},
		&outage{size: 256 << 20, away: 8 * time.Second},
	}
	if o.full {
		for _, codec := range []string{"none", "lz4", "snappy", "zstd"} {
			for _, tls := range []bool{false, true} {
				for _, length := range []int{0, 13, 16 << 10} {
					for _, files := range []int{1, 100} {
						for _, ack := range []time.Duration{0, 5 * ms} {
							all = append(all, &shipping{codec: codec, tls: tls, length: length, files: files, ack: ack})
						}
					}
				}
			}
		}
		all = append(all, &outage{size: 5 << 30, away: 10 * time.Minute})
	}
	var chosen []trial
	seen := map[string]bool{}
	for _, t := range all {
		if !seen[t.name()] && o.only.MatchString(t.name()) {
			seen[t.name()] = true
			chosen = append(chosen, t)
		}
	}
	return chosen
}
