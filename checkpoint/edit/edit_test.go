package edit

import (
	"bytes"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"shipper/checkpoint"
)

// sample is a state with two routes, names that are not UTF-8, and numbers that
// JSON programs would round.
func sample() checkpoint.State {
	mark := func(n int64) checkpoint.Watermark {
		return checkpoint.Watermark{
			Offset: n, ProofLength: uint8(min(n, 64)), ProofHash: 1<<63 + uint64(n),
			Tally: checkpoint.Tally{Bytes: n, Records: n / 2, First: 5, Last: 4 + n/2, Checksum: 1<<31 + uint32(n), Partition: 3, Flags: 7},
		}
	}
	return checkpoint.State{
		Routes: map[checkpoint.RouteID]checkpoint.Route{
			1: {ID: 1, Input: "web", Output: "kafka.a", Destination: "kafka://a:1", Cluster: "c-1", Heir: 2},
			7: {ID: 7, Input: "web", Output: "file.b", Destination: "file:///b"},
		},
		Generations: map[uint64]*checkpoint.Generation{
			5: {
				Identity: checkpoint.Identity{
					ID: 5, Stream: "/l/a\xff<&>", Path: "/l/a\xff<&>.1", Device: 1<<64 - 1, Inode: 1<<63 + 1, Birth: 1<<62 + 1,
					Truncations: 3, Order: 1 << 60, HeadLength: 1024, HeadHash: 1 << 63, LastSeen: 1767366245,
				},
				Watermarks: map[checkpoint.RouteID]checkpoint.Watermark{1: mark(100), 7: mark(4096)},
			},
			6: {
				Identity:   checkpoint.Identity{ID: 6, Stream: "/l/b", Path: "/l/b", Inode: 2, Order: 1},
				Watermarks: map[checkpoint.RouteID]checkpoint.Watermark{1: mark(10)},
			},
		},
		Owner: checkpoint.Owner{Agent: "a", Machine: "m", Salt: "s"},
		Notes: map[string]string{"aside/1/x": "stored"},
		Choices: map[checkpoint.Choice]checkpoint.Shard{
			{Output: "kafka.a", Stream: "web//l/a\xff", Topic: "t"}: {Topic: "t", Partition: 3},
		},
	}
}

