package checkpoint

import (
	"errors"
	"slices"
	"strconv"
	"syscall"
	"time"

	"shipper/checkpoint/disk"
)

// tidy turns files that are older than the previous snapshot into spares, and
// makes the spares that are missing, so that the next log and the next snapshot
// find room on a full disk. Nothing depends on its success.
func (s *Store) tidy(snapshotSize int64) {
	n, old := s.outdated()
	for _, name := range old.snapshots {
		n.spareSnapshot = s.recycle(snapshotName(name), spareSnapshot, n.spareSnapshot)
	}
	for _, name := range old.logs {
		n.spareLog = s.recycle(logName(name), spareLog, n.spareLog)
	}
	err := errors.Join(
		s.spare(spareSnapshot, func(f disk.File) error { return f.Allocate(roomFor(snapshotSize)) }),
		s.spare(spareLog, func(f disk.File) error {
			_, err := s.allocateLog(f)
			return err
		}),
	)
	k := &s.keeper
	if err != nil && !k.noSpares {
		s.log.Warn("checkpoint has no room set aside for a full disk", "error", err)
	}
	k.noSpares = err != nil
}

// roomFor is how much is reserved where a snapshot of this size was written:
// the next one may be larger.
func roomFor(snapshotSize int64) int64 { return snapshotSize + snapshotSize/4 + chunkSize }

// allocateLog reserves room for a log and returns how long the log may become:
// where there is little room, not long, so that three of them find theirs.
func (s *Store) allocateLog(f disk.File) (limit int64, err error) {
	s.mu.Lock()
	limit = s.logSize
	s.mu.Unlock()
	if err = f.Allocate(limit); errors.Is(err, syscall.ENOSPC) {
		limit = leastLog
		err = f.Allocate(limit)
	}
	return limit, err
}

// outdated lists the directory, and which logs and snapshots of it are older
// than what is kept.
func (s *Store) outdated() (all, old names) {
	list, err := s.dir.List()
	if err != nil {
		return names{}, names{}
	}
	all = sortNames(list)
	k := &s.keeper
	if k.latest == (snapshotRef{}) {
		return all, names{} // nothing replaces what is there
	}
	oldest := k.latest
	if k.previous != (snapshotRef{}) {
		oldest = k.previous
	}
	for _, number := range all.snapshots {
		if number != k.latest.number && number != k.previous.number {
			old.snapshots = append(old.snapshots, number)
		}
	}
	for _, number := range all.logs {
		if number < oldest.log {
			old.logs = append(old.logs, number)
		}
	}
	return all, old
}

// makeRoom removes all but the newest snapshot and its logs. It is for a disk
// that is so full that the state finds no room otherwise.
func (s *Store) makeRoom() {
	s.keeper.previous = snapshotRef{}
	_, old := s.outdated()
	for _, number := range old.snapshots {
		_ = s.dir.Remove(snapshotName(number))
	}
	for _, number := range old.logs {
		_ = s.dir.Remove(logName(number))
	}
	_ = s.dir.Remove(spareLog)
	_ = s.dir.Remove(spareSnapshot)
}

// recycle makes a file the spare one, or removes it if there is one.
func (s *Store) recycle(name, spare string, have bool) bool {
	if have {
		_ = s.dir.Remove(name)
		return true
	}
	return s.dir.Rename(name, spare) == nil
}

// spare makes a spare file, or makes the present one larger.
func (s *Store) spare(name string, allocate func(disk.File) error) error {
	f, err := s.dir.Open(name)
	if err != nil {
		return err
	}
	err = allocate(f)
	_ = f.Close() // nothing was written
	return err
}

// setAside renames damaged files, so that people can look at them, and removes
// those of the oldest times.
func (s *Store) setAside(files []string) {
	if len(files) == 0 {
		return
	}
	suffix := damagedSuffix + strconv.FormatInt(time.Now().Unix(), 10)
	for _, name := range files {
		if err := s.dir.Rename(name, name+suffix); err != nil {
			s.report.problem("set aside %s: %v", name, err)
			continue
		}
		s.report.SetAside = append(s.report.SetAside, name+suffix)
	}
	list, err := s.dir.List()
	if err != nil {
		return
	}
	damaged := sortNames(list).damaged
	var times []int64 // newest first
	for _, name := range slices.Backward(damaged) {
		if at := damagedAt(name); !slices.Contains(times, at) {
			times = append(times, at)
		}
		if len(times) > keptDamaged {
			_ = s.dir.Remove(name)
		}
	}
}

// dropSpares removes the spares of a state that is gone: their left-overs may
// have the numbers that come next.
func (s *Store) dropSpares(n names) {
	if n.any() {
		return
	}
	if n.spareLog {
		_ = s.dir.Remove(spareLog)
	}
	if n.spareSnapshot {
		_ = s.dir.Remove(spareSnapshot)
	}
}

// any tells whether the directory held any state, readable or not.
func (n *names) any() bool { return len(n.logs)+len(n.snapshots)+len(n.damaged) > 0 }
