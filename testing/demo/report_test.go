package main

import (
	"bytes"
	"strings"
	"testing"

	"shipper/testing/oracle"
)

// good is a demo in which everything went well and just enough happened.
func good() (*play, *result) {
	p := &play{kills: minKills, awayFor: outage, inOutage: 1, diverted: 5, returned: 5, verified: true}
	r := &result{
		Result: oracle.Result{
			Written: 9, Delivered: 9, Rotations: minRotations,
			Sources: []oracle.SourceResult{{Source: "app1", Written: 9, Delivered: 9, Rotations: minRotations, Partitions: 1}},
		},
		bytes: map[string]int64{"app1": minBytes},
	}
	return p, r
}

func TestVerdict(t *testing.T) {
	if p, r := good(); len(p.verdict(r)) != 0 {
		t.Errorf("all is well, but: %q", p.verdict(r))
	}
	for name, spoil := range map[string]func(*play, *result){
		"lost":         func(_ *play, r *result) { r.Lost = 1 },
		"reordered":    func(_ *play, r *result) { r.Reordered = 1 },
		"torn":         func(_ *play, r *result) { r.Torn = 1 },
		"foreign":      func(_ *play, r *result) { r.Foreign = 1 },
		"ids":          func(_ *play, r *result) { r.BadIDs = 1 },
		"duplicates":   func(_ *play, r *result) { r.DuplicateBytes = minKills*partitions*batchBytes + 1 },
		"spread":       func(_ *play, r *result) { r.Sources[0].Partitions = 2 },
		"few kills":    func(p *play, _ *result) { p.kills-- },
		"idle kills":   func(p *play, _ *result) { p.kills, p.killsIdle = 0, 9 },
		"few rotated":  func(_ *play, r *result) { r.Rotations-- },
		"few bytes":    func(_ *play, r *result) { r.bytes["app1"]-- },
		"no outage":    func(p *play, _ *result) { p.awayFor = 0 },
		"quiet outage": func(p *play, _ *result) { p.inOutage = 0 },
		"not diverted": func(p *play, _ *result) { p.diverted, p.returned = 0, 0 },
		"not returned": func(p *play, _ *result) { p.returned-- },
		"not verified": func(p *play, _ *result) { p.verified = false },
	} {
		p, r := good()
		spoil(p, r)
		if reasons := p.verdict(r); len(reasons) != 1 {
			t.Errorf("%s: %q, want one reason", name, reasons)
		}
	}
}

func TestLastLine(t *testing.T) {
	p, r := good()
	var out bytes.Buffer
	p.print(&out, r, p.verdict(r))
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	want := "written=9 delivered=9 lost=0 duplicated=0 reordered=0 kills=3 rotations=20 diverted=5 returned=5 verified=ok"
	if got := lines[len(lines)-1]; got != want {
		t.Errorf("last line %q, want %q", got, want)
	}
}
