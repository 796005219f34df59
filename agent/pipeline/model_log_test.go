package pipeline

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// modelLine is a line that an application wrote, or began to write.
type modelLine struct {
	gen   *modelGen
	index int // in its generation
	text  string
	// ended says that the newline was written.
	ended bool
	// excused lines may be missing: what held them was destroyed when nobody
	// could be expected to have read them.
	excused string

	times   int // delivered whole
	allowed int // times that it may be
	partial int // bytes delivered as an unterminated line
}

func (l *modelLine) delivered() bool { return l.times > 0 || (!l.ended && l.partial == len(l.text)) }

// modelGen is one generation of a log.
type modelGen struct {
	log    *modelLog
	number int
	lines  []*modelLine
	path   string // "" if it has no name that the agent looks at
	packed bool   // compressed: what late writers add is not in it
	// held says that the agent has had time to open the file in its present life.
	held bool
	file *os.File // the application's, nil if its inode holds another generation now
	// copied says that another file had the same bytes for a while: where that
	// can't be told, they are shipped as a generation of their own.
	copied bool
	// unplaced says that the agent can't know whether it is late.
	unplaced bool
}

// excuse tells why what was not delivered by now need not be.
func (g *modelGen) excuse(why string) {
	for _, l := range g.lines {
		if !l.delivered() && l.excused == "" {
			l.excused = why
		}
	}
}

// naming is how rotated files are named. A copy is younger than the file that was
// copied: once that is rotated, too, only names of one kind tell which is which.
type naming int

const (
	dated naming = 1 + iota
	numbered
)

// progress is how far a log is delivered, as the agent must know.
type progress struct {
	newest int // order of the newest line delivered and not late
	newGen int // newest generation of which something was delivered
}

// modelLog is an application's log with its generations. The last of them is the
// live one, unless there is none.
type modelLog struct {
	w      *world
	number int
	path   string
	gens   []*modelGen
	live   bool
	lines  []*modelLine
	progress
	birth int64
	// copies is how the last copy was named, as long as the agent may not have shipped
	// what follows origin, the newest generation that was copied.
	copies  naming
	origin  int
	archive string
}

func newModelLog(w *world, number int) *modelLog {
	name := fmt.Sprintf("app%d.log", number)
	l := &modelLog{w: w, number: number, path: filepath.Join(w.dir, name), archive: filepath.Join(w.dir, "archive", name), progress: progress{-1, -1}}
	l.begin(l.path)
	return l
}

// hasCopies tells whether there ever was a copy, of which the agent may not know what
// it is a copy of.
func (m *modelLog) hasCopies() bool {
	return slices.ContainsFunc(m.gens, func(g *modelGen) bool { return g.copied })
}

func (m *modelLog) current() *modelGen { return m.gens[len(m.gens)-1] }

func (m *modelLog) dated(n int) string { return fmt.Sprintf("%s-20260102-%06d", m.path, n) }

// begin creates a file and makes it the live generation.
func (m *modelLog) begin(path string) {
	m.awaitTick()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE|os.O_EXCL, 0o644)
	m.w.must(err)
	m.born(f)
	m.w.files = append(m.w.files, f)
	m.gens = append(m.gens, &modelGen{log: m, number: len(m.gens), path: path, file: f})
	m.live = true
}

// next begins the generation that follows in the same inode.
func (m *modelLog) next() {
	g := m.current()
	m.gens = append(m.gens, &modelGen{log: m, number: len(m.gens), path: g.path, file: g.file, held: g.held})
	g.file = nil
}

// awaitTick waits until what is made now is born later than what was made before:
// files born at the same moment, whose names say nothing, have no order. The clock
// of births stands still between ticks, and may be ahead of that which it follows.
func (m *modelLog) awaitTick() {
	for {
		var now unix.Timespec
		m.w.must(unix.ClockGettime(unix.CLOCK_REALTIME_COARSE, &now))
		if now.Nano() > m.birth {
			return
		}
		// Not time.Sleep, which takes the clock of the test. Woken early it looks again.
		_ = unix.Nanosleep(&unix.Timespec{Nsec: 500_000}, nil)
	}
}

// born notes when a file was born.
func (m *modelLog) born(f *os.File) {
	var x unix.Statx_t
	m.w.must(unix.Statx(int(f.Fd()), "", unix.AT_EMPTY_PATH, unix.STATX_BTIME, &x))
	m.birth = time.Unix(x.Btime.Sec, int64(x.Btime.Nsec)).UnixNano()
}

// ensure sees to it that there is a live file.
func (m *modelLog) ensure() *modelGen {
	if !m.live {
		m.begin(m.path)
	}
	return m.current()
}

// write adds text to a generation's file.
func (m *modelLog) write(g *modelGen, text string) {
	_, err := g.file.WriteString(text)
	m.w.must(err)
}

