// Command bench measures the agent: what it ships for a second of CPU, how long
// a line is under way, what a thousand slow files cost, how it works off what an
// outage has left, and how far that is from the floor, which is the same work
// done by one loop with nothing around it (see testing/bench/floor).
//
// The files lie in the page cache. The agent, in its default configuration but
// for what a trial names, ships to a broker that keeps nothing
// (testing/bench/discard). Agent and floor are processes of their own; their CPU
// time, user and system, is what the kernel says of them. Where files are followed it
// is that of a period. Where they are shipped it is that of the agent's whole life,
// start and shutdown included, and of the floor's loop alone: what a start and an end
// cost is a trial of its own, and the smaller -size is, the more of it there is in
// the agent's figures. Agent and floor take turns, so that a noisy machine is noisy for
// both, and the medians are compared. Nothing here passes or fails by time.
//
// With -against another agent takes its turn, too, and the ratio of the two is
// printed.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"syscall"
	"time"
)

// options are the flags.
type options struct {
	shipper string
	against string
	cache   string
	size    int64
	seed    uint64
	runs    int
	full    bool
	only    *regexp.Regexp
	timeout time.Duration
	check   bool
	asJSON  string
	profile string
}

func main() {
	var o options
	flag.StringVar(&o.shipper, "shipper", "", "the agent's binary; built if empty")
	flag.StringVar(&o.against, "against", "", "another agent's binary, to compare with")
	flag.StringVar(&o.cache, "cache", ".cache/bench", "directory for files, programs and state")
	flag.Int64Var(&o.size, "size", 0, "bytes to ship in a trial (default 256 MiB, 1 GiB with -full)")
	flag.Uint64Var(&o.seed, "seed", 1, "equal seeds give equal lines")
	flag.IntVar(&o.runs, "runs", 3, "measurements of each trial that ships files, of which the median counts")
	flag.BoolVar(&o.full, "full", false, "all trials, and longer ones")
	only := flag.String("only", "", "regular expression of the trials to run")
	list := flag.Bool("list", false, "only list the trials")
	flag.DurationVar(&o.timeout, "timeout", 5*time.Minute, "how long the agent may take to ship the files")
	flag.BoolVar(&o.check, "check", false, "have the broker verify checksums and sequence numbers")
	flag.StringVar(&o.asJSON, "json", "", "where to write the results as JSON, too (default result.json in the cache)")
	flag.StringVar(&o.profile, "profile", "", "have the agent write its CPU profile to this file; the last trial's remains")
	flag.Parse()
	o.only = regexp.MustCompile(*only)
	if o.size == 0 {
		o.size = 256 << 20
		if o.full {
			o.size = 1 << 30
		}
	}
	if *list {
		for _, t := range trials(&o) {
			fmt.Println(t.name())
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, &o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o *options) error {
	chosen := trials(o)
	if o.runs < 1 || len(chosen) == 0 {
		return fmt.Errorf("-runs must be at least 1, and -only %q match a trial: -list shows them all", o.only)
	}
	e, err := prepare(ctx, o)
	if err != nil {
		return err
	}
	report := &report{Runs: o.runs, Size: o.size}
	for _, t := range chosen {
		row := &row{Kind: t.kind(), Name: t.name()}
		report.Rows = append(report.Rows, row)
		for i := range t.repeats(o) {
			fmt.Fprintf(os.Stderr, "bench: %s, run %d\n", t.name(), i+1)
			if err := row.measure(ctx, e, t); err != nil {
				return fmt.Errorf("%s: %w", t.name(), err)
			}
		}
		row.finish()
	}
	report.Ratio = e.ratio
	if o.asJSON == "" {
		o.asJSON = filepath.Join(e.cache, "result.json")
	}
	text, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return err
	}
	return errors.Join(report.print(os.Stdout), os.WriteFile(o.asJSON, append(text, '\n'), 0o644))
}
