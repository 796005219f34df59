package logfile

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"time"

	"github.com/fsnotify/fsnotify"

	"shipper/inputs/logfile/calls"
	"shipper/inputs/logfile/notices"
	"shipper/inputs/logfile/packed"
	"shipper/inputs/logfile/vfs"
)

const (
	drainMin = 5 * time.Millisecond // from one drain to the next, at least
	flood    = 200                  // events in one drain
	pollFast = time.Second          // scans of directories that can't be watched
)

// Run looks for files until ctx ends. It keeps no goroutine for a file.
func (in *Input) Run(ctx context.Context) error {
	in.startWatcher()
	defer in.stopWatcher()
	defer func() {
		if in.examining != nil {
			<-in.examined // it sees that ctx has ended
		}
		if in.opening != nil {
			<-in.opening
		}
	}()
	in.scan()
	in.setLooking(true)
	defer in.setLooking(false)
	scan := time.NewTimer(in.cfg.ScanInterval)
	defer scan.Stop()
	tick := time.NewTicker(pollFast)
	defer tick.Stop()
	gather := in.gatherMin()
	fast := time.Now()
	for {
		if in.rescan {
			in.rescan = false
			scan.Reset(0)
		}
		in.startExamination(ctx)
		select {
		case <-ctx.Done():
			return nil
		case x := <-in.examined:
			in.examining = nil
			in.finishAndInsert(x)
		case c := <-in.calls.Late:
			in.tree.Lock()
			c.Over()
			in.tree.Unlock()
		case <-scan.C:
			in.scan()
			scan.Reset(in.cfg.ScanInterval)
		case done := <-in.looks:
			in.scan()
			close(done)
		case <-tick.C:
			in.onTick()
			if in.deferred {
				in.lookDirty()
			}
			if time.Since(fast) >= 0 {
				begun := time.Now()
				in.lookUnwatched()
				// At most 2 % of the time goes to polling.
				fast = time.Now().Add(max(pollFast, 50*time.Since(begun)) - pollFast/2)
			}
		case <-in.kick:
			in.lookDirty()
		case e, ok := <-in.watcher.Events:
			if ok {
				in.event(e)
				if in.env.Gather == 0 {
					in.flush()
				}
				gather = in.drain(ctx, gather)
			}
		case err, ok := <-in.watcher.Errors:
			if ok {
				in.watchError(err)
				gather = in.drain(ctx, gather)
			}
		}
	}
}

func (in *Input) finishAndInsert(x *examination) {
	in.tree.Lock()
	defer in.tree.Unlock()
	in.finish(x)
	in.insertFresh(false)
	in.flush()
}

// startExamination decodes the next compressed newcomer beside the search for
// files, which must not wait for it.
func (in *Input) startExamination(ctx context.Context) {
	if in.examining != nil {
		return
	}
	x := in.nextExamination()
	if x == nil {
		return
	}
	in.examining = x
	go func() {
		in.examine(x, ctx.Err)
		in.examined <- x
	}()
}

func (in *Input) startWatcher() {
	in.tree.Lock()
	defer in.tree.Unlock()
	w, err := in.env.Watch()
	if err != nil {
		in.noWatch("", err)
	}
	in.watcher = &w
}

func (in *Input) stopWatcher() {
	in.tree.Lock()
	defer in.tree.Unlock()
	if in.watcher.Directories != nil {
		_ = in.watcher.Directories.Close() // it only hinted
	}
	in.watcher = nil
}

// noWatch says once that a directory is polled instead.
func (in *Input) noWatch(dir string, err error) {
	if !in.unwatched {
		in.log.Warn("changes of some directories are not announced; they are polled every second instead; said once",
			"path", dir, "error", err, "cure", "raise fs.inotify.max_user_watches and max_user_instances; nothing helps on network file systems")
	}
	in.unwatched = true
}

var errRemote = errors.New("a network file system announces only changes made on this machine")

// watch has changes of a directory announced, if that can be. It is part of a look.
func (in *Input) watch(d *directory, c *calls.Call) {
	if d.watched || in.watcher == nil || d.polled {
		return
	}
	dirs := in.watcher.Directories
	if dirs == nil {
		d.polled = true
		return
	}
	local, err := true, error(nil)
	c.Outside(func() {
		w, ok := in.fs.(vfs.Watchable)
		if local = !ok || w.Watchable(d.place); local {
			err = dirs.Add(d.path)
		}
	})
	switch {
	case !local:
		d.polled = true
		in.noWatch(d.path, errRemote)
	case err == nil:
		d.watched = true
	case !missing(err) && !errors.Is(err, fs.ErrPermission): // else listing it will tell what is wrong
		in.noWatch(d.path, err)
	}
}

func (in *Input) unwatch(d *directory) {
	if d.watched && in.watcher != nil && in.watcher.Directories != nil {
		_ = in.watcher.Directories.Remove(d.path) // gone with its directory, mostly
	}
	d.watched = false
}

// gatherMin is how long events gather when they are few. To be told of each by
// itself costs more than to read what was written.
func (in *Input) gatherMin() time.Duration {
	if in.env.Gather == 0 {
		return drainMin
	}
	return in.env.Gather
}

