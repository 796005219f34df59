package main

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"
)

func TestFilesAreMadeOnce(t *testing.T) {
	e := &env{cache: t.TempDir(), options: &options{size: 300_000, seed: 9}}
	first, err := e.files(0, 2, 0)
	if err != nil {
		t.Fatal(err)
	}
	if first.Bytes < e.options.size || first.Lines < 1000 || e.ratio.LZ4 < 2 {
		t.Errorf("files are %+v, ratio %+v", first, e.ratio)
	}
	before, err := os.Stat(first.Paths[1])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.files(0, 2, 0); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(first.Paths[1]); err != nil || !os.SameFile(before, after) {
		t.Errorf("the file was made again (%v)", err)
	}
	if err := os.WriteFile(first.Paths[1], []byte("of an older generator\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := e.files(0, 2, 0)
	if err != nil || again.Lines != first.Lines || again.Bytes != first.Bytes {
		t.Errorf("files are %+v, want %+v (%v)", again, first, err)
	}
}

func TestTrials(t *testing.T) {
	names := map[string]bool{}
	for _, full := range []bool{false, true} {
		for _, trial := range trials(&options{full: full, only: regexp.MustCompile("")}) {
			names[trial.name()] = true
		}
	}
	for _, want := range []string{"185 B, none", "start, 64 KiB shipped, end", "13 B, none, no id", "16384 B, snappy, TLS, 100 files, ack after 5ms", "1000 lines/s, 1000 files, linger 100ms"} {
		if !names[want] {
			t.Errorf("no trial %q", want)
		}
	}
	if one := trials(&options{only: regexp.MustCompile("^185 B, none$")}); len(one) != 1 {
		t.Errorf("%d trials by that name", len(one))
	}
}

func TestReport(t *testing.T) {
	r := &row{Kind: shipped, Name: "x"}
	for i, cpu := range []float64{3, 1, 2} {
		r.agents = append(r.agents, &result{Lines: 1000, Bytes: 185_000_000, CPU: cpu, PeakRSS: int64(i+1) << 20, Repeated: int64(i)})
		r.others = append(r.others, &result{CPU: 2 * cpu})
		r.floors = append(r.floors, &result{Lines: 1000, CPU: cpu / 2, Sent: 37_000_000, Stages: []stage{{"read", cpu / 4}, {"send", cpu / 4}}})
	}
	r.finish()
	if r.Agent.CPU != 2 || r.Floor.CPU != 1 || r.OfFloor != 50 || r.Ratio != 2 ||
		r.Agent.PeakRSS != 3<<20 || r.Agent.Repeated != 2 || r.Floor.Stages[1].CPU != 0.5 {
		t.Errorf("row is %+v, agent %+v", r, r.Agent)
	}
	live := &row{Kind: followed, Name: "y", agents: []*result{{Core: 4, P50: 5.5}}, floors: []*result{{Core: 1}}}
	live.finish()
	late := &row{Kind: caughtUp, Name: "z", agents: []*result{{CPU: 1, OfSteady: 93}}}
	late.finish()
	short := &row{Kind: started, Name: "w", agents: []*result{{CPU: 0.0257}}}
	short.finish()
	var out bytes.Buffer
	if err := (&report{Rows: []*row{short, r, live, late}}).print(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"50 %", "2.000", "5.50", "25 %", "93 %", "25.7"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}