// line begins a line of a generation.
func (m *modelLog) line(g *modelGen, n int) *modelLine {
	l := &modelLine{gen: g, index: len(g.lines), allowed: 1}
	l.text = fmt.Sprintf("%d.%d %s.", m.number, len(m.lines), strings.Repeat("x", (n*37+len(m.lines)*11)%180))
	m.lines = append(m.lines, l)
	g.lines = append(g.lines, l)
	return l
}

// finish completes a line that was begun.
func (m *modelLog) finish(g *modelGen) {
	if k := len(g.lines); k > 0 && !g.lines[k-1].ended {
		l := g.lines[k-1]
		rest := fmt.Sprintf("rest %d", len(m.lines))
		m.write(g, rest+"\n")
		l.text += rest
		l.ended = true
	}
}

func (m *modelLog) appendTo(g *modelGen, n int) {
	m.finish(g)
	var b strings.Builder
	for i := range n + 1 {
		l := m.line(g, i+n)
		l.ended = true
		b.WriteString(l.text + "\n")
	}
	m.write(g, b.String())
}

func (m *modelLog) partial(n int) {
	g := m.ensure()
	m.finish(g)
	m.write(g, m.line(g, n).text)
}

// late writes to the newest generation that was rotated away.
func (m *modelLog) late(n int) {
	for i := len(m.gens) - 1; i >= 0; i-- {
		g := m.gens[i]
		if (i == len(m.gens)-1 && m.live) || g.file == nil {
			continue
		}
		m.appendTo(g, n%4)
		if g.path == "" || g.packed {
			g.excuse("written to a file without a name")
		}
		return
	}
	m.appendTo(m.ensure(), n)
}

// rotate gives the live generation another name and begins the next.
func (m *modelLog) rotate(to string) {
	g := m.ensure()
	m.away(g, to)
	m.begin(m.path)
}

// away renames what has the live name.
func (m *modelLog) away(g *modelGen, to string) {
	if target, err := os.Readlink(m.path); err == nil {
		// The link goes; the file keeps its dated name.
		m.w.must(os.Remove(m.path))
		g.path = filepath.Join(m.w.dir, target)
	} else {
		m.w.must(os.Rename(m.path, to))
		g.path = to
	}
	m.live = false
}

// shift makes room for the name .1.
func (m *modelLog) shift() {
	for n := len(m.gens); n > 0; n-- {
		for _, suffix := range []string{"", ".gz"} {
			from, to := fmt.Sprintf("%s.%d%s", m.path, n, suffix), fmt.Sprintf("%s.%d%s", m.path, n+1, suffix)
			if err := os.Rename(from, to); err == nil {
				for _, g := range m.gens {
					if g.path == from {
						g.path = to
					}
				}
			} else if !errors.Is(err, fs.ErrNotExist) {
				m.w.must(err)
			}
		}
	}
}

// named makes an action keep to the kind of names that tell the order.
func (m *modelLog) named(action string) string {
	switch action {
	case "rename", "dated", "symlink", "hardlink", "compress", "move":
		if m.copies == numbered {
			return "shift"
		}
		if m.copies == dated && action == "rename" {
			return "dated"
		}
	case "shift":
		if m.copies == dated {
			return "dated"
		}
	}
	return action
}

func (m *modelLog) symlink() {
	g := m.ensure()
	if _, err := os.Readlink(m.path); err != nil {
		m.away(g, m.dated(g.number))
	} else {
		m.away(g, "")
	}
	next := m.dated(len(m.gens))
	m.begin(next)
	m.w.must(os.Symlink(filepath.Base(next), m.path))
}

func (m *modelLog) hardlink() {
	g := m.ensure()
	if _, err := os.Readlink(m.path); err != nil {
		m.w.must(os.Link(m.path, m.dated(g.number)))
		m.w.must(os.Remove(m.path))
		g.path = m.dated(g.number)
	} else {
		m.away(g, "")
	}
	m.begin(m.path)
}