// drain waits for more events, takes them all in, and looks at the directories
// that they concern. It returns how long to wait the next time.
func (in *Input) drain(ctx context.Context, gather time.Duration) time.Duration {
	n, ok := in.watcher.Drain(ctx, gather, in.event, in.watchError)
	if !ok {
		return gather
	}
	in.lookDirty()
	if n >= flood {
		return max(gather, min(2*gather, notices.DrainMax))
	}
	return max(gather/2, in.gatherMin())
}

// event takes one event in. A write to a file that is known wakes its stream;
// everything else asks for a look at the directory, writes to compressed files, too.
func (in *Input) event(e fsnotify.Event) {
	in.tree.Lock()
	defer in.tree.Unlock()
	dir, base := path.Split(e.Name)
	if len(dir) > 1 {
		dir = dir[:len(dir)-1]
	}
	d := in.dirs[dir]
	var x *entry
	if d != nil {
		x = d.entries[base]
	}
	if e.Op == fsnotify.Write {
		if x != nil && x.file != nil && x.file.format == packed.None {
			x.written = true
			d.use(x)
			in.mu.Lock()
			in.stirred(x.file, in.now())
			in.mu.Unlock()
			return
		}
		if x == nil && d != nil {
			if _, ok := in.globs.Classify(dir, base, in.cfg.Rotated); !ok {
				return
			}
		}
	}
	if e.Op == fsnotify.Chmod && (x == nil || x.file != nil) {
		return
	}
	if x != nil {
		x.check = true
	}
	if self := in.dirs[e.Name]; self != nil && e.Has(fsnotify.Remove|fsnotify.Rename) {
		self.watched = false // the watch went with it
		in.mark(e.Name)
	}
	if d != nil {
		in.mark(dir)
	}
}

func (in *Input) mark(dir string) {
	in.mu.Lock()
	in.dirty[dir] = struct{}{}
	in.mu.Unlock()
}

// lookShare bounds what looks at one directory may cost while its events do not
// end: a look that took t is followed by none for so many t. Only one with tens of
// thousands of names is noticeably slower to list.
const lookShare = 15

// lookDirty looks at the directories that something happened in.
func (in *Input) lookDirty() {
	in.tree.Lock()
	defer in.tree.Unlock()
	in.mu.Lock()
	list := make([]string, 0, len(in.dirty))
	for dir := range in.dirty {
		list = append(list, dir)
	}
	clear(in.dirty)
	in.mu.Unlock()
	in.deferred = false
	for _, p := range list {
		d := in.dirs[p]
		if d == nil {
			continue
		}
		begun := in.now()
		if begun.Before(d.notBefore) { // looked at with the next tick after that
			in.deferred = true
			in.mark(p)
			continue
		}
		in.look(d, false)
		in.walkNew(d, 0)
		end := in.now()
		d.notBefore = end.Add(lookShare * end.Sub(begun))
	}
	in.insertFresh(false)
	if len(list) > 0 {
		in.settleNameless(false)
		in.settleClaims()
	}
	in.flush()
}

// walkNew looks at directories below d that no scan has come by yet.
func (in *Input) walkNew(d *directory, depth int) {
	for _, sub := range d.subs {
		if sub.pass == 0 && depth < maxDepth {
			sub.round = d.round
			in.look(sub, true)
			in.walkNew(sub, depth+1)
		}
	}
}

// onTick wakes the cursors whose time has come and looks at files without a
// name, of whose growth no event tells.
func (in *Input) onTick() {
	in.tree.Lock()
	defer in.tree.Unlock()
	now := in.now()
	in.mu.Lock()
	var due []*Cursor
	for c, at := range in.waiting {
		if !now.Before(at) {
			due = append(due, c)
			delete(in.waiting, c)
		}
	}
	nameless := len(in.nameless)
	in.mu.Unlock()
	if len(due) > 0 {
		in.env.Wake(due)
	}
	in.settleEndings()
	if nameless > 0 {
		in.settleHeld()
		in.settleNameless(false)
	}
	in.insertFresh(false)
	in.flush()
}

// lookUnwatched looks at all directories of which no events come.
func (in *Input) lookUnwatched() {
	in.tree.Lock()
	defer in.tree.Unlock()
	if !in.unwatched {
		return
	}
	for _, d := range in.dirs {
		if !d.watched {
			in.look(d, true)
			in.walkNew(d, 0)
		}
	}
	in.insertFresh(false)
	in.flush()
}

func (in *Input) watchError(err error) {
	in.tree.Lock()
	defer in.tree.Unlock()
	if !errors.Is(err, fsnotify.ErrEventOverflow) {
		in.log.Warn("the watcher of directories failed; a full scan makes up for it", "error", err)
	}
	in.mu.Lock()
	in.counters.Overflows++
	first := in.counters.Overflows == 1
	in.mu.Unlock()
	if first {
		in.log.Warn("events were lost because there were too many; full scans make up for it; said once")
	}
	in.rescan, in.missed = true, true
}
