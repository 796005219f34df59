package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"shipper/testing/oracle"
	"shipper/testing/workload"
)

// patience is how long nothing new may arrive before the rest is called lost.
const patience = 20 * time.Second

// batchBytes is what a kill may repeat of each partition.
const batchBytes = 512 << 10

// result is what came of it.
type result struct {
	oracle.Result
	bytes map[string]int64 // written, by source
}

func (r *result) total() (n int64) {
	for _, b := range r.bytes {
		n += b
	}
	return n
}

// readBack reads the topic until every line is there, or no more come, ends the
// agent, and reads what came after that.
func (p *play) readBack(ctx context.Context) (*result, error) {
	journals, err := workload.ReadJournals(p.journals)
	if err != nil {
		return nil, err
	}
	checker, err := oracle.NewChecker(journals)
	if err != nil {
		return nil, err
	}
	reader, err := oracle.NewReader(p.kafka.Brokers(), topic)
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	p.screen.event("the applications have ended; reading the topic back")
	missing, since := checker.Missing(), time.Now()
	for missing > 0 && time.Since(since) < patience {
		if err := p.agent.check(); err != nil {
			return nil, err
		}
		if err := read(ctx, reader, checker); err != nil {
			return nil, err
		}
		if now := checker.Missing(); now < missing {
			missing, since = now, time.Now()
		}
		if missing > 0 {
			p.screen.progress("%d lines still to come", missing)
			if err := sleep(ctx, 500*time.Millisecond); err != nil {
				return nil, err
			}
		}
	}
	if err := p.allReturned(ctx); err != nil {
		return nil, err
	}
	stopped := p.agent.stop()
	if err := errors.Join(stopped, read(ctx, reader, checker), p.verify(ctx)); err != nil {
		return nil, err
	}
	r := &result{Result: checker.Result(), bytes: map[string]int64{}}
	for _, j := range journals {
		r.bytes[j.Source] = j.Bytes
	}
	return r, nil
}

func read(ctx context.Context, r *oracle.Reader, c *oracle.Checker) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return r.ReadToEnd(ctx, c.Add)
}

// verdict lists why the demo has failed, in words; none if it has not.
func (p *play) verdict(r *result) (reasons []string) {
	failed := func(is bool, format string, args ...any) {
		if is {
			reasons = append(reasons, fmt.Sprintf(format, args...))
		}
	}
	failed(r.Lost > 0, "%d lines were lost", r.Lost)
	failed(r.Reordered > 0, "%d lines arrived behind a later one", r.Reordered)
	failed(r.Torn > 0, "%d lines arrived torn", r.Torn)
	failed(r.Foreign > 0, "%d records are nobody's line", r.Foreign)
	failed(r.BadIDs > 0, "%d records have an id that is not their line's own", r.BadIDs)
	allowed := uint64(p.kills+p.killsIdle) * partitions * batchBytes
	failed(r.DuplicateBytes > allowed, "%d bytes came twice, %d are what the kills explain", r.DuplicateBytes, allowed)
	for _, s := range r.Sources {
		failed(s.Partitions > 1, "%s is spread over %d partitions, so its order proves nothing", s.Source, s.Partitions)
	}
	failed(p.kills < minKills, "too little happened: %d kills with lines waiting, want %d", p.kills, minKills)
	failed(r.Rotations < minRotations, "too little happened: %d rotations, want %d", r.Rotations, minRotations)
	failed(r.total() < minBytes, "too little happened: %d bytes, want %d", r.total(), minBytes)
	failed(p.awayFor < outage || p.inOutage <= 0, "too little happened: nothing was written while the brokers were away")
	failed(p.diverted == 0, "too little happened: nothing went to the bucket while the brokers were away")
	failed(p.returned != p.diverted, "%d of %d lines have not returned from the bucket", p.diverted-p.returned, p.diverted)
	failed(!p.verified, "`shipper verify` finds that the topic does not hold what the files hold")
	return reasons
}

// print writes the table for people, and the last line for machines.
func (p *play) print(to io.Writer, r *result, reasons []string) {
	fmt.Fprintln(to)
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "writer\tMB\twritten\tdelivered\tlost\tduplicated\treordered\trotations\t")
	for _, s := range r.Sources {
		fmt.Fprintf(w, "%s\t%.1f\t%d\t%d\t%d\t%d\t%d\t%d\t\n", s.Source, float64(r.bytes[s.Source])/1e6,
			s.Written, s.Delivered, s.Lost, s.Duplicated, s.Reordered, s.Rotations)
	}
	fmt.Fprintf(w, "all\t%.1f\t%d\t%d\t%d\t%d\t%d\t%d\t\n", float64(r.total())/1e6,
		r.Written, r.Delivered, r.Lost, r.Duplicated, r.Reordered, r.Rotations)
	_ = w.Flush() // its errors are those of to, which is for people
	fmt.Fprintln(to)
	fmt.Fprintf(to, "The agent was killed %d times with lines waiting (%d more without),\n", p.kills, p.killsIdle)
	fmt.Fprintf(to, "and the brokers were away for %v while %d lines or more were written.\n", p.awayFor, p.inOutage)
	fmt.Fprintf(to, "Meanwhile %d lines went to a bucket, and %d came back by themselves.\n", p.diverted, p.returned)
	if p.verified {
		fmt.Fprintf(to, "`shipper verify` has compared the topic with %d files and found each of their %d lines.\n", p.provenFiles, p.proven)
	}
	if r.Late > 0 {
		fmt.Fprintf(to, "%d lines were shipped after their log's successor had begun, and say so.\n", r.Late)
	}
	for _, reason := range reasons {
		fmt.Fprintln(to, "FAILED:", reason)
	}
	if len(reasons) > 0 {
		for _, e := range r.Examples {
			fmt.Fprintln(to, "  ", e)
		}
	}
	verified := "no"
	if p.verified {
		verified = "ok"
	}
	fmt.Fprintf(to, "written=%d delivered=%d lost=%d duplicated=%d reordered=%d kills=%d rotations=%d diverted=%d returned=%d verified=%s\n",
		r.Written, r.Delivered, r.Lost, r.Duplicated, r.Reordered, p.kills, r.Rotations, p.diverted, p.returned, verified)
}
