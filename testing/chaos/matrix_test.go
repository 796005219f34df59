package chaos

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"shipper/testing/await"
)

// scheme is one way in which a log gets out of the way of its successor.
type scheme struct {
	name   string
	config config
	rotate func(a *app)
	// create begins the first generation; default: the live name.
	create func(a *app)
	// What can't be had any more after a rotation: everything unread that the
	// rotation destroyed, or only what a dead agent can't hold open.
	truncates, deletes bool
	// copies: the same lines are in two files, so that they arrive twice under
	// two ids.
	copies bool
}

var schemes = []scheme{
	{name: "rename and create", config: config{input: `  rotated = [".gen*"]`}, rotate: func(a *app) {
		a.rename(a.path(), fmt.Sprintf("%s.gen%04d", a.path(), a.generation()))
		a.open(a.path())
	}},
	{name: "numbered shift", rotate: func(a *app) {
		a.shift()
		a.rename(a.path(), a.path()+".1")
		a.open(a.path())
	}},
	{name: "dated names", rotate: func(a *app) {
		a.rename(a.path(), a.dated(a.generation()))
		a.open(a.path())
	}},
	{name: "symlink switch", config: config{input: `  follow_symlinks = true`},
		create: func(a *app) {
			a.open(a.dated(0))
			must(a.t, os.Symlink(filepath.Base(a.dated(0)), a.path()))
		},
		rotate: func(a *app) {
			next := a.dated(a.generation() + 1)
			a.open(next)
			must(a.t, os.Symlink(filepath.Base(next), a.path()+".tmp"))
			a.rename(a.path()+".tmp", a.path())
		}},
	{name: "hard link and unlink", rotate: func(a *app) {
		must(a.t, os.Link(a.path(), a.dated(a.generation())))
		must(a.t, os.Remove(a.path()))
		a.open(a.path())
	}},
	{name: "delete and recreate", deletes: true, rotate: func(a *app) {
		must(a.t, os.Remove(a.path()))
		a.open(a.path())
	}},
	{name: "move across directories",
		config: config{paths: []string{"*.log", "archive/*.log*"}, input: `  match  = "/(?P<app>[a-z]+)[.]log"
  stream = "${match.app}"`},
		rotate: func(a *app) {
			archive := filepath.Join(a.dir, "archive")
			must(a.t, os.MkdirAll(archive, 0o755))
			a.rename(a.path(), filepath.Join(archive, filepath.Base(a.dated(a.generation()))))
			a.open(a.path())
		}},
	{name: "truncate in place", truncates: true, rotate: func(a *app) {
		must(a.t, a.file.Truncate(0))
		a.begin()
	}},
	{name: "shrink and regrow", truncates: true, rotate: func(a *app) {
		size := a.info().Size()
		must(a.t, a.file.Truncate(0))
		a.begin()
		a.write(int(size) + lineBytes)
	}},
	{name: "same content, new file", copies: true, rotate: func(a *app) {
		a.copyTo(a.path() + ".tmp")
		a.rename(a.path()+".tmp", a.path())
		a.open(a.path())
	}},
	{name: "compress after rename", rotate: func(a *app) {
		a.rename(a.path(), a.dated(a.generation()))
		a.compress(a.dated(a.generation()))
		a.open(a.path())
	}},
	{name: "copytruncate", copies: true, rotate: func(a *app) {
		a.shift()
		a.copyTo(a.path() + ".1")
		must(a.t, a.file.Truncate(0))
		a.begin()
	}},
}

// moment is what the agent is at when the log rotates.
type moment struct {
	name   string
	unread int // bytes written before the rotation that nobody has read
	dead   bool
	before func(a *agent, s *sink) // after unread was written
	after  func(a *agent, s *sink) // when all generations are written
	// hold keeps the agent from reading what is written.
	hold func(s *sink)
}

const slowAck = 500 * time.Millisecond

func moments() []moment {
	slow := func(s *sink) { s.SetAckDelay(slowAck) }
	fast := func(_ *agent, s *sink) { s.SetAckDelay(0) }
	nothing := func(*agent, *sink) {}
	return []moment{
		{name: "running", unread: 4 << 20, hold: slow, before: nothing, after: fast},
		{name: "stopped", unread: 4 << 20, dead: true, hold: slow,
			before: func(a *agent, s *sink) { a.stop(); s.SetAckDelay(0) },
			after:  func(a *agent, _ *sink) { a.start() }},
		{name: "killed", unread: 4 << 20, dead: true, hold: slow,
			before: func(a *agent, s *sink) {
				a.kill()
				time.Sleep(slowAck) // what it had sent arrives yet
				s.SetAckDelay(0)
			},
			after: func(a *agent, _ *sink) { a.start() }},
		{name: "far behind", unread: full(64<<20, 1<<30), hold: slow, before: nothing, after: fast},
		{name: "broker down", unread: 4 << 20, hold: (*sink).Away, before: nothing,
			after: func(_ *agent, s *sink) { s.Back() }},
	}
}

