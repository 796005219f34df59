package logfile

import (
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bmatcuk/doublestar/v4"

	"shipper/inputs/logfile/absent"
	"shipper/inputs/logfile/calls"
	"shipper/inputs/logfile/discovery"
	"shipper/inputs/logfile/names"
	"shipper/inputs/logfile/notices"
	"shipper/inputs/logfile/packed"
	"shipper/inputs/logfile/split"
	"shipper/inputs/logfile/trouble"
	"shipper/inputs/logfile/vfs"
	"shipper/inputs/logfile/waiting"
)

// Env is what an Input needs of the process around it.
type Env struct {
	Log     *slog.Logger
	AgentID string // part of every generation id
	Host    string
	// Routes is how many routes read this input; they are numbered from 0.
	Routes int
	// Fresh says of each route that no earlier process was told of it, though it may
	// know the input: Config.StartAtEnd and StartAt concern it, too. nil means none.
	Fresh []bool
	// Saved is what earlier processes left, of any input.
	Saved []Saved
	// Descriptors is the process's budget of open files, shared by all inputs.
	Descriptors *Descriptors
	// Wake is called when cursors may have bytes to read. It must not block
	// and may be called from any goroutine, also for a cursor that is being
	// read at that moment. The list is the caller's.
	Wake func([]*Cursor)
	// Gather is how long events of changes gather before the cursors are
	// woken. 0: the first of them wakes at once.
	Gather time.Duration
	// Skip is told what Config.StartAtEnd passed over, for each route, before
	// any cursor of the files is woken. It is to be made durable, or a restart
	// skips again what was written since. Called by Run only; nil is fine.
	Skip func(route int, skipped []Progress)
	// Forget is told which generations are gone for good. Called by Run only;
	// nil is fine.
	Forget func(ids []uint64)
	// Complete is told which generations are complete; Confirm is to be called
	// when that is known to whoever is to know it. Called by Run only; with nil
	// nobody is to know.
	Complete func(*Completion)
	// Needed tells whether somebody else has yet to ship something of a file that
	// is to be removed. Called by Run only; nil means nobody.
	Needed func(device, inode uint64) bool
	// Retire is told which cursors will never be woken again: their streams
	// have had no file for Config.ForgetAfter. Called by Run only; nil is fine.
	Retire func([]*Cursor)
	// Has tells of records that are not to be delivered, since they are where they
	// are to go already. It must always say the same. nil means none.
	Has func(generation uint64, offset int64) bool
	// Follows says which routes, the last ones, follow another: they go on from
	// where that one is, and no file is kept for them.
	Follows map[int]int
	// Elsewhere is asked for what is gone; nil is fine.
	Elsewhere vfs.Elsewhere
	// FS is the file system; nil means the real one.
	FS vfs.FS
	// Watch makes the watcher of directories, when Run begins; nil means that of
	// the operating system.
	Watch func() (notices.Watcher, error)
}

// Input discovers, identifies and reads the files of one input block.
type Input struct {
	cfg   Config
	cut   split.Config
	env   Env
	log   *slog.Logger
	fs    vfs.FS
	globs *names.Globs
	now   func() time.Time // replaced by tests

	problems *trouble.Book

	// mu guards everything below it, and all streams, files and cursors. It is
	// held for short whiles and never while the disk is asked for anything.
	mu         sync.Mutex
	streams    map[string]*stream
	files      map[key]*file // every file with a name or a descriptor
	absent     *absent.Store
	overdue    map[*Cursor]*file  // of which a Read does not return
	nameless   map[*file]struct{} // of files: without a name in any directory we look at
	failing    map[*file]struct{} // that can't be read, and some that could not
	waiting    *waiting.List[*Cursor]
	endings    map[*file]*ending        // files that end, until all is done with them
	nearLimit  bool                     // of RetainDeleted, as last told
	claims     []*claim                 // generations that may have an heir
	elders     map[*stream]absent.Elder // the newest begun generation, where it is forgotten
	unexamined map[*file]time.Time      // compressed newcomers to be examined, since when
	counters   Counters
	tick       uint64    // counts looks at files, to tell earlier from later
	gone       []uint64  // ids to be forgotten now: unlinked and read to their end
	wakes      []*stream // to be woken by flush
	lively     []*stream // that had something to read lately, see Track
	messages   []message // to be logged by flush
	draining   bool      // every file is taken for sealed once it was unchanged for settle
	settle     time.Duration
	countAside bool // what a following route has read is done
	looking    bool // everything was looked at once, and Run goes on
	closed     bool

	pending atomic.Bool // flush has something to do

	looks chan chan struct{} // somebody waits for a full scan

	// tree is the directories. Run has it locked while it works; it is locked before mu.
	tree *discovery.Tree[file]
	asks *calls.Group // about files, by Run

	// The rest belongs to the goroutine of Run.
	hadState   bool        // an earlier process has read files of this input
	fresher    []bool      // by route: hadState, but not when this route was configured
	begun      bool        // the first full scan is over
	orphans    []*file     // of the input before, see Succeed
	fresh      []*file     // found, and not yet in their stream
	unskipped  []unskipped // in their stream, and not to be read yet
	newcomers  []*file     // those, while they are judged
	joining    []*file     // of newcomers: about to be put into their streams
	examining  *examination
	examined   chan *examination
	examineAt  time.Time             // not before
	opening    chan struct{}         // closed when openNew is through; nil before the first
	kinship    map[string][]*absence // under mu, by stream, made when needed and valid for one insertFresh
	headed     map[*file]struct{}    // by knowHeads, likewise
	tidied     time.Time             // when it was last looked what is not needed any more
	rescan     bool                  // events were lost: scan now
	compressed bool                  // the first compressed file was told
}

