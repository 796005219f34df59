package logfile

import (
	"errors"
	"time"

	"shipper/inputs/logfile/held"
)

// Held tells what is held at present.
func (in *Input) Held() Held {
	in.mu.Lock()
	defer in.mu.Unlock()
	_, list := in.held()
	sum := held.Total(list)
	return Held{Sum: sum, Limits: in.cfg.RetainDeleted, Near: in.cfg.RetainDeleted.Near(sum, in.now())}
}

// held lists, under mu, the deleted files that are not read to their end.
func (in *Input) held() ([]*file, []held.File) {
	var files []*file
	var list []held.File
	for f := range in.nameless {
		if f.unlinked && !f.isElsewhere() && !f.aside && f.stream != nil && f.unread() > 0 {
			if b := f.more(); b.deleted == 0 {
				b.deleted = in.now().UnixNano()
			}
			files = append(files, f)
			list = append(list, held.File{Deleted: timeOf(f.beside.deleted), Bytes: f.size, Unread: f.unread()})
		}
	}
	return files, list
}

// settleHeld gives up deleted files that are more than may be held, and warns
// before it comes to that. It belongs to Run.
func (in *Input) settleHeld() {
	limits := in.cfg.RetainDeleted
	if limits == (held.Limits{}) {
		return
	}
	now := in.now()
	in.mu.Lock()
	files, list := in.held()
	over := limits.Over(list, now)
	in.mu.Unlock()
	for _, i := range over {
		in.giveUp(files[i], now)
	}
	in.mu.Lock()
	_, list = in.held()
	sum := held.Total(list)
	near := limits.Near(sum, now)
	tell := near && !in.nearLimit
	in.nearLimit = near
	in.mu.Unlock()
	if tell {
		in.log.Warn("deleted files that are unread come near the limits of retain_deleted; what is over is given up, the oldest first",
			"files", sum.Files, "bytes", sum.Bytes, "unread", sum.Unread, "oldest", sum.Oldest.UTC().Format(time.RFC3339),
			"max_bytes", limits.MaxBytes, "max_age", limits.MaxAge.String(), "cure", "see why the output does not take them, or raise the limits")
	}
}

// giveUp counts exactly what is unread of a deleted file, and lets go of it.
func (in *Input) giveUp(f *file, now time.Time) {
	a := in.askFor(f, true)
	if errors.Is(a.err, errHangs) {
		return // what is unread of it can't be counted
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.files[f.key] != f || len(f.names) > 0 {
		return
	}
	if a.err == nil {
		f.size = max(f.size, a.info.Size)
	}
	if f.unread() <= 0 {
		return // it was read meanwhile
	}
	sent := int64(0)
	for _, c := range f.stream.cursors {
		if o := c.out; o != nil && o.file == f {
			sent = max(sent, o.End-f.minOffset())
		}
	}
	in.counters.GivenUpFiles++
	in.counters.GivenUpBytes += uint64(f.unread())
	f.more().givenUp = true
	in.letGo(f, "an unread file was given up: retain_deleted allows to hold no more",
		"deleted", timeOf(f.beside.deleted).UTC().Format(time.RFC3339), "held_for", now.Sub(timeOf(f.beside.deleted)).String(),
		"sent_unanswered", max(sent, 0),
		"cure", "see why the output did not take it in time, raise the limits, or keep rotated files for longer")
}