func export(t *testing.T, s checkpoint.State) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, s, "host", time.Unix(1767366245, 0)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestExportAndBack(t *testing.T) {
	for _, s := range []checkpoint.State{sample(), {
		Routes:      map[checkpoint.RouteID]checkpoint.Route{},
		Generations: map[uint64]*checkpoint.Generation{}, Choices: map[checkpoint.Choice]checkpoint.Shard{},
	}} {
		text := export(t, s)
		back, err := Parse(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(back, s) {
			t.Errorf("%+v, want %+v", back, s)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	whole := export(t, sample())
	lines := strings.SplitAfter(strings.TrimSuffix(whole, "\n"), "\n")
	for n := range lines { // cut off at any line, or a line left out
		if _, err := Parse(strings.NewReader(strings.Join(lines[:n], ""))); err == nil {
			t.Errorf("%d lines of %d were taken", n, len(lines))
		}
		if _, err := Parse(strings.NewReader(strings.Join(slices.Delete(slices.Clone(lines), n, n+1), ""))); err == nil {
			t.Errorf("taken without line %d", n+1)
		}
	}
	for _, c := range []struct{ old, new, want string }{
		{`"shipper_checkpoint":1`, `"shipper_checkpoint":2`, "version 2"},
		{`"shipper_checkpoint":1`, `"x":1`, "no export"},
		{`"id":"0000000000000005"`, `"id":"5"`, "16 hexadecimal digits"},
		{`"id":"0000000000000005"`, `"id":"0000000000000006"`, "twice"},
		{`"id":7`, `"id":8`, "not there"},
		{`"offset":4096`, `"offset":-1`, "can't be"},
		{`"offset":4096`, `"offset":63`, "can't be"},
		{`"path_base64":"`, `"path_base64":"!`, "base64"},
		{`{"route":`, `{"rout":`, "neither"},
	} {
		_, err := Parse(strings.NewReader(strings.Replace(whole, c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.new, err, c.want)
		}
	}
	if _, err := Parse(strings.NewReader(whole + "{}\n")); err == nil {
		t.Error("taken with something behind the end")
	}
}

func FuzzParse(f *testing.F) {
	var b bytes.Buffer
	if err := Write(&b, sample(), "", time.Time{}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Parse(bytes.NewReader(text))
		if err != nil {
			return
		}
		back, err := Parse(strings.NewReader(export(t, s)))
		if err != nil || !reflect.DeepEqual(back, s) {
			t.Errorf("%v\n%+v\n%+v", err, back, s)
		}
	})
}

// commit makes the changes in a store on disk and reads what is there then.
func commit(t *testing.T, dir string, c *checkpoint.Changes) checkpoint.State {
	t.Helper()
	store, err := checkpoint.Open(dir, checkpoint.Options{})
	if err != nil {
		t.Fatal(err)
	}
	store.Commit(c)
	if n := store.Stats().Lowered; n > 0 {
		t.Errorf("%d offsets were ignored because they were lower", n)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := checkpoint.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestReplace(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	empty := checkpoint.State{}
	if got := commit(t, dir, Replace(empty, sample())); !reflect.DeepEqual(got, sample()) {
		t.Fatalf("%+v", got)
	}
	// Lower offsets, another meaning of the same route, fewer of everything.
	next := sample()
	next.Generations[5].Watermarks = map[checkpoint.RouteID]checkpoint.Watermark{1: {Offset: 50, ProofLength: 50, ProofHash: 9}}
	next.Routes[7] = checkpoint.Route{ID: 7, Input: "other", Output: "file.c"}
	delete(next.Generations, 6)
	next.Choices = map[checkpoint.Choice]checkpoint.Shard{}
	if got := commit(t, dir, Replace(sample(), next)); !reflect.DeepEqual(got, next) {
		t.Fatalf("%+v, want %+v", got, next)
	}
}

func TestReset(t *testing.T) {
	dir := t.TempDir()
	commit(t, dir, Replace(checkpoint.State{}, sample()))
	c, again := Reset(sample().Generations[5], []checkpoint.RouteID{7, 9})
	if !maps.Equal(again, map[checkpoint.RouteID]int64{7: 4096}) {
		t.Errorf("again %v", again)
	}
	want := sample()
	want.Generations[5].Watermarks[7] = checkpoint.Watermark{}
	if got := commit(t, dir, c); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestResetRoute: the other routes keep what they have.
func TestResetRoute(t *testing.T) {
	dir := t.TempDir()
	commit(t, dir, Replace(checkpoint.State{}, sample()))
	c, generations, bytes := ResetRoute(sample(), 1)
	if generations != 2 || bytes != 110 {
		t.Errorf("%d generations, %d bytes", generations, bytes)
	}
	want := sample()
	r := want.Routes[1]
	r.Cluster = ""
	want.Routes[1] = r
	for _, g := range want.Generations {
		g.Watermarks[1] = checkpoint.Watermark{}
	}
	if got := commit(t, dir, c); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestNewIDs(t *testing.T) {
	dir := t.TempDir()
	commit(t, dir, Replace(checkpoint.State{}, sample()))
	got := commit(t, dir, NewIDs(sample(), "host b"))
	if len(got.Generations) != 2 || got.Generations[5] != nil || got.Generations[6] != nil {
		t.Fatalf("%+v", got.Generations)
	}
	for _, g := range got.Generations {
		old := sample().Generations[5]
		if g.Stream == "/l/b" {
			old = sample().Generations[6]
		}
		old.ID = g.ID
		if !reflect.DeepEqual(g, old) {
			t.Errorf("%+v, want %+v", g, old)
		}
	}
	if a, b := NewIDs(sample(), "a"), NewIDs(sample(), "b"); a.Identities[0].ID == b.Identities[0].ID {
		t.Error("two agents give the same id")
	}
	if a, b := NewIDs(sample(), "a"), NewIDs(sample(), "a"); !reflect.DeepEqual(a, b) {
		t.Error("the same agent gives other ids the second time")
	}
}

func TestTakeOver(t *testing.T) {
	dir := t.TempDir()
	commit(t, dir, Replace(checkpoint.State{}, sample()))
	c, generations, n := TakeOver(sample(), checkpoint.Route{Input: "web", Output: "kafka.new", Destination: "kafka://n:1"}, 1)
	if generations != 2 || n != 110 {
		t.Errorf("%d generations, %d bytes", generations, n)
	}
	s := commit(t, dir, c)
	r, ok := FindRoute(s, "web", "kafka.new")
	if !ok || r.ID != 8 || s.Generations[5].Watermarks[8] != sample().Generations[5].Watermarks[1] {
		t.Errorf("%+v %+v", r, s.Generations[5])
	}
	// A route that has got further keeps its own.
	c, generations, n = TakeOver(s, s.Routes[7], 1)
	if generations != 1 || n != 10 {
		t.Errorf("%d generations, %d bytes", generations, n)
	}
	if s = commit(t, dir, c); s.Generations[5].Watermarks[7].Offset != 4096 || s.Generations[6].Watermarks[7].Offset != 10 {
		t.Errorf("%+v", s.Generations)
	}
}

// TestExportIsWhole fails when a state comes to hold more than the export knows:
// what is not exported is lost by import, reset and adopt.
func TestExportIsWhole(t *testing.T) {
	for _, c := range []struct {
		of     any
		fields int
	}{
		{checkpoint.State{}, 5}, {checkpoint.Owner{}, 3}, {checkpoint.Generation{}, 2}, {checkpoint.Identity{}, 11}, {checkpoint.Route{}, 6},
		{checkpoint.Watermark{}, 4}, {checkpoint.Tally{}, 7}, {checkpoint.Choice{}, 3}, {checkpoint.Shard{}, 2},
	} {
		if typ := reflect.TypeOf(c.of); typ.NumField() != c.fields {
			t.Errorf("%v has %d fields, the export knows %d: extend it, and this number", typ, typ.NumField(), c.fields)
		}
	}
}