// New makes an Input; it touches no file until Run.
func New(cfg Config, env Env) (*Input, error) {
	globs, err := names.New(cfg.Paths, cfg.ExcludePaths)
	if err != nil {
		return nil, fmt.Errorf("make input %s: %w", cfg.Label, err)
	}
	for _, p := range cfg.Rotated {
		if !doublestar.ValidatePattern(p) {
			return nil, fmt.Errorf("make input %s: pattern of rotated names %q is malformed", cfg.Label, p)
		}
	}
	if err := cfg.Fill(); err != nil {
		return nil, fmt.Errorf("make input %s: %w", cfg.Label, err)
	}
	if env.Log == nil {
		env.Log = slog.New(slog.DiscardHandler)
	}
	if env.FS == nil {
		env.FS = vfs.OS
	}
	if env.Descriptors == nil {
		env.Descriptors = NewDescriptors(1024)
	}
	if env.Watch == nil {
		env.Watch = notices.System
	}
	if env.Wake == nil {
		env.Wake = func([]*Cursor) {}
	}
	in := &Input{
		cfg: cfg, cut: cfg.Cutting(), env: env, fs: env.FS, globs: globs, now: time.Now,
		log:        env.Log.With("input", cfg.Label),
		streams:    map[string]*stream{},
		absent:     absent.NewStore(),
		overdue:    map[*Cursor]*file{},
		files:      map[key]*file{},
		nameless:   map[*file]struct{}{},
		failing:    map[*file]struct{}{},
		waiting:    waiting.New[*Cursor](),
		endings:    map[*file]*ending{},
		unexamined: map[*file]time.Time{},
		elders:     map[*stream]absent.Elder{},
		examined:   make(chan *examination, 1),
		looks:      make(chan chan struct{}),
		asks:       calls.NewGroup(&sync.Mutex{}),
	}
	in.problems = trouble.NewBook(in.log, func() time.Time { return in.now() })
	in.tree = discovery.New(discovery.Env[file]{
		FS: in.fs, Globs: globs, Rotated: cfg.Rotated, Follow: cfg.FollowSymlinks,
		Log: in.log, Problems: in.problems, Now: func() time.Time { return in.now() },
		Tick: in.lastTick, Knows: in.known, Seeks: in.seeks, Saw: in.take, Gone: in.disappeared, Wrote: in.wrote, Is: (*file).is,
	})
	for i := range env.Saved {
		a := in.savedAbsence(&env.Saved[i])
		in.addAbsent(a)
		in.hadState = in.hadState || a.Ours
	}
	in.fresher = make([]bool, env.Routes)
	for r := range env.Fresh {
		in.fresher[r] = in.hadState && env.Fresh[r]
	}
	in.env.Saved = nil // kept as absences now
	return in, nil
}

// Close closes all descriptors. Run must have returned and no cursor be in use.
func (in *Input) Close() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.closed = true // what hangs still opens nothing more
	for _, f := range in.files {
		in.closeHandle(f)
	}
	for _, f := range in.orphans {
		in.closeHandle(f)
	}
	return nil
}

func (in *Input) closeHandle(f *file) {
	if f.format != packed.None {
		in.env.Descriptors.EndDecoders(f)
	}
	if f.handle != nil {
		in.env.Descriptors.Drop(f.handle)
		f.handle = nil
	}
}

// reclass tells the budget how willingly f's descriptor is given up.
func (in *Input) reclass(f *file) {
	if f.handle != nil {
		in.env.Descriptors.SetClass(f.handle, f.class())
	}
}

// wake wakes all cursors of the streams. Called without mu: Wake belongs to
// others, who may hold their own locks while they call us.
func (in *Input) wake(streams []*stream) {
	var all []*Cursor
	for _, s := range streams {
		in.mu.Lock()
		s.woken = false
		cursors := s.cursors // never changes once made
		in.mu.Unlock()
		all = append(all, cursors...)
	}
	if len(all) > 0 {
		in.env.Wake(all)
	}
}

// stirred notes, under mu, that f may have bytes to read.
func (in *Input) stirred(f *file, now time.Time) {
	f.stir(now)
	in.reclass(f)
	in.mayEnd(f)
	in.rouse(f.stream)
}

// rouse puts a stream, under mu, on the list of those that Run wakes next.
func (in *Input) rouse(s *stream) {
	if s != nil && !s.lively {
		s.lively = true
		in.lively = append(in.lively, s)
	}
	if s != nil && !s.woken {
		s.woken = true
		in.wakes = append(in.wakes, s)
		in.pending.Store(true)
	}
}

// message is a warning to be logged.
type message struct {
	text  string
	attrs []any
}

// later has a warning logged once mu is free again.
func (in *Input) later(text string, attrs ...any) {
	in.messages = append(in.messages, message{text, attrs})
	in.waiting.Tell()
	in.pending.Store(true)
}

// sawSize notes, under mu, that f has, or had, at least size bytes. If it was cut short
// and not read since, that may have been before.
func (in *Input) sawSize(f *file, size int64) {
	if f.cut() > 0 {
		return
	}
	in.tick++
	f.touched = in.tick
	f.size = max(f.size, size)
}

// flush does what has to wait until mu is free: it logs, and wakes the streams
// that were roused.
func (in *Input) flush() {
	in.mu.Lock()
	in.pending.Store(false)
	list, messages := in.wakes, in.messages
	in.wakes, in.messages = nil, nil
	in.mu.Unlock()
	for _, m := range messages {
		in.log.Warn(m.text, m.attrs...) //nolint:sloglint // a constant where `later` is called
	}
	in.wake(list)
}
