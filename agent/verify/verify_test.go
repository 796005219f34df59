package verify

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"shipper/inputs"
	"shipper/inputs/logfile"
	"shipper/outputs"
)

// choose makes the file at path one that can be compared.
func choose(t testing.TB, path string, change func(*logfile.Config)) File {
	t.Helper()
	cfg := logfile.Config{Label: "in", Paths: []string{path}, MaxLine: 4 << 10}
	if change != nil {
		change(&cfg)
	}
	in, err := logfile.New(cfg, logfile.Env{AgentID: "agent", Host: "host", Routes: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close() })
	list, err := in.Choose([]logfile.Chosen{{Path: path}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	in.Begin()
	return File{Path: path, Choice: list[0], Input: in, Stream: path, Longest: cfg.MaxLine, Joins: cfg.JoinStart != nil}
}

// shipped lists the records that the agent would make of a file.
func shipped(t testing.TB, f File) []outputs.Kept {
	t.Helper()
	var all []outputs.Kept
	buf := inputs.NewBuffer(1 << 20)
	for {
		buf.Reset()
		seg, _, err := f.Choice.Cursor(0).Read(t.Context(), buf, 512<<10)
		if err != nil {
			t.Fatal(err)
		}
		if seg.Start == seg.End {
			break
		}
		for i := range seg.Len() {
			offset, value, piece := seg.At(i)
			all = append(all, outputs.Kept{Generation: seg.Gen.ID, Offset: offset, HasID: true, Piece: piece, Value: bytes.Clone(value)})
		}
		f.Choice.Cursor(0).Commit(&seg)
	}
	return all
}

func verify(t testing.TB, files []File, records []outputs.Kept) Report {
	t.Helper()
	v, err := New(files)
	if err != nil {
		t.Fatal(err)
	}
	for i := range records {
		if err := v.Add(&records[i]); err != nil {
			t.Fatal(err)
		}
	}
	r, err := v.Report()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// many is how many lines the test of planted defects has; in full it is five
// million.
func many() int {
	if os.Getenv("SHIPPER_TORTURE") != "" {
		return 5_000_000
	}
	return 200_000
}

// Row i of the plan: seven planted defects in many lines, each named with exactly
// its range.
func TestPlantedDefects(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.log")
	n := many()
	starts := writeLines(t, path, n)
	span := func(from, to int) Range { return Range{starts[from], starts[to], int64(to - from)} }
	f := choose(t, path, nil)
	at := func(tenths int) int { return n / 10 * tenths }
	missing, twice, swapped, disorder, extra, quarantined, aside := at(1), at(2), at(3), at(4), at(5), at(6), at(7)
	for i := quarantined; i < quarantined+5; i++ {
		f.Quarantined = append(f.Quarantined, starts[i])
	}
	f.Aside = Ranges{span(aside, aside+1000)}
	v, err := New([]File{f})
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	line := make([]byte, 4096)
	begun := time.Now()
	var largest uint64
	add := func(i int, offset int64, change func([]byte)) {
		length := int(starts[i+1]-starts[i]) - 1
		if _, err := file.ReadAt(line[:length], starts[i]); err != nil {
			t.Fatal(err)
		}
		if change != nil {
			change(line[:length])
		}
		if err := v.Add(&outputs.Kept{Generation: f.Choice.Identity().ID, Offset: offset, HasID: true, Value: line[:length]}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range n {
		switch {
		case i >= missing && i < missing+100, i >= quarantined && i < quarantined+5, i >= aside && i < aside+1000:
			continue
		case i == swapped:
			add(i, starts[i], func(b []byte) { b[8], b[9] = b[9], b[8] })
			continue
		case i == disorder: // one that comes ten lines late
			continue
		case i == extra:
			add(i, starts[i]+1, nil)
		}
		add(i, starts[i], nil)
		if i == disorder+10 {
			add(disorder, starts[disorder], nil)
		}
		if i == twice+499 {
			for j := twice; j < twice+500; j++ {
				add(j, starts[j], nil)
			}
		}
		if i%100_000 == 0 {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			largest = max(largest, m.Sys)
		}
	}
	r, err := v.Report()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d lines in %s, at most %d MiB", n, time.Since(begun), largest>>20)
	got := r.Files[0]
	extraEnd := starts[extra] + 1 + (starts[extra+1] - starts[extra] - 1) + 1
	for what, pair := range map[string][2]Ranges{
		"missing":      {got.Missing, {span(missing, missing+100)}},
		"twice":        {got.Twice, {span(twice, twice+500)}},
		"different":    {got.Different, {span(swapped, swapped+1)}},
		"out of order": {got.Disordered, {span(disorder, disorder+1)}},
		"extra":        {got.Extra, {{starts[extra] + 1, extraEnd, 1}}},
		"quarantined":  {got.Quarantined, {span(quarantined, quarantined+5)}},
		"aside":        {got.Aside, {span(aside, aside+1000)}},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("%s: %v, want %v", what, pair[0], pair[1])
		}
	}
	if want := int64(n - 100 - 500 - 5 - 1000); got.Once != want || got.OK() {
		t.Errorf("%d delivered once, want %d; OK %v", got.Once, want, got.OK())
	}
	if largest > 256<<20 {
		t.Errorf("%d MiB of memory", largest>>20)
	}
}

// writeLines writes n lines of different lengths and returns where each begins,
// and where the last one ends.
func writeLines(t testing.TB, path string, n int) []int64 {
	t.Helper()
	starts := make([]int64, 0, n+1)
	var text bytes.Buffer
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	at := int64(0)
	filler := strings.Repeat("payload ", 40)
	for i := range n {
		starts = append(starts, at)
		k, _ := fmt.Fprintf(&text, "%08d %s\n", i, filler[:80+i%160])
		at += int64(k)
		if text.Len() > 1<<20 || i == n-1 {
			if _, err := text.WriteTo(file); err != nil {
				t.Fatal(err)
			}
		}
	}
	return append(starts, at)
}

// Whatever an input does with its lines, what the agent ships is found complete,
// and one record less is found missing.
func TestWhatIsShippedIsComplete(t *testing.T) {
	long := strings.Repeat("x", 10<<10)
	for name, c := range map[string]struct {
		text   string
		change func(*logfile.Config)
	}{
		"plain":       {"one\ntwo\n\nthree\n", nil},
		"unfinished":  {"one\ntwo\nthr", nil},
		"filtered":    {"keep 1\ndrop 1\ndrop 2\nkeep 2\ndrop\n", func(c *logfile.Config) { c.Exclude = []*regexp.Regexp{regexp.MustCompile("^drop")} }},
		"joined":      {"A\n a\n aa\nB\nC\n c\n", func(c *logfile.Config) { c.JoinStart = regexp.MustCompile("^[A-Z]") }},
		"long":        {"one\n" + long + "\ntwo\n" + long + long + "\n", nil},
		"returns cut": {"one\r\ntwo\r\n", func(c *logfile.Config) { c.StripCR = true }},
	} {
		path := filepath.Join(t.TempDir(), "app.log")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		old := time.Now().Add(-time.Hour)
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
		records := shipped(t, choose(t, path, c.change))
		if len(records) < 2 {
			t.Fatalf("%s: only %d records", name, len(records))
		}
		if f := verify(t, []File{choose(t, path, c.change)}, records).Files[0]; !f.OK() || f.Once != int64(len(records)) || f.Unfinished != 0 {
			t.Errorf("%s: %+v of %d records", name, f, len(records))
		}
		for i := range records {
			less := append(append([]outputs.Kept(nil), records[:i]...), records[i+1:]...)
			f := verify(t, []File{choose(t, path, c.change)}, less).Files[0]
			if missing := f.Missing.records(); missing != 1 && f.Unfinished == 0 {
				t.Errorf("%s without record %d: %d missing, %+v", name, i, missing, f)
			}
		}
	}
}

// Records in any order, some twice: nothing is missing, and what is out of order
// and twice is counted as it is.
func TestAnyOrder(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	rnd := rand.New(rand.NewPCG(seed, 0))
	path := filepath.Join(t.TempDir(), "app.log")
	writeLines(t, path, 20_000)
	records := shipped(t, choose(t, path, nil))
	var shuffled []outputs.Kept
	var twice, late int64
	high, seen := int64(-1), map[int64]bool{}
	for _, block := range rnd.Perm(20) {
		for i := block * 1000; i < (block+1)*1000; i++ {
			shuffled = append(shuffled, records[i])
			if rnd.IntN(50) == 0 {
				shuffled = append(shuffled, records[rnd.IntN(i+1)])
			}
		}
	}
	again := map[int64]bool{}
	for _, k := range shuffled {
		switch {
		case !seen[k.Offset]:
			seen[k.Offset] = true
			if k.Offset < high {
				late++
			}
			high = max(high, k.Offset)
		case !again[k.Offset]:
			again[k.Offset] = true
			twice++
		}
	}
	f := verify(t, []File{choose(t, path, nil)}, shuffled).Files[0]
	if len(f.Missing)+len(f.Different)+len(f.Extra) > 0 || f.Twice.records() != twice || f.Disordered.records() != late || f.Once != 20_000-twice {
		t.Errorf("seed %d: %d twice, want %d; %d out of order, want %d; %d once; missing %v, different %v, extra %v", seed,
			f.Twice.records(), twice, f.Disordered.records(), late, f.Once, f.Missing, f.Different, f.Extra)
	}
}

func TestGapsByIDsAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.log")
	starts := writeLines(t, path, 100)
	records := shipped(t, choose(t, path, nil))
	g := &Gaps{}
	for i := range records {
		if i >= 30 && i < 40 {
			continue
		}
		for range 1 + i/99 { // the last one twice
			if err := g.Add(&records[i]); err != nil {
				t.Fatal(err)
			}
		}
	}
	list := g.Report()
	if len(list) != 1 || len(list[0].Gaps) != 1 || list[0].Gaps[0].Start != starts[30] || list[0].Gaps[0].End != starts[40] || list[0].Twice.records() != 1 {
		t.Errorf("%+v, want one gap from %d to %d", list, starts[30], starts[40])
	}
}
