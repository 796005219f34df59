package checkpoint

import (
	"slices"
	"strconv"
	"time"
)

// tidy turns files that are older than the previous snapshot into spares, and
// makes the spares that are missing, so that the next log and the next snapshot
// find room on a full disk. Nothing depends on its success.
func (s *Store) tidy(snapshotSize int64) {
	list, err := s.dir.list()
	if err != nil {
		return
	}
	n, k := sortNames(list), &s.keeper
	if k.previous == (snapshotRef{}) && !k.seen.any() {
		// The spares of a state that is gone: their left-overs may have the
		// numbers that come next.
		n.spareLog = n.spareLog && s.dir.remove(spareLog) != nil
		n.spareSnapshot = n.spareSnapshot && s.dir.remove(spareSnapshot) != nil
	}
	for _, number := range n.snapshots {
		if number != k.latest.number && number != k.previous.number {
			n.spareSnapshot = s.recycle(snapshotName(number), spareSnapshot, n.spareSnapshot)
		}
	}
	oldest := k.latest.log
	if k.previous.number != 0 {
		oldest = k.previous.log
	}
	for _, number := range n.logs {
		if number < oldest {
			n.spareLog = s.recycle(logName(number), spareLog, n.spareLog)
		}
	}
	s.mu.Lock()
	logSize := s.limit
	s.mu.Unlock()
	err = s.spare(spareLog, logSize)
	if err == nil {
		err = s.spare(spareSnapshot, snapshotSize+snapshotSize/4+chunkSize)
	}
	if err != nil && !k.noSpares {
		s.log.Warn("checkpoint has no room set aside for a full disk", "error", err)
	}
	k.noSpares = err != nil
}

// recycle makes a file the spare one, or removes it if there is one.
func (s *Store) recycle(name, spare string, have bool) bool {
	if have {
		_ = s.dir.remove(name)
		return true
	}
	return s.dir.rename(name, spare) == nil
}

// spare makes a spare file, or makes the present one larger.
func (s *Store) spare(name string, size int64) error {
	f, err := s.dir.open(name)
	if err != nil {
		return err
	}
	err = f.Allocate(size)
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
		if err := s.dir.rename(name, name+suffix); err != nil {
			s.report.problem("set aside %s: %v", name, err)
			continue
		}
		s.report.SetAside = append(s.report.SetAside, name+suffix)
	}
	list, err := s.dir.list()
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
			_ = s.dir.remove(name)
		}
	}
}

// any tells whether the directory held any state, readable or not.
func (n *names) any() bool { return len(n.logs)+len(n.snapshots)+len(n.damaged) > 0 }
