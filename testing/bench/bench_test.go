package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

func TestPrepareMakesTheFileOnce(t *testing.T) {
	o := &options{cache: t.TempDir(), size: 300_000, seed: 9}
	first, err := prepare(o)
	if err != nil {
		t.Fatal(err)
	}
	if first.bytes < o.size || first.lines < 1000 || first.ratio.LZ4 < 2 {
		t.Errorf("file is %+v", first)
	}
	before, err := os.Stat(first.path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := prepare(o); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(first.path); err != nil || !os.SameFile(before, after) {
		t.Errorf("the file was made again (%v)", err)
	}
	if err := os.WriteFile(first.path, []byte("of an older generator\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := prepare(o)
	if err != nil || again.lines != first.lines || again.bytes != first.bytes {
		t.Errorf("file is %+v, want %+v (%v)", again, first, err)
	}
}

func TestReport(t *testing.T) {
	o := &options{runs: 3, codecs: []string{"none"}}
	r := newReport(o, &logFile{lines: 1000, bytes: 185_000_000})
	for i, cpu := range []float64{3, 1, 2} {
		r.add("none",
			&agentResult{cpu: cpu, peakRSS: int64(i+1) << 20, repeated: int64(i)},
			&floorResult{CPU: cpu / 2, Sent: 37_000_000, Stages: []stageTime{{"read", cpu / 4}, {"send", cpu / 4}}})
	}
	r.finish()
	row := r.Rows[0]
	if row.AgentCPU != 2 || row.FloorCPU != 1 || row.OfFloor != 50 || row.PerCPU != 92.5 ||
		row.PeakRSS != 3<<20 || row.Repeated != 2 || row.SentRatio != 5 || row.Stages[1].CPU != 0.5 {
		t.Errorf("row is %+v", row)
	}
	var out bytes.Buffer
	if err := r.print(&out); err != nil || !strings.Contains(out.String(), "50 %") {
		t.Errorf("report is (%v)\n%s", err, out.String())
	}
}

func TestPeakRSS(t *testing.T) {
	if peak, err := peakRSS(os.Getpid()); err != nil || peak < 1<<20 {
		t.Errorf("own peak is %d (%v)", peak, err)
	}
}
