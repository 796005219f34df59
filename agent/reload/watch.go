package reload

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// poll is from one look at the files to the next while they change, or where
	// nobody tells that they do. A change counts when two looks have found the
	// same, so that a file is not read while it is being written; together that is
	// half a second. Looking costs some 5 µs a file.
	poll = 250 * time.Millisecond
	// slowPoll is the same where changes are announced: what is announced nowhere,
	// such as a write by a descriptor that stays open, waits for so long.
	slowPoll = 5 * time.Second
	// clockGrain is how far the clock of file systems may be behind the other: a tick.
	clockGrain = 10 * time.Millisecond
)

// Watch calls changed whenever any of the files, or the *.hcl in those that are
// directories, have changed since begun, when they began to be read, and stayed so for
// a moment, until ctx ends. files is asked at each look, since a configuration may name
// further ones.
func Watch(ctx context.Context, files func() []string, begun time.Time, changed func()) {
	n := newNotices(ctx)
	defer n.close()
	look := func() (now stamp, announced bool) {
		paths := files()
		announced = n.follow(paths) // before looking, so that nothing happens unseen in between
		return fingerprint(paths), announced
	}
	known, announced := look()
	if changedSince(files(), begun) {
		known = stamp{}
	}
	for last, calm := known, true; ; {
		quiet := calm && announced && !n.wait(ctx, slowPoll)
		// What is announced is never one thing alone: it is looked a moment later.
		if (!quiet && !pause(ctx, poll)) || ctx.Err() != nil {
			return
		}
		var now stamp
		now, announced = look()
		calm = now == known
		if !calm && now == last {
			changed()
			known = now
			// They may be others now, or have changed while they were read: once more.
			now, announced = look()
			calm = now == known
		}
		last = now
	}
}

// pause waits; it returns false if ctx ended.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

type stamp [sha256.Size]byte

// fingerprint sums up what stat says of paths, and of the *.hcl in those that are
// directories. What can't be looked at is part of it, too.
func fingerprint(paths []string) stamp {
	h := sha256.New()
	for _, p := range withDropIns(paths) {
		note(h, p)
	}
	return stamp(h.Sum(nil))
}

// withDropIns are paths, and the *.hcl in those that are directories.
func withDropIns(paths []string) (all []string) {
	for _, p := range paths {
		inside, _ := filepath.Glob(filepath.Join(p, "*.hcl")) // the pattern is well-formed
		all = append(append(all, p), inside...)
	}
	return all
}

// changedSince tells whether one of paths, or what is in it, may have changed since
// then. Once too often does no harm: it is read once more.
func changedSince(paths []string, then time.Time) bool {
	for _, p := range withDropIns(paths) {
		var stat unix.Stat_t
		if unix.Stat(p, &stat) == nil && time.Unix(stat.Ctim.Unix()).After(then.Add(-clockGrain)) {
			return true
		}
	}
	return false
}

func note(w io.Writer, path string) {
	var stat unix.Stat_t
	err := unix.Stat(path, &stat)
	switch {
	case err != nil:
		fmt.Fprintf(w, "%q %v\n", path, err)
	case stat.Mode&unix.S_IFMT == unix.S_IFDIR:
		fmt.Fprintf(w, "%q directory\n", path)
	default: // not the time of modification: mv keeps it
		fmt.Fprintf(w, "%q %d %d %d\n", path, stat.Ino, stat.Size, stat.Ctim.Nano())
	}
}