// compress packs the newest rotated file, unless its name does not tell its place: by
// its birth the compressed file is newer than all others.
func (m *modelLog) compress() {
	g := m.toCompress()
	if g == nil {
		m.rotate(m.dated(m.ensure().number))
		g = m.toCompress()
	}
	if g == nil {
		return // it was moved out of sight
	}
	m.copies, m.origin = dated, max(m.origin, g.number)
	if !strings.HasPrefix(g.path, m.path+"-") && !strings.HasPrefix(g.path, m.archive+"-") {
		m.copies = numbered
	}
	from, err := os.Open(g.path)
	m.w.must(err)
	defer from.Close()
	to, err := os.OpenFile(g.path+".gz", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	m.w.must(err)
	z := gzip.NewWriter(to)
	_, err = io.Copy(z, from)
	m.w.must(err)
	m.w.must(z.Close())
	m.w.must(to.Close())
	m.w.must(os.Remove(g.path))
	g.path += ".gz"
	g.packed = true
	m.mayRepeat(g)
}

// toCompress is the newest rotated file that is not compressed, unless one of those
// that are newer has a name of another kind.
func (m *modelLog) toCompress() *modelGen {
	kind, mixed := "", false
	g := m.rotatedFile(func(g *modelGen) bool {
		if kind == "" {
			kind = g.kind()
		}
		mixed = mixed || g.kind() == "" || g.kind() != kind
		return mixed || !g.packed
	})
	if mixed {
		return nil
	}
	return g
}

// kind is what its name has in common with those that tell its place.
func (g *modelGen) kind() string {
	suffix := strings.TrimPrefix(filepath.Base(g.path), filepath.Base(g.log.path))
	switch {
	case strings.HasPrefix(suffix, "-"):
		return "dated"
	case suffix == "" || strings.HasPrefix(suffix, ".gen"):
		return ""
	}
	return "numbered"
}

// mayRepeat says that a generation is in two files for a while.
func (m *modelLog) mayRepeat(g *modelGen) {
	g.copied = true
	for _, l := range g.lines {
		l.allowed++
	}
}

// rotatedFile finds the newest generation that has a name and is not the live one.
func (m *modelLog) rotatedFile(ok func(*modelGen) bool) *modelGen {
	for i := len(m.gens) - 1; i >= 0; i-- {
		if g := m.gens[i]; g.path != "" && (i < len(m.gens)-1 || !m.live) && ok(g) {
			return g
		}
	}
	return nil
}

// unlink removes a generation's file.
func (m *modelLog) unlink(g *modelGen) {
	m.w.must(os.Remove(g.path))
	m.unseen(g, "deleted before it could be opened")
}

// unseen notes that a generation has no name any more that the agent looks at.
func (m *modelLog) unseen(g *modelGen, why string) {
	g.path = ""
	if !g.held {
		g.excuse(why)
	}
}

// mislead notes that the live file is about to be gone, or out of sight. If there is a
// copy that was made before, the agent was perhaps not told by names which is newer:
// what inputs/logfile/doc.go says of the live name.
func (m *modelLog) mislead() {
	if m.copies != 0 {
		m.gens[m.origin].unplaced = true
	}
}

// remove deletes the live file.
func (m *modelLog) remove() {
	g := m.ensure()
	m.mislead()
	if _, err := os.Readlink(m.path); err == nil {
		m.away(g, "")
		return
	}
	m.unlink(g)
	m.live = false
}

// deleteOldest deletes the oldest file that has a name.
func (m *modelLog) deleteOldest() {
	for i, g := range m.gens {
		if g.path != "" && (i < len(m.gens)-1 || !m.live) {
			m.unlink(g)
			return
		}
	}
	if m.live {
		m.remove()
	}
}

func (m *modelLog) move() {
	g := m.ensure()
	m.w.must(os.MkdirAll(filepath.Dir(m.archive), 0o755))
	linked := false
	if _, err := os.Readlink(m.path); err == nil {
		linked = true
	}
	to := fmt.Sprintf("%s-20260102-%06d", m.archive, g.number)
	m.away(g, to)
	if !m.w.plan.named && !linked {
		m.mislead()
		m.unseen(g, "moved away before it could be opened")
	}
	m.begin(m.path)
}

func (m *modelLog) copytruncate(n int) {
	if m.copies != 0 {
		n = int(m.copies - dated + 1)
	}
	g := m.ensure()
	if _, err := os.Readlink(m.path); err == nil {
		m.away(g, "")
		m.begin(m.path)
		g = m.current()
	}
	to := m.dated(g.number)
	m.copies, m.origin = dated, max(m.origin, g.number)
	if n%2 == 0 {
		m.copies = numbered
		m.shift()
		to = m.path + ".1"
	}
	m.copyTo(to)
	live := g.path
	m.w.must(g.file.Truncate(0))
	m.next()
	g.path, g.held = to, false
	m.current().path = live
	m.mayRepeat(g)
}

func (m *modelLog) copyTo(to string) {
	m.awaitTick()
	from, err := os.Open(m.path)
	m.w.must(err)
	defer from.Close()
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	m.w.must(err)
	m.born(f)
	_, err = io.Copy(f, from)
	m.w.must(err)
	m.w.must(f.Close())
}

func (m *modelLog) truncate() {
	g := m.ensure()
	m.w.must(g.file.Truncate(0))
	m.next()
	g.path = ""
	g.excuse("truncated away")
}

func (m *modelLog) regrow() {
	g := m.ensure()
	info, err := g.file.Stat()
	m.w.must(err)
	m.truncate()
	for grown := int64(0); grown <= info.Size(); {
		m.appendTo(m.current(), 3)
		now, err := g.log.current().file.Stat()
		m.w.must(err)
		grown = now.Size()
	}
}