// minUnread is what must not be read at the fault; what a lane may have read
// ahead, two batches, is not counted.
const (
	minUnread = 1 << 20
	readAhead = 2 * 512 << 10
)

// TestRotationMatrix rotates a log in every way at every moment, more than a
// mebibyte being unread, and lets at least two more generations follow.
func TestRotationMatrix(t *testing.T) {
	for _, m := range moments() {
		for _, sc := range schemes {
			t.Run(m.name+"/"+sc.name, func(t *testing.T) {
				t.Parallel()
				cell(t, m, sc)
			})
		}
	}
}

func cell(t *testing.T, m moment, sc scheme) {
	s := newSink(t, 1, "app")
	c := sc.config
	c.input += "\n" + `  scan_interval = "200ms"` // so that it soon knows how much there is
	ag := newAgent(t, s, c)
	a := newApp(t, ag.logs, "app")
	if sc.create == nil {
		sc.create = func(a *app) { a.open(a.path()) }
	}
	sc.create(a)
	a.write(256 << 10)
	ag.start()
	await.True(t, time.Minute, "the first lines arrive", func() bool { return s.missing(a.written()) == 0 })
	await.True(t, time.Minute, "they are in the checkpoint", func() bool { return ag.acknowledged() == a.info().Size() })
	m.hold(s)
	a.write(m.unread)
	if !m.dead {
		// The agent knows how much there is before it is taken away.
		size := a.info().Size()
		await.True(t, time.Minute, "the agent has seen the size", func() bool { return ag.sees(size) })
	}
	m.before(ag, s)
	unread := a.info().Size() - ag.acknowledged() - readAhead
	if unread < minUnread {
		t.Fatalf("only %d bytes are unread at the fault", unread)
	}
	for range 3 {
		switch info := a.info(); {
		case m.dead:
		case sc.deletes: // what comes and goes between two looks is nobody's
			await.True(t, time.Minute, "the agent holds the file", func() bool { return ag.holds(info) })
		case sc.truncates: // and what does so is not counted
			await.True(t, time.Minute, "the agent has seen the size", func() bool { return ag.sees(info.Size()) })
		}
		sc.rotate(a)
		a.write(minUnread / 2)
	}
	atFault := a.written()
	waiting := s.missing(atFault)
	m.after(ag, s)
	a.write(lineBytes)
	j := a.written()
	lossy := sc.truncates || sc.deletes && m.dead
	if lossy {
		await.True(t, 40*time.Second, "the last line arrives", func() bool { return s.has("app", j.Lines-1) })
		await.True(t, 40*time.Second, "nothing is left to be read", func() bool { return ag.lag() == 0 && s.quiet() > time.Second })
	} else {
		deadline := time.Now().Add(full(40*time.Second, 4*time.Minute))
		for s.missing(j) > 0 && time.Now().Before(deadline) {
			time.Sleep(20 * time.Millisecond)
		}
	}
	r := s.result(j)
	reported := ag.counter("bytes_lost")
	t.Logf("%s unread at the fault, %d lines to come; %s; the agent reports %d bytes lost", mib(unread), waiting, r.String(), reported)
	if r.Reordered+r.Torn+r.Foreign > 0 || r.BadIDs > 0 && !sc.copies {
		t.Errorf("damaged: %v", r.Examples)
	}
	lost := int64(r.Lost) * lineBytes
	if !lossy {
		if lost > 0 {
			t.Errorf("%d lines are lost: %v", r.Lost, r.Examples)
		}
		if reported != 0 {
			t.Errorf("the agent reports a loss of %d bytes where there is none", reported)
		}
		return
	}
	// Only what the rotations destroyed may miss: nothing of the present
	// generation.
	for seq := j.Generations[len(j.Generations)-1].First; seq < j.Lines; seq++ {
		if !s.has("app", seq) {
			t.Errorf("line %d of the last generation is lost", seq)
			break
		}
	}
	if m.dead {
		if want := waiting - atFault.Generations[len(atFault.Generations)-1].Lines; r.Lost != want {
			t.Errorf("%d lines are lost, %d were destroyed unread", r.Lost, want)
		}
	} else if reported > lost {
		t.Errorf("the agent reports %d bytes lost, by the oracle it is %d", reported, lost)
	}
}
