package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"shipper/testing/bench/corpus"
)

// report is the result of all trials.
type report struct {
	Runs  int          `json:"runs"`
	Size  int64        `json:"bytes_shipped"`
	Ratio corpus.Ratio `json:"corpus_ratio"`
	Rows  []*row       `json:"results"`
}

// row is the result of a trial. Figures are medians of the runs, but the peaks
// and the repeats, which are the largest seen.
type row struct {
	Kind    kind    `json:"kind"`
	Name    string  `json:"name"`
	Agent   *result `json:"agent"`
	Floor   *result `json:"floor,omitempty"`
	Against *result `json:"against,omitempty"`
	// OfFloor is the floor's cost in percent of the agent's: 100 would be an
	// agent that costs nothing.
	OfFloor float64 `json:"floor_to_agent_percent,omitempty"`
	// Ratio is the other agent's cost to this one's: above 1 this one is the
	// better.
	Ratio float64 `json:"against_to_agent,omitempty"`

	agents, floors, others []*result
}

// measure makes one run: floor, agent, and the agent to compare with.
func (r *row) measure(ctx context.Context, e *env, t trial) error {
	floor, err := t.floor(ctx, e)
	if err != nil {
		return fmt.Errorf("measure the floor: %w", err)
	}
	agent, err := t.agent(ctx, e, e.shipper)
	if err != nil {
		return fmt.Errorf("measure the agent: %w", err)
	}
	r.agents = append(r.agents, agent)
	if floor != nil {
		r.floors = append(r.floors, floor)
	}
	if e.against != "" {
		other, err := t.agent(ctx, e, e.against)
		if err != nil {
			return fmt.Errorf("measure the other agent: %w", err)
		}
		r.others = append(r.others, other)
	}
	return nil
}

// finish computes the figures from the runs.
func (r *row) finish() {
	r.Agent, r.Floor, r.Against = summary(r.agents), summary(r.floors), summary(r.others)
	if r.Floor != nil {
		r.OfFloor = 100 * r.cost(r.Floor) / r.cost(r.Agent)
	}
	if r.Against != nil {
		r.Ratio = r.cost(r.Against) / r.cost(r.Agent)
	}
}

// cost is what is compared: CPU.
func (r *row) cost(of *result) float64 {
	if r.Kind == followed {
		return of.Core
	}
	return of.CPU
}

// summary is nil for no results.
func summary(all []*result) *result {
	if len(all) == 0 {
		return nil
	}
	s := *all[0] // what is the same in all
	for _, f := range []func(*result) *float64{
		func(r *result) *float64 { return &r.CPU }, func(r *result) *float64 { return &r.Wall },
		func(r *result) *float64 { return &r.Core }, func(r *result) *float64 { return &r.P50 },
		func(r *result) *float64 { return &r.P99 }, func(r *result) *float64 { return &r.OfSteady },
	} {
		*f(&s) = median(all, f)
	}
	s.Stages = slices.Clone(s.Stages)
	for i := range s.Stages {
		s.Stages[i].CPU = median(all, func(r *result) *float64 { return &r.Stages[i].CPU })
	}
	for _, r := range all {
		s.PeakRSS, s.PeakAnon = max(s.PeakRSS, r.PeakRSS), max(s.PeakAnon, r.PeakAnon)
		s.Repeated, s.Lost = max(s.Repeated, r.Repeated), max(s.Lost, r.Lost)
	}
	return &s
}

func median(all []*result, of func(*result) *float64) float64 {
	values := make([]float64, len(all))
	for i, r := range all {
		values[i] = *of(r)
	}
	slices.SortFunc(values, cmp.Compare)
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
}

func mib(n int64) float64 { return float64(n) / (1 << 20) }

