package logfile

import (
	"bytes"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"shipper/inputs"
	"shipper/inputs/logfile/vfs"
)

// rig drives an Input step by step, keeps what it ships and what it persists,
// and can stop and start it again.
type rig struct {
	t      *testing.T
	dir    string
	cfg    Config
	in     *Input
	clock  time.Time
	limit  int
	bufCap int
	budget *Descriptors
	log    bytes.Buffer

	routes   int               // 1 unless it is more
	only     int               // route that ships, -1 for all
	fs       vfs.FS            // nil for the real one
	complete func(*Completion) // nil for none
	beside   vfs.Elsewhere     // nil for none
	told     []Completion

	mu      sync.Mutex
	woken   map[*Cursor]bool
	saved   map[uint64]*Saved
	forgot  []uint64
	retired []string

	lines   []string // shipped, in order
	late    map[string]bool
	pieces  []inputs.Piece
	ids     map[string][]uint64 // line → generations it came from
	streams map[string]bool
	times   []int64
}

func newRig(t *testing.T, change func(*Config)) *rig {
	t.Helper()
	r := &rig{
		t: t, dir: t.TempDir(), clock: time.Now(), limit: 512 << 10, bufCap: 512 << 10,
		routes: 1, only: -1, saved: map[uint64]*Saved{}, late: map[string]bool{}, ids: map[string][]uint64{}, streams: map[string]bool{},
		budget: NewDescriptors(256),
	}
	r.cfg = Config{Label: "test", Paths: []string{r.dir + "/app.log"}}
	if change != nil {
		change(&r.cfg)
	}
	r.start()
	t.Cleanup(func() { r.stop() })
	return r
}

func (r *rig) start() {
	r.t.Helper()
	r.woken = map[*Cursor]bool{}
	env := Env{
		Log:     slog.New(slog.NewTextHandler(&r.log, nil)),
		AgentID: "agent", Host: "host", Routes: r.routes, Descriptors: r.budget, FS: r.fs, Elsewhere: r.beside,
		Wake: each(func(c *Cursor) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.woken[c] = true
		}),
		Retire: func(cursors []*Cursor) {
			for _, c := range cursors {
				r.retired = append(r.retired, c.Stream().Name)
			}
		},
		Skip: func(route int, list []Progress) {
			for _, p := range list {
				r.persist(route, p)
			}
		},
		Forget: func(ids []uint64) {
			r.forgot = append(r.forgot, ids...)
			for _, id := range ids {
				delete(r.saved, id)
			}
		},
	}
	if r.complete != nil {
		env.Complete = func(c *Completion) {
			r.told = append(r.told, *c)
			r.complete(c)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(r.saved)) {
		env.Saved = append(env.Saved, *r.saved[id])
	}
	in, err := New(r.cfg, env)
	if err != nil {
		r.t.Fatal(err)
	}
	in.now = func() time.Time { return r.clock }
	in.tree.Calls.Patience, in.asks.Patience = time.Hour, time.Hour // no Run takes in what is late
	r.in = in
}

func (r *rig) stop() {
	if r.in == nil {
		return
	}
	if err := r.in.Close(); err != nil {
		r.t.Error(err)
	}
	r.in = nil
	if open, _ := r.budget.Usage(); open != 0 {
		r.t.Errorf("%d descriptors are open after Close", open)
	}
}

func (r *rig) restart() {
	r.t.Helper()
	r.stop()
	r.start()
}

func (r *rig) persist(route int, p Progress) {
	if p.Generation == 0 {
		r.t.Fatal("progress without a generation")
	}
	s := r.saved[p.Generation]
	if s == nil {
		if p.Identity == nil {
			r.t.Fatalf("first progress of %x has no identity", p.Generation)
		}
		s = &Saved{Positions: map[int]Position{}}
		r.saved[p.Generation] = s
	}
	if p.Identity != nil {
		s.Identity = *p.Identity
	}
	if p.Position.Offset < s.Positions[route].Offset {
		r.t.Errorf("generation %x went back from %d to %d", p.Generation, s.Positions[route].Offset, p.Position.Offset)
	}
	s.Positions[route] = p.Position
}

