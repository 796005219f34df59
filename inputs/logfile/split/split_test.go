package split

import (
	"fmt"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"shipper/inputs"
)

// got is a record as its consumer sees it.
type got struct {
	Offset int64
	Value  string
	Piece  inputs.Piece
	Source inputs.Source
	Cut    bool
	Time   int64
}

// reader cuts a file in windows as inputs/logfile does.
type reader struct {
	config  *Config
	offset  int
	records []got
	counts  Counts
}

// next cuts one window of at most limit bytes of text and tells whether it got
// on. The cut is repeated from its bytes alone and must be the same.
func (r *reader) next(t interface{ Fatalf(string, ...any) }, text string, limit, most int, ending Ending) bool {
	start := min(r.offset, 64)
	cut := func(window int, ending Ending, exact bool) (Splitter, Cut) {
		end := min(len(text), r.offset+window)
		all := []byte(text[r.offset-start : end])
		s := Splitter{Config: r.config, MaxLine: r.config.MaxLine, Most: most, Exact: exact, One: !exact && window > limit}
		s.Long = r.long(text)
		if exact || end == len(text) {
			s.Ending = ending
		}
		buf := inputs.NewBuffer(len(all))
		return s, s.Cut(buf, all, start)
	}
	s, c := cut(limit, ending, false)
	if c.Done == 0 && r.offset+limit < len(text) && limit < r.config.MaxLine+1 {
		s, c = cut(r.config.MaxLine+1, ending, false)
	}
	if c.Done == 0 {
		if len(text)-r.offset > r.config.MaxLine {
			t.Fatalf("stuck at %d of %d", r.offset, len(text))
		}
		return false
	}
	records := collect(text, r.offset, c)
	if !s.TooLong {
		_, again := cut(c.Done, s.Ended, true)
		if repeated := collect(text, r.offset, again); again.Done != c.Done || !slices.Equal(records, repeated) {
			t.Fatalf("at %d of %q: %+v, repeated %+v (done %d, %d, ended %d)", r.offset, text, records, repeated, c.Done, again.Done, s.Ended)
		}
	} else if len(c.Records) != 1 {
		t.Fatalf("%d records for quarantine", len(c.Records))
	}
	r.records = append(r.records, records...)
	r.offset += c.Done
	r.counts.LongLines += s.LongLines
	r.counts.SkippedBytes += s.SkippedBytes
	r.counts.Malformed += s.Malformed
	return true
}

// long looks back whether the offset is within a line longer than MaxLine.
func (r *reader) long(text string) bool {
	before := text[max(0, r.offset-r.config.MaxLine):r.offset]
	return len(before) == r.config.MaxLine && !strings.Contains(before, "\n")
}

func collect(text string, offset int, c Cut) []got {
	seg := inputs.Segment{Start: int64(offset), Data: []byte(text[offset : offset+c.Done]), Ends: c.Ends, Records: c.Records, Joined: c.Joined}
	list := make([]got, 0, seg.Len())
	for i := range seg.Len() {
		o, v, p := seg.At(i)
		g := got{Offset: o, Value: string(v), Piece: p}
		if seg.Records != nil {
			x := seg.Records[i]
			g.Source, g.Cut, g.Time = x.Source, x.Cut, x.Time
		}
		list = append(list, g)
	}
	return list
}

func whole(t interface{ Fatalf(string, ...any) }, c *Config, text string, ending Ending) *reader {
	r := &reader{config: c}
	for r.next(t, text, len(text)+1, 1<<30, ending) {
	}
	return r
}

func (g got) String() string {
	s := g.Value
	if g.Piece != inputs.WholeLine {
		s += fmt.Sprintf(" /%d", g.Piece)
	}
	if g.Source != 0 {
		s += " @" + g.Source.HeaderValue()
	}
	if g.Cut {
		s += " cut"
	}
	return s
}

const ts = "2026-01-02T15:04:05.123456789Z "

func configs() map[string]*Config {
	start := regexp.MustCompile(`^[A-Z]`)
	return map[string]*Config{
		"plain":      {MaxLine: 80},
		"quarantine": {MaxLine: 80, OnLongLine: Quarantine},
		"skip":       {MaxLine: 80, OnLongLine: Skip},
		"crlf":       {MaxLine: 80, StripCR: true},
		"start":      {MaxLine: 80, Start: start, MaxLines: 4},
		"continue":   {MaxLine: 80, Continue: regexp.MustCompile(`^\s`), StripCR: true},
		"start skip": {MaxLine: 80, Start: start, OnLongLine: Skip, Exclude: []*regexp.Regexp{regexp.MustCompile("b b")}},
		"cri":        {MaxLine: 240, CRI: true, CRITime: true, StripCR: true},
		"cri quar":   {MaxLine: 100, CRI: true, OnLongLine: Quarantine},
	}
}

