package checkpoint

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"shipper/checkpoint/disk"
	"shipper/checkpoint/frame"
)

// Report says what Open found.
type Report struct {
	// Fresh: the directory held no state, as at the first start.
	Fresh bool
	// Lost: there was state and nothing of it could be read. What to do about
	// files that are there already is the caller's choice.
	Lost bool
	// Unlocked: the lock could not be taken, for another reason than that
	// somebody holds it; Problems says why. The state is kept in memory only.
	Unlocked bool

	Generations int    // known after loading
	Snapshot    string // the file that was loaded, "" if none
	Logs        int    // logs that went on from it
	Frames      int    // commits in these logs
	// TornBytes is what the last log held behind the last whole commit. Some
	// are normal after a crash. In a log that was begun in the blocks of an
	// older one, the older one's left-overs can't be told from torn bytes.
	TornBytes int64
	// Fallback: the newest snapshot was damaged and an older one was used.
	Fallback bool
	// Unknown counts frames and records of a newer version, skipped.
	Unknown int
	// SetAside names the files that were renamed because they are damaged.
	SetAside []string
	// Problems describes, for people, each thing that was not as it should be.
	Problems []string
}

func (r *Report) problem(format string, args ...any) {
	r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
}

// loaded is what load found.
type loaded struct {
	table   *table
	report  Report
	names   names
	base    frame.Position // where the state stands; zero if nothing was loaded
	latest  snapshotRef
	size    int64    // of the snapshot that was loaded
	damaged []string // files that should be set aside
}

// snapshotRef is a snapshot and the first log that goes on from it.
type snapshotRef struct{ number, log uint64 }

// load reads the newest snapshot that is whole and every commit that goes on
// from it without a gap. It changes nothing in the directory and never fails:
// what can't be read is described in the report.
func load(dir disk.FS) loaded {
	l := loaded{table: newTable()}
	r := &l.report
	list, err := dir.List()
	if err != nil {
		r.problem("list state directory: %v", err)
		// A directory that is not there, or is none, never held state.
		r.Fresh = errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
		r.Lost = !r.Fresh
		return l
	}
	l.names = sortNames(list)
	for i := len(l.names.snapshots) - 1; i >= 0; i-- {
		number := l.names.snapshots[i]
		err := l.loadSnapshot(dir, number)
		if err == nil {
			break
		}
		r.problem("read %s: %v", snapshotName(number), err)
		l.damaged = append(l.damaged, snapshotName(number))
	}
	switch {
	case r.Snapshot != "":
		r.Fallback = len(l.damaged) > 0
		l.loadLogs(dir)
	case len(l.names.snapshots)+len(l.names.logs) == 0:
		r.Fresh = true
	default:
		r.Lost = true
		for _, number := range l.names.logs {
			l.damaged = append(l.damaged, logName(number))
		}
	}
	l.table.dropBare()
	r.Generations = len(l.table.generations)
	return l
}

// loadSnapshot replaces the table by the content of a snapshot, which must be
// whole.
func (l *loaded) loadSnapshot(dir disk.FS, number uint64) error {
	b, err := dir.Read(snapshotName(number))
	if err != nil {
		return err
	}
	h, err := frame.ParseHeader(b, frame.Snapshot)
	if err != nil {
		return err
	}
	if h.Number != number {
		return fmt.Errorf("it is snapshot %d", h.Number)
	}
	t, seed := newTable(), frame.Seed(b)
	unknown, whole := 0, len(b)
	for b = b[frame.HeaderSize:]; ; {
		typ, payload, rest, err := frame.Next(b, seed)
		if err != nil {
			return fmt.Errorf("damaged at byte %d", whole-len(b))
		}
		if typ == frame.Last {
			l.size = int64(whole - len(rest))
			break
		}
		n, err := t.replay(typ, payload)
		if err != nil {
			return fmt.Errorf("damaged at byte %d: %w", whole-len(b), err)
		}
		unknown += n
		b = rest
	}
	l.table = t
	l.base = h.Base
	l.latest = snapshotRef{number, h.Base.Log}
	l.report.Snapshot = snapshotName(number)
	l.report.Unknown = unknown
	return nil
}