// ship reads and commits until no woken cursor has anything more, or, if most
// is above 0, about that many bytes of each.
func (r *rig) ship(most int) {
	r.t.Helper()
	buf := inputs.NewBuffer(r.bufCap)
	for {
		r.mu.Lock()
		var list []*Cursor
		for c := range r.woken {
			if r.only < 0 || c.Route() == r.only {
				list = append(list, c)
				delete(r.woken, c)
			}
		}
		r.mu.Unlock()
		if len(list) == 0 {
			return
		}
		for _, c := range list {
			for left := most; ; {
				limit := r.limit
				if most > 0 {
					limit = min(limit, left)
				}
				buf.Reset()
				seg, more, err := c.Read(r.t.Context(), buf, limit)
				if err != nil {
					fmt.Fprintln(&r.log, "read:", err)
					break
				}
				if seg.Start == seg.End {
					if more {
						r.t.Fatal("an empty buffer has no room")
					}
					break
				}
				r.take(c, &seg)
				r.persist(c.Route(), c.Commit(&seg))
				if left -= len(seg.Data); most > 0 && left <= 0 {
					r.mu.Lock()
					r.woken[c] = true // it is not done
					r.mu.Unlock()
					break
				}
			}
		}
		if most > 0 {
			return
		}
	}
}

func (r *rig) take(c *Cursor, seg *inputs.Segment) {
	r.t.Helper()
	gap := seg.Data == nil && seg.Records != nil
	if (int64(len(seg.Data)) != seg.End-seg.Start && !gap) || seg.Gen == nil || seg.Gen.ID == 0 {
		r.t.Fatalf("segment %d-%d has %d bytes, generation %v", seg.Start, seg.End, len(seg.Data), seg.Gen)
	}
	for i := range seg.Len() {
		_, value, piece := seg.At(i)
		line := string(value)
		r.lines = append(r.lines, line)
		r.pieces = append(r.pieces, piece)
		r.ids[line] = append(r.ids[line], seg.Gen.ID)
		if seg.Late {
			r.late[line] = true
		}
		at := seg.Time
		if seg.Records != nil && seg.Records[i].Time != 0 {
			at = seg.Records[i].Time
		}
		r.times = append(r.times, at)
	}
	r.streams[c.Stream().Name] = true
}

// step scans and ships everything.
func (r *rig) step() {
	r.t.Helper()
	r.in.scan()
	r.examine()
	r.ship(0)
}

// see has the input use another file system from now on.
func (r *rig) see(fs vfs.FS) { r.in.fs, r.in.tree.FS = fs, fs }

// examine does what Run does beside: it decodes compressed newcomers.
func (r *rig) examine() {
	for x := r.in.nextExamination(); x != nil; x = r.in.nextExamination() {
		r.in.examine(x, func() error { return nil })
		r.in.finish(x)
		r.in.insertFresh(false)
		r.in.flush()
	}
}

// look looks at the directory as an event would have it, and ships everything.
func (r *rig) look() {
	r.t.Helper()
	r.in.tree.Hint(r.dir)
	r.in.lookDue()
	r.in.onTick()
	r.examine()
	r.ship(0)
}

func (r *rig) path(name string) string { return filepath.Join(r.dir, name) }

func (r *rig) append(name string, lines ...string) {
	r.t.Helper()
	f, err := os.OpenFile(r.path(name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		r.t.Fatal(err)
	}
	defer f.Close()
	for _, l := range lines {
		if _, err := f.WriteString(l + "\n"); err != nil {
			r.t.Fatal(err)
		}
	}
}

func (r *rig) write(name, text string) {
	r.t.Helper()
	f, err := os.OpenFile(r.path(name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		r.t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) rename(from, to string) {
	r.t.Helper()
	if err := os.Rename(r.path(from), r.path(to)); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) remove(name string) {
	r.t.Helper()
	if err := os.Remove(r.path(name)); err != nil {
		r.t.Fatal(err)
	}
}

// want compares everything shipped so far.
func (r *rig) want(lines ...string) {
	r.t.Helper()
	if !slices.Equal(r.lines, lines) {
		r.t.Fatalf("shipped %s\nwant    %s\nlog:\n%s", brief(r.lines), brief(lines), r.log.String())
	}
}

func (r *rig) wantLate(lines ...string) {
	r.t.Helper()
	got := slices.Sorted(maps.Keys(r.late))
	slices.Sort(lines)
	if !slices.Equal(got, lines) {
		r.t.Fatalf("late %q, want %q", got, lines)
	}
}

func brief(lines []string) string {
	if len(lines) > 60 {
		return fmt.Sprintf("%q … (%d)", lines[:60], len(lines))
	}
	return fmt.Sprintf("%q", lines)
}

func numbered(prefix string, from, to int) []string {
	var lines []string
	for i := from; i < to; i++ {
		lines = append(lines, fmt.Sprintf("%s-%04d %s", prefix, i, strings.Repeat("x", i%50)))
	}
	return lines
}

// each calls f for every cursor that is woken.
func each(f func(*Cursor)) func([]*Cursor) {
	return func(list []*Cursor) {
		for _, c := range list {
			f(c)
		}
	}
}