// each goes through the configurations, always in the same order.
func each() iter.Seq2[string, *Config] {
	return func(yield func(string, *Config) bool) {
		c := configs()
		for _, name := range slices.Sorted(maps.Keys(c)) {
			if !yield(name, c[name]) {
				return
			}
		}
	}
}

func TestTable(t *testing.T) {
	c := configs()
	long := strings.Repeat("x", 80)
	for _, x := range []struct {
		name, text string
		ending     Ending
		want       []string
		left       int
	}{
		{"plain", "a\r\n\nb\xff\x00\nrest", Open, []string{"a\r", "", "b\xff\x00"}, 4},
		{"plain", "a\nrest", Sealed, []string{"a", "rest /4"}, 0},
		{"plain", long + "\n" + long + "y\n" + "z\n", Open, []string{long, long + " /1", "y /3", "z"}, 0},
		{"quarantine", "a\n" + long + "y\n" + "z\n", Open, []string{"a", long + " /1", "y /3", "z"}, 0},
		{"skip", "a\n" + long + "y\n" + "z\n", Open, []string{"a", "z"}, 0},
		{"crlf", "a\r\nb\n\r\nc\r\r\nd\r", Sealed, []string{"a", "b", "", "c\r", "d\r /4"}, 0},
		{"start", "A\nb\nc\nB\n", Open, []string{"A\nb\nc"}, 2},
		{"start", "A\nb\nc\nB\nd", Timed, []string{"A\nb\nc", "B cut"}, 1},
		{"start", "A\nb\nc\nB\nd", Sealed, []string{"A\nb\nc", "B\nd /4"}, 0},
		{"start", "A\nb\nc\nd\ne\nB\n", Timed, []string{"A\nb\nc\nd /1", "e /3", "B cut"}, 0},
		{"start", "x\nA\nb\n" + long + long + "\nc\nB\nC", Open, []string{"x /3", "A\nb /1", long + " /2", long + " /3", "c /3"}, 3},
		{"continue", "A\r\n b\r\n c\r\nd\r\n\te\r\nf\r\n", Timed, []string{"A\n b\n c", "d\n\te", "f cut"}, 0},
		{"cri", ts + "stdout F a\n" + ts + "stderr F b\r\n" + ts + "stdout F \n" + ts + "stdout F\n", Open,
			[]string{"a @stdout", "b @stderr", " @stdout", " @stdout"}, 0},
		{"cri", ts + "stdout P a\n" + ts + "stderr F e\n" + ts + "stdout P:x b\n" + ts + "stdout F c\n" + ts + "stdout P d\n", Open,
			[]string{"abc @stdout", "e @stderr"}, len(ts) + 11},
		{"cri", ts + "stdout P a\n" + ts + "stderr F e\n", Timed, []string{"a @stdout cut", "e @stderr"}, 0},
		{"cri", ts + "stdout P a\n" + ts + "stderr P e\n" + ts + "stdout F z", Sealed, []string{"a /4 @stdout", "e /4 @stderr", "z /4 @stdout"}, 0},
		{"cri", "not one\n" + ts + "stdout F a\n" + ts + "other F a\n", Open, []string{"not one", "a @stdout", ts + "other F a"}, 0},
		{"cri", strings.Repeat(ts+"stdout P a\n"+ts+"stderr P b\n", 4) + ts + "stdout F c\n" + ts + "stderr F d\n", Open,
			[]string{"aa /1 @stdout", "bb /1 @stderr", "aa /2 @stdout", "bb /2 @stderr", "c /3 @stdout", "d /3 @stderr"}, 0},
	} {
		r := whole(t, c[x.name], x.text, x.ending)
		var have []string
		for _, g := range r.records {
			have = append(have, g.String())
			if x.name == "cri" && g.Source != 0 && g.Time != 1767366245123 {
				t.Errorf("time %d", g.Time)
			}
		}
		if !slices.Equal(have, x.want) || len(x.text)-r.offset != x.left {
			t.Errorf("%s %q:\nhave %q, %d left\nwant %q, %d left", x.name, x.text, have, len(x.text)-r.offset, x.want, x.left)
		}
	}
}

// textOf draws text that is hard to cut.
func textOf(t *rapid.T) string {
	part := rapid.SampledFrom([]string{
		"\n", "\r\n", "A", "b", " b b", "\x00", "\xff", strings.Repeat("x", 79), strings.Repeat("y", 200), strings.Repeat("A\nb\n", 9),
		ts + "stdout F ", ts + "stdout P ", ts + "stderr F ", ts + "stderr P a\n", ts + "stdout P b\n", ts + "stdout P " + strings.Repeat("z", 60) + "\n",
	})
	return strings.Join(rapid.SliceOfN(part, 0, 60).Draw(t, "parts"), "")
}

