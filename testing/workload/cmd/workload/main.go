// Workload appends stamped lines to a log file and rotates it, until it has
// written enough or is told to stop by SIGINT or SIGTERM. Its last line of
// output is
//
//	source=S lines=N bytes=N rotations=N deleted=N seed=N journal=PATH
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"shipper/testing/workload"
)

func main() {
	var cfg workload.Config
	flag.StringVar(&cfg.Dir, "dir", ".", "directory of the log file")
	flag.StringVar(&cfg.Source, "source", "app", "name stamped on every line; the log is DIR/SOURCE.log")
	flag.Int64Var(&cfg.Bytes, "bytes", 0, "stop after so many bytes (0: never)")
	flag.Int64Var(&cfg.Rate, "rate", 0, "bytes a second (0: as fast as possible)")
	flag.Int64Var(&cfg.RotateSize, "rotate-size", 0, "rotate at this size in bytes (0: not by size)")
	flag.DurationVar(&cfg.RotateEvery, "rotate-every", 0, "rotate at this age (0: not by time)")
	flag.StringVar((*string)(&cfg.Scheme), "scheme", string(workload.Numbered), "names of rotated files: numbered or dated")
	flag.IntVar(&cfg.Keep, "keep", 0, "rotated files that stay, older ones are deleted (0: all stay)")
	flag.IntVar(&cfg.AfterRename, "after-rename", 0, "lines still written to a file after it was renamed")
	flag.IntVar(&cfg.Block, "block", 0, "bytes gathered for one write (0: one write a line)")
	flag.Float64Var(&cfg.Split, "split", 0.02, "share of writes done in two pieces (negative: none)")
	flag.DurationVar(&cfg.SplitPause, "split-pause", 0, "time between the two pieces")
	flag.IntVar(&cfg.MinLine, "min-line", 64, "shortest line in bytes")
	flag.IntVar(&cfg.MeanLine, "mean-line", 185, "mean line in bytes")
	flag.IntVar(&cfg.MaxLine, "max-line", 4096, "longest line in bytes")
	flag.Uint64Var(&cfg.Seed, "seed", 1, "of everything random")
	flag.StringVar(&cfg.Journal, "journal", "", "where to record what was written (default DIR/SOURCE.journal.json, - for none)")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	j, err := workload.Write(ctx, cfg)
	path := cfg.Journal
	if path == "" {
		path = filepath.Join(cfg.Dir, cfg.Source+".journal.json")
	}
	if j.Source != "" { // it began
		fmt.Printf("source=%s lines=%d bytes=%d rotations=%d deleted=%d seed=%d journal=%s\n",
			j.Source, j.Lines, j.Bytes, j.Rotations, j.Deleted, j.Seed, path)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "workload:", err)
		os.Exit(1)
	}
}