// print writes the report for people.
func (r *report) print(w io.Writer) error {
	if r.Ratio.LZ4 > 0 {
		fmt.Fprintf(w, "\n%.0f MB a trial; blocks of 512 KiB of the 185 B lines compress %.2f : 1 by lz4, %.2f : 1 by zstd\n",
			float64(r.Size)/1e6, r.Ratio.LZ4, r.Ratio.Zstd)
		fmt.Fprintf(w, "medians of %d runs; CPU is user and system; the floor is the same work without an agent,\nand without a start and an end: where files are shipped those are in the agent's figures only\n", r.Runs)
	}
	for _, k := range []struct {
		kind  kind
		title string
		cells func(*row) string
	}{
		{started, "started\tCPU ms\tuntil shipped, ms\tpeak RSS MiB\tanonymous", startedCells},
		{shipped, "shipped\tMB/CPU s\tM lines/CPU s\tMB/s\tpeak RSS MiB\tanonymous\trepeated\tfloor MB/CPU s\tfloor/agent", shippedCells},
		{followed, "followed\t% of a core\tp50 ms\tp99 ms\trequests/s\tpeak RSS MiB\tfloor % of a core\tp50 ms\trequests/s\tfloor/agent", followedCells},
		{caughtUp, "caught up\tMB/CPU s\tof steady\tMB/s\tlost\tpeak RSS MiB\tother lines p50 ms\tp99 ms", caughtUpCells},
	} {
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
		first := true
		for _, row := range r.Rows {
			if row.Kind != k.kind {
				continue
			}
			if first {
				fmt.Fprint(table, "\n", k.title)
				if row.Against != nil {
					fmt.Fprint(table, "\tother/this")
				}
				fmt.Fprintln(table, "\t")
				first = false
			}
			fmt.Fprint(table, row.Name, "\t", k.cells(row))
			if row.Against != nil {
				fmt.Fprintf(table, "\t%.3f", row.Ratio)
			}
			fmt.Fprintln(table, "\t")
		}
		if err := table.Flush(); err != nil {
			return err
		}
	}
	return r.printStages(w)
}

func startedCells(r *row) string {
	a := r.Agent
	return fmt.Sprintf("%.1f\t%.0f\t%.1f\t%.1f", 1000*a.CPU, 1000*a.Wall, mib(a.PeakRSS), mib(a.PeakAnon))
}

func shippedCells(r *row) string {
	a, f := r.Agent, r.Floor
	megabytes := float64(a.Bytes) / 1e6
	return fmt.Sprintf("%.0f\t%.1f\t%.0f\t%.1f\t%.1f\t%d\t%.0f\t%.0f %%", megabytes/a.CPU, float64(a.Lines)/a.CPU/1e6, megabytes/a.Wall,
		mib(a.PeakRSS), mib(a.PeakAnon), a.Repeated, megabytes/f.CPU, r.OfFloor)
}

func followedCells(r *row) string {
	a, f := r.Agent, r.Floor
	return fmt.Sprintf("%.2f\t%.2f\t%.2f\t%.0f\t%.1f\t%.2f\t%.2f\t%.0f\t%.0f %%", a.Core, a.P50, a.P99, a.Requests, mib(a.PeakRSS), f.Core, f.P50, f.Requests, r.OfFloor)
}

func caughtUpCells(r *row) string {
	a := r.Agent
	megabytes := float64(a.Bytes) / 1e6
	return fmt.Sprintf("%.0f\t%.0f %%\t%.0f\t%d\t%.1f\t%.1f\t%.1f", megabytes/a.CPU, a.OfSteady, megabytes/a.Wall, a.Lost, mib(a.PeakRSS), a.P50, a.P99)
}

// printStages tells where the floor's time goes.
func (r *report) printStages(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	first := true
	for _, row := range r.Rows {
		if row.Floor == nil || len(row.Floor.Stages) == 0 {
			continue
		}
		if first {
			fmt.Fprint(table, "\nfloor, ns a line")
			for _, s := range row.Floor.Stages {
				fmt.Fprintf(table, "\t%s", s.Name)
			}
			fmt.Fprintln(table, "\tsent\t")
			first = false
		}
		fmt.Fprint(table, row.Name)
		for _, s := range row.Floor.Stages {
			fmt.Fprintf(table, "\t%.1f", s.CPU*1e9/float64(row.Floor.Lines))
		}
		fmt.Fprintf(table, "\t%.2f : 1\t\n", float64(row.Floor.Bytes)/float64(row.Floor.Sent))
	}
	return table.Flush()
}
