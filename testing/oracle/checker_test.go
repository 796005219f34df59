package oracle

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"shipper/testing/workload"
)

// line is a record as it should be: line n of source a in partition p.
func line(p int32, sequence uint64) Record {
	value := workload.AppendLine(nil, workload.Line{Source: []byte("a"), Generation: sequence / 10, Sequence: sequence}, []byte("payload"))
	return Record{Partition: p, Value: value, ID: fmt.Appendf(nil, "id of line %04d", sequence)}
}

func with(r Record, change func(*Record)) Record {
	r.Value = bytes.Clone(r.Value)
	change(&r)
	return r
}

func TestChecker(t *testing.T) {
	const n = 200
	all := func(edit func([]Record) []Record) []Record {
		var rs []Record
		for s := range uint64(n) {
			rs = append(rs, line(0, s))
		}
		return edit(rs)
	}
	ok := Result{Written: n, Delivered: n, Records: n}
	for name, c := range map[string]struct {
		records []Record
		want    func(*Result)
		example string
	}{
		"all": {all(func(r []Record) []Record { return r }), func(*Result) {}, ""},
		"lost": {all(func(r []Record) []Record { return append(r[:20:20], r[25:]...) }),
			func(r *Result) { r.Lost, r.Delivered, r.Records = 5, n-5, n-5 },
			"lost: a sequences 20 to 24, written as generation 2 to 2"},
		"lost at both ends": {all(func(r []Record) []Record { return r[1 : n-1] }),
			func(r *Result) { r.Lost, r.Delivered, r.Records = 2, n-2, n-2 },
			"lost: a sequences 199 to 199, written as generation 19 to 19"},
		"repeated batch": {all(func(r []Record) []Record { return append(r[:50:50], r[40:]...) }),
			func(r *Result) {
				r.Duplicated, r.Records, r.DuplicateBytes = 10, n+10, 10*uint64(len(line(0, 40).Value)+1)
			},
			"duplicated: partition 0 offset 0: a sequence 40"},
		"swapped": {all(func(r []Record) []Record { r[7], r[8] = r[8], r[7]; return r }),
			func(r *Result) { r.Reordered = 1 }, "reordered: partition 0 offset 0: a sequence 7 after 8"},
		"late": {all(func(r []Record) []Record {
			late := with(r[7], func(r *Record) { r.Late = true })
			return append(append(r[:7:7], r[8:50]...), append([]Record{late}, r[50:]...)...)
		}), func(r *Result) { r.Late = 1 }, ""},
		"other partition": {all(func(r []Record) []Record {
			for i := range r[100:] {
				r[100+i].Partition = 1
			}
			return append(r[100:len(r):len(r)], r[:100]...)
		}), func(*Result) {}, ""},
		"torn": {all(func(r []Record) []Record {
			r[9] = with(r[9], func(r *Record) { r.Value = r.Value[:len(r.Value)-1] })
			return r
		}), func(r *Result) { r.Torn, r.Lost, r.Delivered = 1, 1, n-1 }, "torn: partition 0 offset 0: \"W1 a 0 9 payload"},
		"foreign": {all(func(r []Record) []Record { return append(r, Record{Value: []byte("hello\x00")}, line(0, n)) }),
			func(r *Result) { r.Foreign, r.Records = 2, n+2 }, `foreign: partition 0 offset 0: "hello\x00"`},
		"repeat with another id": {all(func(r []Record) []Record {
			return append(r, with(r[3], func(r *Record) { r.ID = []byte("other") }), with(r[4], func(r *Record) { r.ID = nil }))
		}), func(r *Result) {
			r.BadIDs, r.Duplicated, r.Records, r.DuplicateBytes = 2, 2, n+2, 2*uint64(len(line(0, 3).Value)+1)
		}, "bad id: partition 0 offset 0: a sequence 3 repeated"},
		"shared id": {all(func(r []Record) []Record { r[5].ID = r[150].ID; return r }),
			func(r *Result) { r.BadIDs = 1 }, "bad id: shared by a sequence 5, a sequence 150"},
		"no ids": {all(func(r []Record) []Record {
			for i := range r {
				r[i].ID = nil
			}
			return r
		}), func(*Result) {}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			j := workload.Journal{Source: "a", Lines: n, Done: true}
			for g := range uint64(n / 10) {
				j.Generations = append(j.Generations, workload.Generation{Number: g, First: g * 10, Lines: 10})
			}
			checker, err := NewChecker([]workload.Journal{j})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range c.records {
				checker.Add(r)
			}
			want := ok
			c.want(&want)
			got := checker.Result()
			if got.String() != want.String() || got.Records != want.Records {
				t.Errorf("got  %s\nwant %s", got.String(), want.String())
			}
			if got.Lost != checker.Missing() {
				t.Errorf("missing %d, lost %d", checker.Missing(), got.Lost)
			}
			bad := want.Lost + want.Reordered + want.Torn + want.Foreign + want.BadIDs
			if got.OK() != (bad == 0) {
				t.Errorf("OK %v", got.OK())
			}
			if c.example != "" && !strings.Contains(strings.Join(got.Examples, "\n"), c.example) {
				t.Errorf("examples %q\nwant %s", got.Examples, c.example)
			}
		})
	}
}

