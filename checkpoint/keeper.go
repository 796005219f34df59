package checkpoint

import (
	"errors"
	"fmt"
	"slices"
	"syscall"
	"time"

	"shipper/checkpoint/frame"
)

const (
	// minLog is how long a log grows before a snapshot replaces it; with more
	// state than that, as long as the snapshot.
	minLog = 4 << 20
	// leastLog is how long a log grows where there is no room for more.
	leastLog = 64 << 10
	// firstRetry and lastRetry bound the doubling time between attempts to
	// write to a disk that fails: the state is durable again soon after the
	// cure, and writing it all in vain now and then costs little.
	firstRetry = 250 * time.Millisecond
	lastRetry  = 4 * time.Second
	// keptDamaged is how many times damaged files are kept.
	keptDamaged = 3
)

// keeperState is what only the keeper uses, after Open.
type keeperState struct {
	newest   uint64      // the highest number given to a file
	latest   snapshotRef // the newest snapshot, zero if there is none
	previous snapshotRef // the one before, kept in case the newest is damaged
	seen     names       // the directory as it was loaded
	noSpares bool        // the log was told that there are none

	waiting   bool          // for delay to pass, before the next attempt
	delay     time.Duration // before the attempt that follows
	recovered time.Time     // when the state was last written afresh
}

func (k *keeperState) begin(l *loaded) {
	k.newest = l.names.newest
	k.latest = l.latest
	k.seen = l.names
}

// keepLoop is the keeper: it takes snapshots when they are due, and writes
// everything afresh after a failure.
func (s *Store) keepLoop() {
	k := &s.keeper
	retry := time.NewTimer(time.Hour)
	defer retry.Stop()
	for {
		if !k.waiting {
			select {
			case <-s.wakeKeeper:
			case <-s.stopKeeper:
				return
			}
		} else {
			retry.Reset(k.delay)
			select {
			case <-retry.C:
			case <-s.stopKeeper:
				return
			}
		}
		k.waiting = s.keep() != nil
		if k.waiting {
			k.delay = min(max(2*k.delay, firstRetry), lastRetry)
		}
	}
}

// keep does what is due. An error means: again, later. It is in Health by then.
func (s *Store) keep() error {
	s.mu.Lock()
	failed := s.failure
	due := s.snapshotError != nil || s.current != nil && s.end > s.limit
	s.mu.Unlock()
	if failed != nil {
		k := &s.keeper
		switch {
		case k.waiting:
		case time.Since(k.recovered) < lastRetry:
			// It lasted only a moment last time: don't spin.
			return failed
		default:
			k.delay = 0
		}
		return s.recover()
	}
	if !due {
		return nil
	}
	err := s.shorten()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failure != nil {
		return nil // the wake-up for that has come or is coming
	}
	if (err == nil) != (s.snapshotError == nil) {
		if err != nil {
			s.log.Error("checkpoint log can't be shortened", "error", err)
		} else {
			s.log.Info("checkpoint log is shortened again")
		}
	}
	s.snapshotError = err
	return err
}

// shorten starts a new log and writes a snapshot that takes the place of the
// older ones. Commits go on meanwhile.
func (s *Store) shorten() error {
	s.mu.Lock()
	current := s.current
	s.mu.Unlock()
	if current == nil {
		return nil
	}
	number := current.number
	// If the log is already newer than the snapshot, only the snapshot failed
	// last time.
	if number == s.keeper.latest.log {
		s.keeper.newest++
		number = s.keeper.newest
		next, err := s.createLog(number)
		if err != nil {
			return err
		}
		if !s.changeLog(next) {
			return errors.New("the disk failed meanwhile")
		}
	}
	s.mu.Lock()
	if s.current == nil || s.failure != nil {
		s.mu.Unlock()
		return errors.New("the disk failed meanwhile")
	}
	data := s.encode(number, frame.Position{Log: s.current.number, Offset: s.end})
	s.mu.Unlock()
	return s.writeSnapshot(number, data, number)
}

// changeLog lets the committer go on in a new log, and waits until it does.
func (s *Store) changeLog(next *logFile) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failure != nil {
		next.abandoned = true
		s.retire(next)
		return false
	}
	s.next = next
	s.work.Signal()
	for s.next == next && s.failure == nil {
		s.done.Wait()
	}
	return s.current == next
}

// encode returns a snapshot of the state, which the log goes on from at base.
// s.mu is held.
func (s *Store) encode(number uint64, base frame.Position) []byte {
	b := frame.AppendHeader(nil, frame.Snapshot, frame.Header{Number: number, Base: base})
	return s.table.appendSnapshot(b, frame.Seed(b))
}

