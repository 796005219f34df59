package pipeline

import (
	"errors"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"shipper/checkpoint/disk"
)

var errKilled = errors.New("the process is gone")

// TestCrashAfterEveryOperation kills the whole agent before each single operation on
// logs and state of a cycle in which it starts, ships, commits, meets a rotation,
// stops, and writes a snapshot as it starts again. The next life delivers the rest: no
// line is lost, and of each shard at most one batch is sent twice.
func TestCrashAfterEveryOperation(t *testing.T) {
	total, state, _ := crashCycle(t, 0)
	if total < 100 || state < 20 || total-state < 50 {
		t.Fatalf("%d operations, %d of them on the state: too few for a cycle", total, state)
	}
	counting := 0
	for at := 1; at <= total && !t.Failed(); at++ {
		if _, _, behind := crashCycle(t, at); behind {
			counting++
		}
	}
	if counting < total/4 {
		t.Errorf("there was something to lose before %d of %d operations only", counting, total)
	}
	t.Logf("killed before each of %d operations, %d of them on the state; before %d there was something to lose", total, state, counting)
}

// crashCycle plays the cycle, in which the agent is killed before an operation, or not
// at all. It returns how many operations there were, how many of them on the state, and
// whether there were lines then that the output did not have.
func crashCycle(t *testing.T, crashAt int) (total, state int, behind bool) {
	t.Helper()
	logs := t.TempDir()
	memory, err := os.MkdirTemp(memoryDir(), "shipper-crash-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(memory)
	synctest.Test(t, func(*testing.T) {
		w := newWorld(plan{watched: true}, logs, memory)
		defer w.close()
		w.crashAt = crashAt
		m := w.logs[0]
		for _, act := range []func(){
			func() {},
			func() { m.appendTo(m.ensure(), 5) },
			func() { m.partial(3) },
			func() { m.rotate(m.dated(m.ensure().number)) },
			func() { m.appendTo(m.ensure(), 5) },
			func() { m.late(2) },
			nil, // it stops
			func() { m.appendTo(m.ensure(), 2) },
		} {
			w.revive()
			if act == nil {
				if w.life != nil {
					w.end(w.life)
				}
			} else {
				w.mu.Lock()
				act()
				w.mu.Unlock()
			}
			w.revive()
			w.pause(4 * time.Second)
		}
		for range 2 { // it may be killed in the first of these
			w.revive()
			w.pause(30 * time.Second)
		}
		w.revive()
		w.end(w.life)
		w.whole()
		if crashAt > 0 && w.operations >= crashAt && w.kills == 0 {
			t.Errorf("operation %d came and nobody was killed", crashAt)
		}
		total, state, behind = w.operations, w.onState, w.behind
		if w.failure != "" {
			t.Errorf("killed before operation %d: %s\n%s", crashAt, w.failure, w.log.text.String())
		}
	})
	return total, state, behind
}

// revive sees to it that the agent runs, also if it was killed as it started.
func (w *world) revive() {
	for {
		w.mu.Lock()
		killed, lives := w.killed, w.life != nil
		w.mu.Unlock()
		switch {
		case killed != nil:
			w.end(killed)
		case lives:
			return
		default:
			w.start()
		}
	}
}

// operation counts one on logs or state, under mu, and kills the agent when its turn
// has come.
func (w *world) operation(l *modelLife) error {
	if l.over {
		return errKilled
	}
	if w.operations++; w.operations != w.crashAt {
		return nil
	}
	w.kills++
	for _, m := range w.logs {
		w.behind = w.behind || slices.ContainsFunc(m.lines, func(l *modelLine) bool { return l.times == 0 })
	}
	w.broker.lastAgain()
	w.crash(l)
	w.killed = l
	return errKilled
}

// modelDisk is what a life keeps its state on. Whatever is done to it is done or not
// when the agent is killed.
type modelDisk struct {
	disk.FS
	l *modelLife
}

func (d modelDisk) do(op func() error) error {
	w := d.l.w
	w.mu.Lock()
	defer w.mu.Unlock()
	w.onState++
	if err := w.operation(d.l); err != nil {
		return err
	}
	return op()
}

func (d modelDisk) Open(name string) (f disk.File, err error) {
	err = d.do(func() error { f, err = d.FS.Open(name); return err })
	return modelDiskFile{f, d}, err
}

func (d modelDisk) Rename(oldName, newName string) error {
	return d.do(func() error { return d.FS.Rename(oldName, newName) })
}

func (d modelDisk) Remove(name string) error { return d.do(func() error { return d.FS.Remove(name) }) }

func (d modelDisk) SyncDir() error { return d.do(d.FS.SyncDir) }

type modelDiskFile struct {
	disk.File
	d modelDisk
}

func (f modelDiskFile) WriteAt(b []byte, at int64) (n int, err error) {
	err = f.d.do(func() error { n, err = f.File.WriteAt(b, at); return err })
	return n, err
}

func (f modelDiskFile) Sync() error { return f.d.do(f.File.Sync) }

func (f modelDiskFile) Allocate(size int64) error {
	return f.d.do(func() error { return f.File.Allocate(size) })
}