// loadLogs applies the log that goes on from the snapshot, and the logs that go
// on from it. It ends at the first gap: what follows a gap can't be trusted to
// mean the same routes.
func (l *loaded) loadLogs(dir disk.FS) {
	r := &l.report
	for _, number := range l.names.logs {
		if number < l.base.Log {
			continue
		}
		b, err := dir.Read(logName(number))
		if err != nil {
			r.problem("read %s: %v", logName(number), err)
			return
		}
		h, err := frame.ParseHeader(b, frame.Log)
		if err == nil && h.Number != number {
			err = fmt.Errorf("it still holds log %d", h.Number)
		}
		if err != nil {
			if len(b) >= frame.HeaderSize && lengthWithoutZeros(b[:frame.HeaderSize]) > 0 && h == (frame.Header{}) {
				r.problem("read %s: %v", logName(number), err)
				l.damaged = append(l.damaged, logName(number))
				return
			}
			// Normal for a log that was made just before a crash: its header
			// is written with its first commit.
			r.problem("%s was not begun: %v", logName(number), err)
			return
		}
		from := l.base.Offset
		if number != l.base.Log {
			if h.Base != l.base {
				r.problem("%s goes on from byte %d of log %d, the state stands at byte %d of log %d: left out",
					logName(number), h.Base.Offset, h.Base.Log, l.base.Offset, l.base.Log)
				return
			}
			from = frame.HeaderSize
		}
		if from < frame.HeaderSize || from > int64(len(b)) {
			// The snapshot holds more than the log, which was not yet synced.
			continue
		}
		l.base = frame.Position{Log: number, Offset: from}
		r.Logs++
		l.replayLog(b, from)
	}
}

// replayLog applies the frames of a log from an offset to its end.
func (l *loaded) replayLog(b []byte, from int64) {
	r := &l.report
	seed, whole := frame.Seed(b), len(b)
	r.TornBytes = 0
	for b = b[from:]; ; {
		typ, payload, rest, err := frame.Next(b, seed)
		if err == nil {
			var n int
			if n, err = l.table.replay(typ, payload); err == nil {
				r.Unknown += n
				r.Frames++
				b = rest
				l.base.Offset = int64(whole - len(b))
				continue
			}
			r.problem("%s at byte %d: %v", logName(l.base.Log), l.base.Offset, err)
		}
		if !errors.Is(err, frame.ErrEnd) {
			r.TornBytes = int64(lengthWithoutZeros(b))
		}
		return
	}
}

func lengthWithoutZeros(b []byte) int {
	n := len(b)
	for n > 0 && b[n-1] == 0 {
		n--
	}
	return n
}

// replay applies one frame and returns how many unknown things it held.
func (t *table) replay(typ byte, payload []byte) (unknown int, err error) {
	switch {
	case typ == frame.Changes:
		c, unknown, err := decodeChanges(payload)
		if err != nil {
			return 0, err
		}
		t.merge(c, nil)
		return unknown, nil
	case typ&frame.Keep != 0:
		t.foreign = append(t.foreign, append([]byte{typ}, payload...))
	}
	return 1, nil
}

// Read returns the state in a directory without locking it, for a look beside a
// running agent. What was committed in the last moments may be missing.
func Read(dir string) (State, error) {
	return readState(disk.At(dir))
}

func readState(dir disk.FS) (State, error) {
	// The agent may put new files in the place of those that we look at: then
	// look again.
	var l loaded
	for range 5 {
		l = load(dir)
		if l.report.Snapshot != "" && !l.report.Fallback && l.current(dir) {
			return l.table.state(), nil
		}
		if l.report.Fresh {
			break
		}
	}
	switch {
	case l.report.Snapshot != "":
		return l.table.state(), nil
	case l.report.Fresh:
		return State{}, fmt.Errorf("read checkpoint: no state: %w", fs.ErrNotExist)
	default:
		return State{}, fmt.Errorf("read checkpoint: no readable state: %s", l.report.Problems[0])
	}
}

// current tells whether the snapshot that was loaded is still the newest.
func (l *loaded) current(dir disk.FS) bool {
	list, err := dir.List()
	if err != nil {
		return false
	}
	n := sortNames(list).snapshots
	return len(n) > 0 && n[len(n)-1] == l.latest.number
}