// recover writes everything afresh after a failure.
func (s *Store) recover() error {
	s.mu.Lock()
	hangs := s.writing != nil
	failed := s.failure
	s.mu.Unlock()
	if hangs {
		return failed // who writes is not back from the disk
	}
	err := s.ready()
	if err == nil {
		err = s.writeAfresh(frame.Position{})
		if errors.Is(err, syscall.ENOSPC) {
			s.makeRoom()
			err = s.writeAfresh(frame.Position{})
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.failure = err
		return err
	}
	s.keeper.recovered = time.Now()
	s.log.Info("checkpoint is durable again", "after", time.Since(s.failedSince).Round(time.Millisecond).String())
	return nil
}

// ready gets the lock if Open did not. State that Open could not see is never
// written over: it may be the better one.
func (s *Store) ready() error {
	if s.relock == nil {
		return nil
	}
	lock, err := s.relock()
	if err != nil {
		return fmt.Errorf("lock state directory: %w", err)
	}
	list, err := s.dir.List()
	if err == nil {
		n := sortNames(list)
		if !slices.Equal(n.snapshots, s.keeper.seen.snapshots) || !slices.Equal(n.logs, s.keeper.seen.logs) {
			err = errors.New("the state directory holds state that was not there or not readable at the start: restart shipper to use it")
		}
	}
	if err != nil {
		return errors.Join(err, lock.Close())
	}
	s.lock, s.relock = lock, nil
	return nil
}

// writeAfresh writes the whole state as a new snapshot, and then begins a log
// that goes on from it. base is where older logs give the same state, zero if
// they don't. On success commits are durable again.
func (s *Store) writeAfresh(base frame.Position) error {
	s.keeper.newest++
	number := s.keeper.newest
	fresh := &logFile{number: number}
	s.mu.Lock()
	data := s.encode(number, frame.Position{Log: number, Offset: frame.HeaderSize})
	s.begin(fresh, base) // what is committed meanwhile is for the new log
	s.mu.Unlock()
	err := s.writeSnapshot(number, data, number)
	if err == nil {
		err = s.beginAfresh(fresh)
	}
	if err != nil {
		s.mu.Lock()
		s.current = nil
		s.pending = s.pending[:0]
		s.mu.Unlock()
	}
	return err
}

// beginAfresh makes the file of a log that is already current, and writes and
// syncs what was recorded for it so far: the disk is called good only when it
// took something.
func (s *Store) beginAfresh(fresh *logFile) error {
	made, err := s.createLog(fresh.number)
	if err != nil {
		return err
	}
	s.mu.Lock()
	lost := s.current != fresh
	batch := append(s.pending, 0, 0, 0, 0)
	s.pending, s.idle = s.idle[:0], nil
	s.mu.Unlock()
	if !lost {
		if _, err = made.WriteAt(batch, 0); err == nil {
			err = made.Sync()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil && s.current != fresh {
		err = errors.New("too much was committed meanwhile, or the disk failed again")
	}
	if err != nil {
		_ = made.Close() // given up
		return err
	}
	fresh.File, fresh.written = made.File, int64(len(batch)-4)
	fresh.limit, s.limit = made.limit, made.limit
	s.failure, s.snapshotError = nil, nil
	s.work.Signal()
	return nil
}

// createLog makes a log of the spare one, or a new one. Its header is written
// with the first frames.
func (s *Store) createLog(number uint64) (*logFile, error) {
	f, err := s.dir.Open(spareLog)
	if err != nil {
		return nil, err
	}
	// If the disk is full, writing may still succeed.
	limit, _ := s.allocateLog(f)
	err = s.dir.Rename(spareLog, logName(number))
	if err == nil {
		err = s.dir.SyncDir()
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return &logFile{File: f, number: number, limit: limit}, nil
}

// writeSnapshot writes a snapshot that log goes on from: beside its place,
// synced, then renamed. After that the oldest files are not needed any more.
func (s *Store) writeSnapshot(number uint64, data []byte, log uint64) error {
	f, err := s.dir.Open(spareSnapshot)
	if err != nil {
		return err
	}
	_ = f.Allocate(roomFor(int64(len(data)))) // if the disk is full, writing says so
	if _, err = f.WriteAt(data, 0); err == nil {
		if err = f.Sync(); err != nil {
			// Its pages can't be trusted any more.
			_ = s.dir.Remove(spareSnapshot)
		}
	}
	_ = f.Close() // after fdatasync, or given up
	if err == nil {
		err = s.dir.Rename(spareSnapshot, snapshotName(number))
	}
	if err == nil {
		err = s.dir.SyncDir()
	}
	if err != nil {
		return err
	}
	k := &s.keeper
	k.previous, k.latest = k.latest, snapshotRef{number, log}
	s.mu.Lock()
	s.logSize = max(minLog, int64(len(data)))
	s.snapshotsTaken++
	s.mu.Unlock()
	s.tidy(int64(len(data)))
	return nil
}
