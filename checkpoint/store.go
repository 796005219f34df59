package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"shipper/checkpoint/disk"
	"shipper/checkpoint/frame"
)

// Options of a Store.
type Options struct {
	// Log is told of every change between durable and not durable. Nil is
	// silence.
	Log *slog.Logger
	// FS, if not nil, is used for the files in place of disk.At(dir). The lock is
	// taken in dir all the same.
	FS disk.FS
}

// Store keeps watermarks durable. Its methods are safe for concurrent use,
// except that Close is the last one.
//
// It owns three goroutines, from Open to Close: the committer writes frames that
// nobody else does, the syncer calls fdatasync, the keeper makes new logs and snapshots.
type Store struct {
	dir    disk.FS
	log    *slog.Logger
	report Report

	// lock is the locked file, nil without one. relock tries again to get
	// it. Both belong to Open, then to the keeper, then to Close.
	lock   *os.File
	relock func() (*os.File, error)

	keeping    sync.WaitGroup // the keeper
	goroutines sync.WaitGroup // the others
	wakeKeeper chan struct{}  // of size 1: look what there is to do
	wakeSyncer chan struct{}  // likewise
	stopKeeper chan struct{}
	stopSyncer chan struct{}
	watchdog   *time.Timer // runs while a write is under way

	keeper keeperState // the keeper's own

	mu   sync.Mutex
	work sync.Cond // the committer waits: frames, a new log, or the end
	done sync.Cond // others wait for whoever writes

	table *table
	// current is the log that changes are recorded for, nil if none is. Its
	// file is nil while its snapshot is still being written.
	current *logFile
	end     int64    // length of current once all of pending is written
	limit   int64    // length of current at which a snapshot is due
	logSize int64    // what limit should be, room permitting
	next    *logFile // where writing is to go on, nil if nowhere
	// pending holds the frames that are written next, idle is the memory of those
	// that were written last.
	pending, idle  []byte
	queued         uint64 // commits recorded
	written        uint64 // commits written, or given up
	writing        *logFile
	writingSince   time.Time
	late           func()     // called if that takes too long, nil if it was or need not be
	carryingOn     int        // calls of late under way
	retired        []*logFile // for the syncer to close
	unsynced       bool       // current holds bytes that no fdatasync began after
	syncingSince   time.Time  // zero while no fdatasync is under way
	failure        error      // why commits are not written at present
	failedSince    time.Time
	snapshotError  error // why the snapshot that is due is not written
	toldOfLowered  bool
	closing        bool
	snapshotsTaken uint64
	writes, syncs  uint64
}

// logFile is a log that is open for writing.
type logFile struct {
	disk.File
	number    uint64
	seed      uint32 // of its frames' CRCs
	limit     int64  // length at which a snapshot is due
	written   int64  // bytes given to write(2), headers included; of whoever writes
	abandoned bool   // never to be written or synced again
}

// Open locks and loads the store in dir, which it creates if it is missing. It
// fails only if another process holds it (ErrLocked). Whatever else is wrong,
// it starts with what could be loaded, keeps the state in memory while it can't
// be written, tries again on its own, and says so in Report and Health.
func Open(dir string, o Options) (*Store, error) {
	lock, err := takeLock(dir)
	if errors.Is(err, ErrLocked) {
		return nil, fmt.Errorf("open checkpoint in %s: %w", dir, err)
	}
	if o.FS == nil {
		o.FS = disk.At(dir)
	}
	s := newStore(o.FS, o)
	if s.lock = lock; err != nil {
		s.relock = func() (*os.File, error) { return takeLock(dir) }
	}
	s.start(err)
	return s, nil
}

func newStore(dir disk.FS, o Options) *Store {
	s := &Store{
		dir:        dir,
		log:        o.Log,
		wakeKeeper: make(chan struct{}, 1),
		wakeSyncer: make(chan struct{}, 1),
		stopKeeper: make(chan struct{}),
		stopSyncer: make(chan struct{}),
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.work.L, s.done.L = &s.mu, &s.mu
	s.watchdog = time.AfterFunc(time.Hour, s.watch)
	s.watchdog.Stop()
	return s
}

// start loads the state and writes it afresh: a torn or damaged log is never
// written to again. lockError is why the lock was not to be had.
func (s *Store) start(lockError error) {
	l := load(s.dir)
	s.table, s.report = l.table, l.report
	s.keeper.begin(&l)
	s.logSize = max(minLog, l.size)
	err := lockError
	if err != nil {
		s.report.Unlocked = true
		s.report.problem("lock state directory: %v", err)
	} else {
		s.dropSpares(l.names)
		s.setAside(l.damaged)
		err = s.writeAfresh(l.base)
	}
	s.tellReport()
	if err != nil {
		s.mu.Lock()
		s.fail(nil, err)
		s.mu.Unlock()
	}
	s.goroutines.Go(s.commitLoop)
	s.goroutines.Go(s.syncLoop)
	s.keeping.Go(s.keepLoop)
}

func (s *Store) tellReport() {
	r := &s.report
	level := slog.LevelInfo
	switch {
	case r.Lost || r.Fallback || r.Unlocked || len(r.SetAside) > 0:
		level = slog.LevelError
	case r.TornBytes > 0: // a kill hardly ever does that, loss of power may
		level = slog.LevelWarn
	}
	s.log.Log(context.Background(), level, "checkpoint loaded",
		"fresh", r.Fresh, "lost", r.Lost, "generations", r.Generations, "snapshot", r.Snapshot,
		"logs", r.Logs, "commits", r.Frames, "torn_bytes", r.TornBytes,
		"set_aside", r.SetAside, "problems", r.Problems)
}

// Report says what Open found.
func (s *Store) Report() Report { return s.report }

// State returns a copy of what is known.
func (s *Store) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.table.state()
}

