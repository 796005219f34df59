package checkpoint

import (
	"fmt"
	"time"

	"shipper/checkpoint/frame"
)

const (
	// syncDelay is how long after the first unsynced write fdatasync begins:
	// early enough that it has mostly returned within 100 ms of the write.
	syncDelay = 50 * time.Millisecond
	// hangAfter is how long write(2) may take. A page cache takes bytes at
	// once; a disk that makes it wait so long is treated as failed, so that
	// shipping goes on.
	hangAfter = 2 * time.Second
)

// commitLoop is the committer: it writes whatever was recorded since the last
// write, in one write. There is no timer: while somebody writes, others gather.
func (s *Store) commitLoop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		for !s.due() {
			s.work.Wait()
		}
		if s.closing && !s.writable() {
			close(s.stopSyncer)
			return
		}
		s.writeOnce()
	}
}

// due tells whether there is anything to do for the committer.
func (s *Store) due() bool {
	return s.writing == nil && (s.writable() || s.next != nil || s.closing)
}

func (s *Store) writable() bool {
	return len(s.pending) > 0 && s.current != nil && s.current.File != nil
}

// writeOnce writes pending to the current log, and then makes next the current
// one if there is one. Nobody else may be writing. s.mu is held, but not while write(2)
// runs.
func (s *Store) writeOnce() {
	l, batch, upTo := s.current, s.pending, s.queued
	s.pending, s.idle = s.idle[:0], nil
	if s.next != nil {
		// From here on frames are recorded for the next log. Its header tells
		// a loader that it goes on exactly where this one ends.
		s.begin(s.next, frame.Position{Log: l.number, Offset: s.end})
		s.next = nil
	}
	if len(batch) > 0 {
		batch = append(batch, 0, 0, 0, 0)
		s.writeTo(l, batch)
		s.written = max(s.written, upTo)
	}
	if cap(batch) <= maxBacklog {
		s.idle = batch
	}
	if l != s.current && !l.abandoned {
		s.retire(l)
	}
	s.done.Broadcast()
	if s.current != nil && s.end > s.limit {
		wake(s.wakeKeeper)
	}
}

// begin makes l the log that changes are recorded for. pending must be empty.
func (s *Store) begin(l *logFile, base frame.Position) {
	s.pending = frame.AppendHeader(s.pending[:0], frame.Log, frame.Header{Number: l.number, Base: base})
	l.seed = frame.Seed(s.pending)
	s.current, s.end, s.limit = l, frame.HeaderSize, l.limit
}

// writeTo appends frames to a log. The four zero bytes behind them are written
// over next time: in the blocks of an older log they tell a clean end from a
// torn one.
func (s *Store) writeTo(l *logFile, batch []byte) {
	at := l.written
	l.written += int64(len(batch) - 4)
	s.writing, s.writingSince = l, time.Now()
	s.mu.Unlock()
	s.watchdog.Reset(hangAfter)
	_, err := l.WriteAt(batch, at)
	s.watchdog.Stop()
	s.mu.Lock()
	s.writing = nil
	s.writes++
	switch {
	case l.abandoned:
		// It was given up while the write hung.
		s.retire(l)
	case err != nil:
		s.fail(l, err)
	case !s.unsynced:
		s.unsynced = true
		wake(s.wakeSyncer)
	}
}

// watch gives up a log whose write hangs, and has others do what its writer was about to.
func (s *Store) watch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writing == nil || time.Since(s.writingSince) < hangAfter {
		return
	}
	s.fail(s.writing, fmt.Errorf("write to %s has not returned for %s", logName(s.writing.number), hangAfter))
	if late := s.late; late != nil {
		s.late = nil
		s.carryingOn++
		s.mu.Unlock()
		late()
		s.mu.Lock()
		s.carryingOn--
		s.done.Broadcast()
	}
}

// fail gives up all open logs: l, and those of s. Whoever waits in Commit
// returns, and the keeper is woken to write everything afresh. s.mu is held.
func (s *Store) fail(l *logFile, err error) {
	for _, l := range []*logFile{l, s.current, s.next} {
		if l == nil || l.abandoned || l.File == nil {
			continue
		}
		l.abandoned = true
		if l != s.writing {
			s.retire(l)
		}
	}
	s.current, s.next = nil, nil
	s.pending = s.pending[:0]
	s.written = s.queued
	s.done.Broadcast()
	wake(s.wakeKeeper)
	if s.failure == nil {
		s.failedSince = time.Now()
		s.log.Error("checkpoint is not durable; shipping goes on, a restart repeats what is shipped from now on", "error", err, "cure", cure(err))
	}
	s.failure = err
}

// retire hands a log to the syncer, which alone closes files. s.mu is held.
func (s *Store) retire(l *logFile) {
	s.retired = append(s.retired, l)
	wake(s.wakeSyncer)
}

// syncLoop is the syncer: it calls fdatasync a while after the first write
// that was not yet synced, never in the committer's way.
func (s *Store) syncLoop() {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case <-s.wakeSyncer:
		case <-s.stopSyncer:
			return // Close does the rest
		}
		timer.Reset(syncDelay)
		select {
		case <-timer.C:
		case <-s.stopSyncer:
			return
		}
		s.sync()
	}
}

// sync makes durable what was written, and closes logs that are no longer
// written to. It is called by the syncer, and by Close after it.
func (s *Store) sync() {
	s.mu.Lock()
	retired, current, unsynced := s.retired, s.current, s.unsynced
	s.retired, s.unsynced = nil, false
	s.mu.Unlock()
	for _, l := range retired {
		s.syncLog(l)
		_ = l.Close() // after fdatasync, or given up
	}
	if unsynced && current != nil && current.File != nil {
		s.syncLog(current)
	}
}

func (s *Store) syncLog(l *logFile) {
	s.mu.Lock()
	if l.abandoned {
		s.mu.Unlock()
		return
	}
	s.syncingSince = time.Now()
	s.mu.Unlock()
	err := l.Sync()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.syncs++
	s.syncingSince = time.Time{}
	// After a failed fdatasync the kernel may call the lost pages clean: the
	// next one on this file would prove nothing.
	if err != nil && !l.abandoned {
		s.fail(l, err)
	}
}

// wake makes the receiver of c look again; it never blocks.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