// TestAnyChunking shows that the records do not depend on how the file grows, in
// what windows it is read, how many records fit, or where a restart falls.
func TestAnyChunking(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { anyChunking(t, textOf(t)) })
}

func anyChunking(t *rapid.T, text string) {
	for name, c := range each() {
		want := whole(t, c, text, Open)
		r := &reader{config: c}
		for visible := 0; visible < len(text); {
			visible = min(len(text), visible+rapid.IntRange(1, 400).Draw(t, "grow"))
			for r.next(t, text[:visible], rapid.IntRange(1, 500).Draw(t, "limit"), rapid.IntRange(1, 9).Draw(t, "most"), Open) {
			}
		}
		if r.offset != want.offset || !slices.Equal(r.records, want.records) {
			t.Fatalf("%s: %q\nhave %v up to %d\nwant %v up to %d", name, text, r.records, r.offset, want.records, want.offset)
		}
	}
}

// TestNothingIsLost shows that every byte of a complete file is in a record, is
// a newline, or is counted, also if records are cut by time now and then.
func TestNothingIsLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := textOf(t)
		for name, c := range each() {
			r := &reader{config: c}
			for visible := 0; visible < len(text); {
				visible = min(len(text), visible+rapid.IntRange(1, 400).Draw(t, "grow"))
				ending := rapid.SampledFrom([]Ending{Open, Open, Timed}).Draw(t, "ending")
				for r.next(t, text[:visible], rapid.IntRange(1, 500).Draw(t, "limit"), 1<<30, ending) {
				}
			}
			for r.next(t, text, 1<<20, 1<<30, Sealed) {
			}
			if r.offset != len(text) {
				t.Fatalf("%s: ends at %d of %q", name, r.offset, text)
			}
			if c.CRI || len(c.Exclude) > 0 {
				continue
			}
			bytes := uint64(0)
			last := int64(-1)
			for _, g := range r.records {
				bytes += uint64(len(strings.NewReplacer("\n", "", "\r", "").Replace(g.Value)))
				if g.Offset <= last {
					t.Fatalf("%s: offset %d after %d", name, g.Offset, last)
				}
				last = g.Offset
			}
			if all := uint64(len(strings.NewReplacer("\n", "", "\r", "").Replace(text))); bytes+r.counts.SkippedBytes < all {
				t.Fatalf("%s: %q: %d bytes in records, %d skipped, of %d", name, text, bytes, r.counts.SkippedBytes, all)
			}
		}
	})
}

// FuzzCut cuts whatever comes, in one go and in small windows.
func FuzzCut(f *testing.F) {
	f.Add(ts+"stdout P a\n"+ts+"stderr F b\n"+ts+"stdout F c\n", byte(3))
	f.Add("A\r\n b\r\nC\x00", byte(1))
	f.Add(strings.Repeat("w", 500)+"\n", byte(90))
	f.Fuzz(func(t *testing.T, text string, window byte) {
		for name, c := range each() {
			want := whole(t, c, text, Open)
			r := &reader{config: c}
			for r.next(t, text, int(window)+1, 1<<30, Open) {
			}
			if r.offset != want.offset || !slices.Equal(r.records, want.records) {
				t.Fatalf("%s: %q\nhave %v up to %d\nwant %v up to %d", name, text, r.records, r.offset, want.records, want.offset)
			}
		}
	})
}

func TestStampTime(t *testing.T) {
	for in, want := range map[string]int64{
		"2026-01-02T15:04:05Z": 1767366245000, "2026-01-02T15:04:05.9Z": 1767366245900,
		"2026-01-02T15:04:05.000999+01:30": 1767360845000, "1970-01-01T00:00:00-00:01": 60000,
		"2026-01-02T15:04:05.9": 0, "2026-01-02T15:04:05.9x": 0, "2026-01x02T15:04:05Z": 0, "20x6-01-02T15:04:05Z": 0,
	} {
		if ms := stampTime([]byte(in)); ms != want {
			t.Errorf("%s: %d, want %d", in, ms, want)
		}
	}
}

func TestPlainLinesAllocateNothing(t *testing.T) {
	text := []byte(strings.Repeat(strings.Repeat("x", 79)+"\n", 1000))
	buf := inputs.NewBuffer(len(text))
	buf.Ends = make([]uint32, 0, 1000)
	s := Splitter{Config: &Config{MaxLine: 80}, MaxLine: 80, Most: 1 << 30}
	if n := testing.AllocsPerRun(20, func() {
		buf.Reset()
		if c := s.Cut(buf, text, 0); len(c.Ends) != 1000 || c.Records != nil {
			t.Fatalf("%d lines, %v", len(c.Ends), c.Records)
		}
	}); n > 0 {
		t.Errorf("%.0f allocations", n)
	}
}
