package chaos

import (
	"fmt"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"shipper/checkpoint"
	"shipper/testing/workload"
)

const (
	stormFiles  = 50
	stormPeriod = 10 * time.Millisecond // between two rotations
	stormRate   = 20 << 20              // bytes a second, of all files
	stormKept   = 5                     // rotated files of each log
	stormKill   = 5 * time.Second       // between two kills
	stormAck    = 5 * time.Millisecond  // as of a broker near by, so that something is always under way
	stormDeaf   = 5 * time.Second       // longer than a kill takes on a busy machine
)

// old is a rotated generation that still has a name, or had one.
type old struct {
	path   string
	source string
	last   uint64 // its last line
	info   os.FileInfo
}

// storm rotates logs without a pause and deletes their old generations.
//
// What is deleted while nobody holds it open is nobody's. So the deleter waits
// while the agent is dead, and afterwards with each file until the agent's new
// life has it open or it was delivered. And as the descriptors of deleted files
// die with the agent, whoever kills it first stops the deleter and waits until
// what was deleted has arrived. All else goes on: writing, rotating, and what is
// behind in files that have names.
type storm struct {
	t       *testing.T
	a       *agent
	s       *sink
	apps    []*app
	rotated [][]old // of each app, oldest first
	deleted []old   // and not known to have arrived

	deletes   bool // the deleter is at work
	rotations int
	removed   int
	unread    int // of removed, those that were not delivered by then
}

// step lasts one period: every log grows, one rotates, and what is old goes.
func (st *storm) step(n int) {
	for _, a := range st.apps {
		a.write(int(stormRate * stormPeriod.Seconds() / stormFiles))
	}
	a := st.apps[n%stormFiles]
	to := a.dated(a.generation())
	info := a.info()
	a.rename(a.path(), to)
	st.rotated[n%stormFiles] = append(st.rotated[n%stormFiles], old{to, a.name, a.written().Lines - 1, info})
	a.open(a.path())
	st.rotations++
	if st.deletes {
		for i := range st.rotated {
			st.prune(i)
		}
	}
}

func (st *storm) prune(i int) {
	for len(st.rotated[i]) > stormKept {
		g := st.rotated[i][0]
		delivered := st.s.has(g.source, g.last)
		if !delivered && !st.a.holds(g.info) {
			return
		}
		must(st.t, os.Remove(g.path))
		st.rotated[i] = st.rotated[i][1:]
		st.removed++
		if !delivered {
			st.unread++
			st.deleted = append(st.deleted, g)
		}
	}
}

// safe tells whether all that was deleted has arrived.
func (st *storm) safe() bool {
	for len(st.deleted) > 0 && st.s.has(st.deleted[0].source, st.deleted[0].last) {
		st.deleted = st.deleted[1:]
	}
	for _, g := range st.deleted {
		if !st.s.has(g.source, g.last) {
			return false
		}
	}
	st.deleted = nil
	return true
}

// files are the paths of all files that have a name.
func (st *storm) files() []string {
	var all []string
	for i, a := range st.apps {
		all = append(all, a.path())
		for _, g := range st.rotated[i] {
			all = append(all, g.path)
		}
	}
	return all
}

// behind is how many bytes of the files the checkpoint does not have. It tells files by
// their birth, too: the state remembers deleted ones whose inodes are in use again.
func behind(t *testing.T, state checkpoint.State, files []string) int64 {
	t.Helper()
	type file struct {
		inode uint64
		birth int64
	}
	done := map[file]int64{}
	for _, g := range state.Generations {
		for _, w := range g.Watermarks {
			f := file{g.Inode, g.Birth}
			done[f] = max(done[f], w.Offset)
		}
	}
	var n int64
	for _, path := range files {
		var x unix.Statx_t
		must(t, unix.Statx(unix.AT_FDCWD, path, 0, unix.STATX_BASIC_STATS|unix.STATX_BTIME, &x))
		birth := time.Unix(x.Btime.Sec, int64(x.Btime.Nsec)).UnixNano()
		n += max(0, int64(x.Size)-done[file{x.Ino, birth}])
	}
	return n
}

// TestStorm kills the agent again and again while a hundred rotations a second
// go over fifty logs, of which only the live names are in paths.
func TestStorm(t *testing.T) {
	r := random(t)
	length := full(20*time.Second, 5*time.Minute)
	var names []string
	for i := range stormFiles {
		names = append(names, fmt.Sprintf("app%02d", i))
	}
	s := newSink(t, 4, names...)
	s.SetAckDelay(stormAck)
	a := newAgent(t, s, config{})
	st := &storm{t: t, a: a, s: s, rotated: make([][]old, stormFiles), deletes: true}
	for _, name := range names {
		one := newApp(t, a.logs, name)
		one.open(one.path())
		st.apps = append(st.apps, one)
	}
	a.start()
	begun := time.Now()
	kills, counted := 0, 0
	var most int64
	nextKill := begun.Add(stormKill)
	var back time.Time // when to start the agent again
	for n := 0; ; n++ {
		now := time.Now()
		if now.Sub(begun) > length && a.running() {
			break
		}
		switch {
		case !back.IsZero() && now.After(back):
			a.start()
			st.deletes, back = true, time.Time{}
			nextKill = now.Add(stormKill)
		case back.IsZero() && now.After(nextKill):
			st.deletes = false
			if !st.safe() {
				break
			}
			s.SetAckDelay(stormDeaf) // so that what is written now can't be acknowledged
			st.step(n)
			files := st.files()
			a.kill()
			s.SetAckDelay(stormAck)
			kills++
			state, err := checkpoint.Read(a.stateDir())
			must(t, err)
			b := behind(t, state, files)
			most = max(most, b)
			if b > 0 {
				counted++
			}
			back = time.Now().Add(time.Duration(r.Int64N(int64(time.Second))))
		case back.IsZero():
			a.mustRun()
		}
		st.step(n)
		time.Sleep(time.Until(begun.Add(time.Duration(n+1) * stormPeriod)))
	}
	took := time.Since(begun)
	var journals []workload.Journal
	var bytes int64
	for _, one := range st.apps {
		journals = append(journals, one.written())
		bytes += one.written().Bytes
	}
	deadline := time.Now().Add(full(60*time.Second, 5*time.Minute))
	for s.missing(journals...) > 0 && time.Now().Before(deadline) {
		a.mustRun()
		time.Sleep(50 * time.Millisecond)
	}
	caught := time.Since(begun) - took
	a.stop()
	result := s.result(journals...)
	t.Logf("%s", result.String())
	t.Logf("%.0f rotations/s, %s/s for %.0f s; %d generations deleted, %d of them unread; %d kills, %d while behind, by %s at most; caught up %.1f s after the end; peak memory %s",
		float64(st.rotations)/took.Seconds(), mib(int64(float64(bytes)/took.Seconds())), took.Seconds(),
		st.removed, st.unread, kills, counted, mib(most), caught.Seconds(), mib(a.peak))
	if !result.OK() {
		t.Errorf("not whole: %v", result.Examples)
	}
	if kills < full(3, 40) || counted*10 < kills*8 {
		t.Errorf("too little happened: %d kills, %d of them while the checkpoint was behind", kills, counted)
	}
	if float64(st.rotations) < full(20.0, 50.0)*took.Seconds() || st.removed < st.rotations/2 {
		t.Errorf("too little happened: %d rotations in %.0f s, %d deleted", st.rotations, took.Seconds(), st.removed)
	}
	if refused := s.Stats().Refused; refused > 0 {
		t.Errorf("the broker refused %d batches", refused)
	}
}
