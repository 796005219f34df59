// Command bench measures the agent: how much it ships for a second of CPU, how
// much memory it takes, and how far that is from the floor, which is the same
// work done by one loop with nothing around it (see testing/bench/floor).
//
// A file of web-server-like lines lies in the page cache. The agent, in its
// default configuration but for the compression, ships it to a broker that
// keeps nothing (testing/bench/discard). Each program is a process of its own.
// The agent is ended by SIGTERM as soon as the broker has counted every line;
// its CPU time, user and system, is what the kernel says of the process after
// its end, so that start, checkpoints and shutdown count.
//
// Agent and floor take turns, so that a noisy machine is noisy for both, and
// the medians are compared. Nothing here passes or fails by time.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// options are the flags.
type options struct {
	shipper string
	cache   string
	size    int64
	seed    uint64
	runs    int
	codecs  []string
	timeout time.Duration
	check   bool
	asJSON  bool
}

func main() {
	var o options
	flag.StringVar(&o.shipper, "shipper", "", "the agent's binary; built if empty")
	flag.StringVar(&o.cache, "cache", ".cache/bench", "directory for the file, programs and state")
	flag.Int64Var(&o.size, "size", 1<<30, "bytes to ship")
	flag.Uint64Var(&o.seed, "seed", 1, "equal seeds give equal lines")
	flag.IntVar(&o.runs, "runs", 3, "measurements of each kind, of which the median counts")
	codecs := flag.String("codecs", "none,lz4,zstd", "compressions to measure")
	flag.DurationVar(&o.timeout, "timeout", 5*time.Minute, "how long the agent may take to ship the file")
	flag.BoolVar(&o.check, "check", false, "have the broker verify checksums and sequence numbers")
	flag.BoolVar(&o.asJSON, "json", false, "print the result as JSON")
	flag.Parse()
	o.codecs = strings.Split(*codecs, ",")

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, &o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o *options) error {
	if o.runs < 1 {
		return fmt.Errorf("-runs must be at least 1")
	}
	programs, err := build(ctx, o)
	if err != nil {
		return err
	}
	file, err := prepare(o)
	if err != nil {
		return fmt.Errorf("prepare the file: %w", err)
	}
	report := newReport(o, file)
	for i := range o.runs {
		for _, codec := range o.codecs {
			fmt.Fprintf(os.Stderr, "bench: run %d of %d, %s\n", i+1, o.runs, codec)
			floor, err := measureFloor(ctx, o, programs, file, codec)
			if err != nil {
				return fmt.Errorf("measure the floor, %s: %w", codec, err)
			}
			agent, err := measureAgent(ctx, o, programs, file, codec)
			if err != nil {
				return fmt.Errorf("measure the agent, %s: %w", codec, err)
			}
			report.add(codec, agent, floor)
		}
	}
	report.finish()
	if o.asJSON {
		out := json.NewEncoder(os.Stdout)
		out.SetIndent("", "  ")
		return out.Encode(report)
	}
	return report.print(os.Stdout)
}
