package logfile

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"shipper/inputs"
)

// chosen reads the files as an Input that was given them would.
func (r *rig) chosen(list ...Chosen) (choices []*Choice, ids map[string]uint64, lines []string) {
	r.t.Helper()
	var saved []Saved
	for _, s := range r.saved {
		saved = append(saved, *s)
	}
	in, err := New(r.cfg, Env{AgentID: "agent", Host: "host", Routes: 1, Descriptors: NewDescriptors(64)})
	if err != nil {
		r.t.Fatal(err)
	}
	defer in.Close()
	for i := range list {
		list[i].Path = r.path(list[i].Path)
	}
	if choices, err = in.Choose(list, saved); err != nil {
		r.t.Fatal(err)
	}
	woken := map[*Cursor]bool{}
	in.env.Wake = each(func(c *Cursor) { woken[c] = true })
	in.Begin()
	ids = map[string]uint64{}
	buf := inputs.NewBuffer(1 << 20)
	for c := range woken {
		for {
			buf.Reset()
			seg, _, err := c.Read(r.t.Context(), buf, 4096)
			if err != nil {
				r.t.Fatal(err)
			}
			if seg.Start == seg.End {
				break
			}
			for i := range seg.Len() {
				_, v, _ := seg.At(i)
				lines = append(lines, string(v))
				ids[string(v)] = seg.Gen.ID
			}
			c.Commit(&seg)
		}
	}
	if left := in.Left(); len(left) > 0 {
		r.t.Errorf("left %+v", left)
	}
	return choices, ids, lines
}

// Chosen files give all their records, with the ids that they had when they were
// shipped: plain, renamed, compressed, and a copy that was made before a truncation.
func TestChosenFilesKeepTheirIDs(t *testing.T) {
	r := newRig(t, nil)
	var want []string
	for i := range 4 {
		lines := numbered(string(rune('a'+i)), 0, 200)
		want = append(want, lines...)
		r.append("app.log", lines...)
		r.step()
		if i == 3 {
			break
		}
		for n := i; n > 0; n-- {
			r.rename("app.log."+string(rune('0'+n)), "app.log."+string(rune('1'+n)))
		}
		r.rename("app.log", "app.log.1")
	}
	r.step()
	r.want(want...)
	r.compress("app.log.3", ".gz")
	r.compress("app.log.2", ".zst")
	choices, ids, lines := r.chosen(Chosen{Path: "app.log"}, Chosen{Path: "app.log.1"}, Chosen{Path: "app.log.2.zst"}, Chosen{Path: "app.log.3.gz"})
	if !slices.Equal(lines, want) {
		t.Fatalf("got %s\nwant %s", brief(lines), brief(want))
	}
	for line, id := range ids {
		if id != r.ids[line][0] {
			t.Fatalf("%q has the id %x, it was shipped with %x", line, id, r.ids[line][0])
		}
	}
	for _, c := range choices {
		if !c.Known {
			t.Errorf("%s is not known", c.f.path())
		}
	}
	_, ids, _ = r.chosen(Chosen{Path: "app.log"})
	clear(r.saved)
	_, lost, _ := r.chosen(Chosen{Path: "app.log"})
	if lost[want[len(want)-1]] != ids[want[len(want)-1]] {
		t.Error("without the state a plain file has another id")
	}
}

// A part of a file is made of whole lines.
func TestChosenPart(t *testing.T) {
	r := newRig(t, nil)
	r.append("app.log", "one", "two", "three", "four")
	_, _, lines := r.chosen(Chosen{Path: "app.log", Start: 5, End: 10})
	if !slices.Equal(lines, []string{"two", "three"}) {
		t.Errorf("got %q", lines)
	}
	r.write("app.log", "unfinished")
	if _, _, lines = r.chosen(Chosen{Path: "app.log", Start: 15}); !slices.Equal(lines, []string{"four"}) {
		t.Errorf("got %q of a file that is being written", lines)
	}
}

func TestChosenMistakes(t *testing.T) {
	r := newRig(t, nil)
	r.append("app.log", "one")
	in, err := New(r.cfg, Env{AgentID: "agent", Routes: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	twice := []Chosen{{Path: r.path("app.log")}, {Path: r.path("app.log")}}
	if _, err := in.Choose(twice, nil); !errors.Is(err, ErrSame) {
		t.Errorf("a file chosen twice: %v", err)
	}
	for path, want := range map[string]string{r.dir: "regular", r.path("none"): "no such file"} {
		if _, err := in.Choose([]Chosen{{Path: path}}, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