func TestKilledWriterMayHaveWrittenMore(t *testing.T) {
	c, err := NewChecker([]workload.Journal{{Source: "a", Lines: 3}})
	if err != nil {
		t.Fatal(err)
	}
	for s := range uint64(200) {
		c.Add(line(0, s))
	}
	r := c.Result()
	if !r.OK() || r.Delivered != 3 || r.Unjournaled != 197 {
		t.Errorf("%s", r.String())
	}
}

func TestTwoJournalsOfOneSource(t *testing.T) {
	if _, err := NewChecker([]workload.Journal{{Source: "a"}, {Source: "a"}}); err == nil {
		t.Error("taken")
	}
}

func BenchmarkAdd(b *testing.B) {
	c, err := NewChecker([]workload.Journal{{Source: "a", Lines: uint64(b.N), Done: true}})
	if err != nil {
		b.Fatal(err)
	}
	r := line(0, 0)
	payload := bytes.Repeat([]byte("x"), 160)
	b.ReportAllocs()
	for i := range b.N {
		r.Value = workload.AppendLine(r.Value[:0], workload.Line{Source: []byte("a"), Sequence: uint64(i)}, payload)
		c.Add(r)
	}
}

// TestUpdate adds records before their journal tells of them.
func TestUpdate(t *testing.T) {
	c, err := NewChecker([]workload.Journal{{Source: "a"}})
	if err != nil {
		t.Fatal(err)
	}
	for s := range uint64(150) {
		if s != 70 {
			c.Add(line(0, s))
		}
	}
	for lines, missing := range map[uint64]uint64{0: 0, 64: 0, 70: 0, 71: 1} {
		if err := c.Update(workload.Journal{Source: "a", Lines: lines}); err == nil && c.Missing() != missing {
			t.Errorf("%d lines: %d missing, want %d", lines, c.Missing(), missing)
		}
	}
	if err := c.Update(workload.Journal{Source: "a", Lines: 200, Done: true}); err != nil {
		t.Fatal(err)
	}
	if r := c.Result(); r.Lost != 51 || r.Delivered != 149 || r.Unjournaled != 0 {
		t.Errorf("result %s, want 51 lost, 149 delivered", r.String())
	}
	if c.Has("a", 70) || !c.Has("a", 71) || c.Has("a", 199) || c.Has("b", 0) {
		t.Error("Has is wrong")
	}
	if err := c.Update(workload.Journal{Source: "a", Lines: 1}); err == nil {
		t.Error("an earlier journal is taken")
	}
}
