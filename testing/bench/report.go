package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"shipper/testing/bench/corpus"
)

// report is the result of all runs.
type report struct {
	Lines int64        `json:"lines"`
	Bytes int64        `json:"bytes"`
	Runs  int          `json:"runs"`
	Ratio corpus.Ratio `json:"corpus_ratio"`
	Rows  []*row       `json:"results"`
}

// row is the result for one codec. Figures are medians of the runs, but the
// peak and the repeats, which are the largest seen.
type row struct {
	Codec     string      `json:"codec"`
	AgentCPU  float64     `json:"agent_cpu_s"`
	PerCPU    float64     `json:"agent_mb_per_cpu_s"`
	Wall      float64     `json:"agent_wall_s"`
	PeakRSS   int64       `json:"agent_peak_rss_bytes"`
	Repeated  int64       `json:"agent_repeated_records"`
	FloorCPU  float64     `json:"floor_cpu_s"`
	FloorMB   float64     `json:"floor_mb_per_cpu_s"`
	OfFloor   float64     `json:"floor_to_agent_percent"` // 100 would be an agent that costs nothing
	SentRatio float64     `json:"sent_ratio"`             // bytes of the file for one sent by the floor
	Stages    []stageTime `json:"floor_stages"`

	agents []*agentResult
	floors []*floorResult
}

func newReport(o *options, file *logFile) *report {
	r := &report{Lines: file.lines, Bytes: file.bytes, Runs: o.runs, Ratio: file.ratio}
	for _, codec := range o.codecs {
		r.Rows = append(r.Rows, &row{Codec: codec})
	}
	return r
}

func (r *report) add(codec string, agent *agentResult, floor *floorResult) {
	for _, row := range r.Rows {
		if row.Codec == codec {
			row.agents, row.floors = append(row.agents, agent), append(row.floors, floor)
		}
	}
}

// finish computes the figures from the runs.
func (r *report) finish() {
	megabytes := float64(r.Bytes) / 1e6
	for _, row := range r.Rows {
		row.AgentCPU = median(row.agents, func(a *agentResult) float64 { return a.cpu })
		row.Wall = median(row.agents, func(a *agentResult) float64 { return a.wall })
		for _, a := range row.agents {
			row.PeakRSS, row.Repeated = max(row.PeakRSS, a.peakRSS), max(row.Repeated, a.repeated)
		}
		row.FloorCPU = median(row.floors, func(f *floorResult) float64 { return f.CPU })
		row.PerCPU, row.FloorMB = megabytes/row.AgentCPU, megabytes/row.FloorCPU
		row.OfFloor = 100 * row.FloorCPU / row.AgentCPU
		row.SentRatio = float64(r.Bytes) / float64(row.floors[0].Sent)
		for i, s := range row.floors[0].Stages {
			cpu := median(row.floors, func(f *floorResult) float64 { return f.Stages[i].CPU })
			row.Stages = append(row.Stages, stageTime{s.Name, cpu})
		}
	}
}

func median[T any](all []T, of func(T) float64) float64 {
	values := make([]float64, len(all))
	for i, a := range all {
		values[i] = of(a)
	}
	slices.Sort(values)
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
}

// print writes the report for people.
func (r *report) print(w io.Writer) error {
	fmt.Fprintf(w, "\n%d lines of %.1f bytes, %.1f MB; blocks of 512 KiB compress %.2f : 1 by lz4, %.2f : 1 by zstd\n",
		r.Lines, float64(r.Bytes)/float64(r.Lines), float64(r.Bytes)/1e6, r.Ratio.LZ4, r.Ratio.Zstd)
	fmt.Fprintf(w, "medians of %d runs; CPU is user and system; the floor is the same work without an agent\n\n", r.Runs)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "compression\tlines\tMB\tagent CPU s\tMB/CPU s\tpeak RSS MiB\tfloor CPU s\tMB/CPU s\tfloor/agent\trepeated\t")
	for _, row := range r.Rows {
		fmt.Fprintf(table, "%s\t%d\t%.0f\t%.2f\t%.0f\t%.1f\t%.2f\t%.0f\t%.0f %%\t%d\t\n", row.Codec, r.Lines, float64(r.Bytes)/1e6,
			row.AgentCPU, row.PerCPU, float64(row.PeakRSS)/(1<<20), row.FloorCPU, row.FloorMB, row.OfFloor, row.Repeated)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprint(table, "\nfloor, ns a line")
	for _, s := range r.Rows[0].Stages {
		fmt.Fprintf(table, "\t%s", s.Name)
	}
	fmt.Fprintln(table, "\tsent\t")
	for _, row := range r.Rows {
		fmt.Fprint(table, row.Codec)
		for _, s := range row.Stages {
			fmt.Fprintf(table, "\t%.1f", s.CPU*1e9/float64(r.Lines))
		}
		fmt.Fprintf(table, "\t%.2f : 1\t\n", row.SentRatio)
	}
	return table.Flush()
}