// maxBacklog bounds what is recorded while the state is written afresh.
const maxBacklog = 4 << 20

// Commit makes changes known and returns when they are written by write(2), so
// that they outlive the process; they outlive the machine within 100 ms more.
// While the disk fails it returns at once, and Health says so. It keeps nothing
// of c but its strings. An offset below the known one is ignored.
func (s *Store) Commit(c *Changes) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.record(c) {
		s.await(s.queued)
	}
}

// CommitHere is Commit for who commits often: the caller's goroutine writes, unless
// another one does, since to hand over to the committer and back takes longer than to
// write. Where Commit would return because write(2) hangs, late is called, from another
// goroutine: it is to do what the caller has to do next. CommitHere itself returns when
// write(2) and late have, and then false.
func (s *Store) CommitHere(c *Changes, late func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.record(c) {
		return true
	}
	if s.writing != nil || !s.writable() {
		s.await(s.queued)
		return true
	}
	s.late = late
	s.writeOnce()
	inTime := s.late != nil
	s.late = nil
	if s.due() { // others have recorded something meanwhile
		s.work.Signal()
	}
	for !inTime && s.carryingOn > 0 {
		s.done.Wait()
	}
	return inTime
}

// record merges changes into the state, and tells whether there is a frame of them to
// be written. s.mu is held.
func (s *Store) record(c *Changes) bool {
	start := len(s.pending)
	s.pending = s.table.merge(c, frame.Begin(s.pending, frame.Changes))
	if s.table.lowered > 0 && !s.toldOfLowered {
		s.toldOfLowered = true
		s.log.Error("checkpoint ignored an offset below the known one; this is a bug in shipper, please report it")
	}
	if s.current == nil || s.closing || len(s.pending) == start+frame.Overhead {
		s.pending = s.pending[:start]
		return false
	}
	frame.Finish(s.pending[start:], s.current.seed)
	s.end += int64(len(s.pending) - start)
	if s.failure != nil {
		if len(s.pending) > maxBacklog {
			s.current = nil
		}
		return false
	}
	s.queued++
	return true
}

// await waits until what is recorded is written, by whoever writes or by the committer.
// s.mu is held, but not while it waits.
func (s *Store) await(ticket uint64) {
	if s.writing == nil {
		s.work.Signal()
	}
	for s.written < ticket {
		s.done.Wait()
	}
}

// slowSync is how long fdatasync may take before Health mentions it.
const slowSync = 5 * time.Second

// Health is nil while commits become durable. Otherwise it says, for people,
// why not and what that means. It does not block on the disk.
func (s *Store) Health() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.failure != nil:
		return fmt.Errorf("checkpoint is not durable since %s: %w; "+
			"shipping goes on, but a restart now repeats what was shipped since then; %s",
			s.failedSince.Format(time.RFC3339), s.failure, cure(s.failure))
	case s.snapshotError != nil:
		return fmt.Errorf("checkpoint log grows, its snapshot can't be written: %w; look at the state directory's disk", s.snapshotError)
	case !s.syncingSince.IsZero() && time.Since(s.syncingSince) > slowSync:
		return fmt.Errorf("checkpoint waits for the disk: fdatasync has not returned for %s",
			time.Since(s.syncingSince).Round(time.Second))
	}
	return nil
}

// Stats counts what the store did since Open.
type Stats struct {
	LogBytes  int64  // length of the present log
	Commits   uint64 // that changed something and were written, or given up when the disk failed
	Writes    uint64 // write(2) calls for them
	Syncs     uint64 // fdatasync calls
	Snapshots uint64
	Lowered   uint64 // offsets ignored because they were below the known one
}

// Stats returns the counters.
func (s *Store) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Stats{
		LogBytes: s.end, Commits: s.written, Writes: s.writes, Syncs: s.syncs,
		Snapshots: s.snapshotsTaken, Lowered: s.table.lowered,
	}
}

// Close writes and syncs what is pending and unlocks. It blocks as long as the
// disk does. The error is that of Health: what was committed is not durable.
// Commits after Close change nothing on disk.
func (s *Store) Close() error {
	// The keeper first: it may be waiting for the committer.
	close(s.stopKeeper)
	s.keeping.Wait()
	s.mu.Lock()
	s.closing = true
	s.work.Broadcast()
	s.mu.Unlock()
	s.goroutines.Wait()
	s.watchdog.Stop()

	s.finish()
	if s.failureNow() != nil && s.recover() == nil { // one last try
		s.finish()
	}
	err := s.failureNow()
	if s.lock != nil {
		// Closing the file gives up its lock.
		err = errors.Join(err, s.lock.Close())
	}
	if err != nil {
		return fmt.Errorf("close checkpoint: %w", err)
	}
	return nil
}

// finish syncs and closes all logs. Only Close calls it, when no goroutine is
// left.
func (s *Store) finish() {
	s.mu.Lock()
	if s.current != nil {
		s.retire(s.current)
		s.current = nil
	}
	s.mu.Unlock()
	s.sync()
}

func (s *Store) failureNow() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failure
}
