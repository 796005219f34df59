package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"shipper/agent/routes"
	"shipper/agent/stored"
	"shipper/checkpoint"
	"shipper/checkpoint/disk"
	"shipper/inputs/logfile"
	"shipper/inputs/logfile/notices"
	"shipper/inputs/logfile/vfs"
	"shipper/outputs"
	"shipper/outputs/quarantine"
)

// world is everything around the agent: logs, disk, what it ships to, and time.
// The test's goroutine and those of the agent use it in turn, under mu.
type world struct {
	plan  plan
	dir   string // of the logs
	state string // under it a directory for the state of each life

	mu      sync.Mutex
	failure string
	logs    []*modelLog
	files   []*os.File
	broker  modelBroker
	life    *modelLife // nil while the agent is dead
	lives   int
	dead    int    // steps that it stays so
	ambush  int    // operations until the waiting action happens
	waiting func() // the action
	kills   int    // while something was under way
	partial map[partialKey]*modelLine
	acted   time.Time
	log     lockedText
	// swallowed says that a lost answer keeps the agent from knowing what arrived.
	swallowed bool
	told      uint64 // bytes that former lives reported lost

	crashAt    int // the operation before which the agent is killed, 0 for none
	operations int // on logs and state
	onState    int
	killed     *modelLife // before that operation, and not ended yet
	behind     bool       // then something was written and not delivered
}

// modelLife is the agent from its start to its end.
type modelLife struct {
	w        *world
	state    string
	store    *checkpoint.Store
	pipe     *Pipeline
	input    *logfile.Input
	announce *announcer
	over     bool // killed: whatever it does from now on is not done
	stopping context.CancelFunc
	cutting  context.CancelFunc
	running  sync.WaitGroup
	lanes    sync.WaitGroup
}

// lockedText is a log for several writers.
type lockedText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lockedText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func newWorld(p plan, dir, state string) *world {
	w := &world{plan: p, dir: dir, state: state, partial: map[partialKey]*modelLine{}}
	w.broker = modelBroker{w: w, open: map[outputs.Shard]*taken{}, last: map[outputs.Shard]*taken{}}
	for n := range 2 {
		l := newModelLog(w, n)
		l.appendTo(l.current(), 3)
		w.logs = append(w.logs, l)
	}
	return w
}

func (w *world) fail(format string, args ...any) {
	if w.failure == "" {
		w.failure = fmt.Sprintf(format, args...)
	}
}

// must notes an error of the test's own file system.
func (w *world) must(err error) {
	if err != nil {
		panic(err)
	}
}

func (w *world) close() {
	for _, f := range w.files {
		_ = f.Close()
	}
}

// start begins a life, as Agent.Run does.
func (w *world) start() {
	w.mu.Lock()
	lives := w.life != nil
	w.mu.Unlock()
	if lives {
		return
	}
	w.lives++
	l := &modelLife{w: w, state: filepath.Join(w.state, strconv.Itoa(w.lives))}
	if w.lives > 1 {
		w.must(os.CopyFS(l.state, os.DirFS(filepath.Join(w.state, "left"))))
	}
	log := slog.New(slog.NewTextHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelInfo}))
	store, err := checkpoint.Open(l.state, checkpoint.Options{Log: log, FS: modelDisk{disk.At(l.state), l}})
	w.must(err)
	l.store = store
	state := store.State()
	output := &modelOutput{broker: &w.broker, l: l}
	output.shards = 2
	parts := Parts{Output: output, Quarantine: quarantine.NewFile(filepath.Join(l.state, "quarantine.jsonl"), 1<<20, log)}
	l.pipe = New(Config{Name: "model.out", Parts: parts, Lanes: 3, Buffer: 64 << 10, Choices: state.Choices, Store: store, Log: log})
	table := routes.New(state, nil)
	known, _ := table.Number(checkpoint.Route{Input: "in", Output: "model.out"}, nil)
	store.Commit(&checkpoint.Changes{Routes: table.Fresh()})
	route := routes.NewRoute(known, 0)
	cfg := logfile.Config{
		Label: "in", Paths: []string{w.dir + "/*.log"}, Rotated: []string{".gen*"}, FollowSymlinks: w.plan.symlinks,
		KeepOpen: 24 * time.Hour,
	}
	if w.plan.named {
		cfg.Paths = append(cfg.Paths, w.dir+"/archive/*.log*")
		cfg.StreamName = func(v logfile.Vars) (string, error) { return filepath.Base(v.Path), nil }
	}
	l.announce = newAnnouncer()
	l.input, err = logfile.New(cfg, logfile.Env{
		Log: log, AgentID: "agent", Host: "host", Routes: 1, Saved: stored.For(state, "in", []checkpoint.RouteID{1}),
		Descriptors: logfile.NewDescriptors(64),
		Wake:        func(list []*logfile.Cursor) { l.pipe.Wake(route, list) },
		Forget:      func(ids []uint64) { store.Commit(&checkpoint.Changes{Forget: ids}) },
		Skip: func(_ int, skipped []logfile.Progress) {
			var c checkpoint.Changes
			for _, p := range skipped {
				stored.AddProgress(&c, p, "in", 1)
			}
			store.Commit(&c)
		},
		FS: modelFS{vfs.OS, l},
		Watch: func() (notices.Watcher, error) {
			if !w.plan.watched {
				return nil, errors.New("not here")
			}
			return l.announce, nil
		},
	})
	w.must(err)
	ctx, stop := context.WithCancel(context.Background())
	laneCtx, cut := context.WithCancel(context.Background())
	l.stopping, l.cutting = stop, cut
	w.mu.Lock()
	w.life = l // before it works: it may be what ends itself
	w.mu.Unlock()
	l.running.Go(func() { _ = l.input.Run(ctx) })
	l.lanes.Go(func() { l.pipe.lanes.Run(laneCtx, context.Background()) })
}

