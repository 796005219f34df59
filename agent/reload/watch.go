package reload

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
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
)

// Watch calls changed whenever any of the files, or the names in the directories
// they are in, have changed and stayed so for a moment, until ctx ends. files is
// asked at each look, since a configuration may name further ones.
func Watch(ctx context.Context, files func() []string, changed func()) {
	n := newNotices(ctx)
	defer n.close()
	look := func() (now stamp, announced bool) {
		paths := files()
		announced = n.follow(paths) // before looking, so that nothing happens unseen in between
		return fingerprint(paths), announced
	}
	known, announced := look()
	for last, calm := known, true; ; {
		if calm && announced {
			n.wait(ctx, slowPoll)
		}
		// Also after a notice: it is never one alone.
		if !pause(ctx, poll) {
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
	for _, p := range paths {
		note(h, p)
		inside, _ := filepath.Glob(filepath.Join(p, "*.hcl")) // the pattern is well-formed
		for _, f := range inside {
			note(h, f)
		}
	}
	return stamp(h.Sum(nil))
}

func note(w io.Writer, path string) {
	info, err := os.Stat(path)
	if err != nil {
		fmt.Fprintf(w, "%q %v\n", path, err)
		return
	}
	if info.IsDir() {
		fmt.Fprintf(w, "%q directory\n", path)
		return
	}
	fmt.Fprintf(w, "%q %d %d\n", path, info.Size(), info.ModTime().UnixNano())
}
