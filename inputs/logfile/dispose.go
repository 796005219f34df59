package logfile

import (
	"errors"
	"fmt"

	"shipper/inputs/logfile/disposal"
	"shipper/inputs/logfile/packed"
	"shipper/inputs/logfile/settings"
	"shipper/inputs/logfile/vfs"
)

// dispose deletes or moves a file that is complete on all routes, after a last
// proof. It belongs to Run. The file's descriptor is held, as that of any file
// without a name, until it was quiet for QuietAfter once more: what a late writer
// added between the proof and the removal, or adds by then, is still shipped.
func (in *Input) dispose(f *file) {
	in.mu.Lock()
	x := f.names[0]
	order := disposal.Order{
		Dir: x.Dir.Place, DirInode: x.Dir.Inode, DirDevice: x.Dir.Device, Name: x.Name, Generation: f.id,
		Want: vfs.Info{Device: f.key.device, Inode: f.key.inode, Birth: f.birth, Size: f.size, Modified: f.modified},
	}
	whole := true
	for r := range f.own() {
		whole = whole && f.routes[r].pos.Tally.Bytes == f.size
	}
	if f.format != packed.None {
		order.Want.Size = f.beside.stored
	} else {
		a := in.absentAs(f)
		order.Prove = func(h vfs.File) bool { return order.Want.Size == 0 || a.ProvenBy(h) }
	}
	if !whole { // never what nobody was given
		delete(in.endings, f)
		in.counters.KeptUnshipped++
	}
	in.mu.Unlock()
	if !whole || (in.env.Needed != nil && in.env.Needed(f.key.device, f.key.inode)) {
		return
	}
	if in.cfg.OnComplete == settings.Move {
		order.To = in.cfg.MoveTo
	}
	if in.asks.TooMany(f.key.device) {
		return
	}
	in.beDisposing(f, true)
	var to string
	var err error
	over := func() { in.disposed(f, x, to, err) }
	if in.asks.Try(f.key.device, func() { to, err = disposal.Do(in.fs, &order) }, over) {
		over()
		return
	}
	path := x.Dir.Path + "/" + x.Name
	in.problems.Report(Problem{Path: path, What: fmt.Sprintf("%q is complete and can't be removed: %v", path, errHangs), Cure: "see to its server or disk"})
}

// beDisposing notes that a file is being disposed of, so that nobody begins it again.
func (in *Input) beDisposing(f *file, is bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if e := in.endings[f]; e != nil {
		e.busy = is
	}
}

// disposed takes in what came of disposing of a file that had the name x.
func (in *Input) disposed(f *file, x *entry, to string, err error) {
	in.beDisposing(f, false)
	path := x.Dir.Path + "/" + x.Name
	if err != nil {
		if errors.Is(err, disposal.ErrChanged) { // then it is looked at again
			in.problems.Solved(path) // that it hung
		} else {
			in.problems.Report(Problem{Path: path, What: fmt.Sprintf("%q is complete and can't be removed: %v", path, err), Cure: disposal.Cure(err)})
		}
		in.tree.Hint(x.Dir.Path)
		return
	}
	in.problems.Solved(path)
	in.mu.Lock()
	in.counters.Disposed++
	delete(in.endings, f)
	f.changed = in.now().UnixNano()
	id, size := f.id, f.size
	in.mu.Unlock()
	text, attrs := "a complete file was deleted", []any{"path", path, "generation", fmt.Sprintf("%016x", id), "bytes", size}
	if to != "" {
		text, attrs = "a complete file was moved", append(attrs, "to", to)
	}
	in.log.Info(text, attrs...) //nolint:sloglint // one of two constants
	in.tree.Hint(x.Dir.Path)
}

// Needs tells whether this input has yet to ship something of a file, or may have:
// other inputs ask before they remove it. Before its first scan is over, and once Run
// has returned, it may have any file that it does not know. It may be called from any
// goroutine.
func (in *Input) Needs(device, inode uint64) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	f := in.files[key{device, inode}]
	if f == nil {
		return !in.looking
	}
	return f.stream == nil || f.aside || !f.finished() || in.announces(f)
}

func (in *Input) setLooking(is bool) {
	in.mu.Lock()
	in.looking = is
	in.mu.Unlock()
}
