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

// poll is how often the files are looked at. A change counts when two looks have
// found the same, so that a file is not read while it is being written; together
// that is half a second. Looking costs some 5 µs a file. Events would not be
// earlier, and do not come for mounted volumes whose links are switched.
const poll = 250 * time.Millisecond

// Watch calls changed whenever any of the files, or the names in the directories
// they are in, have changed and stayed so for a moment, until ctx ends. files is
// asked at each look, since a configuration may name further ones.
func Watch(ctx context.Context, files func() []string, changed func()) {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	known := fingerprint(files())
	last := known
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := fingerprint(files())
		if now != known && now == last {
			changed()
			known = fingerprint(files()) // they may be others now
			if known != now {
				known = now // changed while they were read: once more
			}
		}
		last = now
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