// end ends a life in the soft way. Called without mu.
func (w *world) end(l *modelLife) {
	l.stopping()
	l.running.Wait()
	l.cutting()
	l.lanes.Wait()
	l.announce.Close()
	lost := l.input.Counters().BytesLost
	_ = l.input.Close()
	err := l.store.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told += lost
	if w.killed == l {
		w.killed = nil
		if w.life == l { // as it started
			w.life = nil
		}
	}
	if !l.over {
		w.must(err)
		w.leave(l)
	}
}

// leave keeps what the next life finds. What had no name is lost with its
// descriptors.
func (w *world) leave(l *modelLife) {
	left := filepath.Join(w.state, "left")
	w.must(os.RemoveAll(left))
	w.must(os.CopyFS(left, os.DirFS(l.state)))
	w.life = nil
	w.broker.forget()
	for _, m := range w.logs {
		for _, g := range m.gens {
			g.held = false
			if g.number < m.newGen {
				// Its place among others was known to the agent that ended, and
				// stored only once it was begun.
				g.unplaced = true
			}
			if g.path == "" {
				g.excuse("deleted, and the agent ended")
			}
		}
	}
}

// crash ends a life at once: under mu, also from within its own goroutines.
func (w *world) crash(l *modelLife) {
	l.over = true
	w.leave(l)
}

// settled notes that the agent had time to see what there is.
func (w *world) settled() {
	for _, m := range w.logs {
		if m.newGen > m.origin && len(w.broker.open) == 0 {
			m.copies = 0
		}
		for _, g := range m.gens {
			g.held = g.held || g.path != ""
		}
	}
}

// modelFS lets an action happen in the midst of the agent's work.
type modelFS struct {
	vfs.FS
	l *modelLife
}

// step is called before each operation.
func (f modelFS) step() error {
	w := f.l.w
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.operation(f.l) != nil {
		return syscall.EIO
	}
	if w.ambush > 0 {
		if w.ambush--; w.ambush == 0 && w.waiting != nil {
			action := w.waiting
			w.waiting = nil
			action()
		}
	}
	if f.l.over {
		return syscall.EIO
	}
	return nil
}

func (f modelFS) List(dir vfs.Place, visit func(*vfs.Entry)) (vfs.Info, error) {
	if err := f.step(); err != nil {
		return vfs.Info{}, err
	}
	return f.FS.List(dir, func(e *vfs.Entry) {
		s := modelStat{e.Stater, f}
		e.Stater = s
		visit(e)
		e.Stater = s.Stater
	})
}

// Stater is what vfs.Entry asks.
type Stater = interface {
	StatEntry(e *vfs.Entry, follow bool) (vfs.Info, error)
}

type modelStat struct {
	Stater
	fs modelFS
}

func (s modelStat) StatEntry(e *vfs.Entry, follow bool) (vfs.Info, error) {
	if err := s.fs.step(); err != nil {
		return vfs.Info{}, err
	}
	return s.Stater.StatEntry(e, follow)
}

func (f modelFS) Open(p vfs.Place) (vfs.File, error) {
	if err := f.step(); err != nil {
		return nil, err
	}
	o, err := f.FS.Open(p)
	if err != nil {
		return nil, err
	}
	return modelFile{o, f}, nil
}

type modelFile struct {
	vfs.File
	fs modelFS
}

func (f modelFile) Pread(p []byte, offset int64) (int, error) {
	if err := f.fs.step(); err != nil {
		return 0, err
	}
	return f.File.Pread(p, offset)
}

func (f modelFile) Stat() (vfs.Info, error) {
	if err := f.fs.step(); err != nil {
		return vfs.Info{}, err
	}
	return f.File.Stat()
}
