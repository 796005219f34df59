package checkpoint

import (
	"errors"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"syscall"

	"shipper/checkpoint/disk"
)

var errCrashed = errors.New("the machine is down")

// crashFS is a directory in memory. It counts operations, fails those that it
// is told to, stops at one of them as a crash does, and knows what a crash may
// leave.
type crashFS struct {
	mu      sync.Mutex
	files   map[string]*crashInode // as seen by the running process
	durable map[string]*crashInode // as of the last syncDir
	dirOps  []func(map[string]*crashInode)
	ops     int
	crashAt int // the operation that does not happen any more; 0 for none
	onCrash func()
	// fail, if not nil, is asked before each operation.
	fail func(op, name string) error
	free int64 // bytes that may still be allocated; below 0 without limit
}

// crashInode is a file: what is durable, and the writes that are not yet.
type crashInode struct {
	seen, synced []byte
	unsynced     []crashWrite
	allocated    int64
}

type crashWrite struct {
	at   int64
	data []byte
}

func newCrashFS() *crashFS {
	return &crashFS{files: map[string]*crashInode{}, durable: map[string]*crashInode{}, free: -1}
}

func (c *crashFS) setFail(fail func(op, name string) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fail = fail
}

func (c *crashFS) setFree(free int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.free = free
}

func (c *crashFS) operations() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ops
}

// step is one operation. c.mu is held.
func (c *crashFS) step(op, name string) error {
	c.ops++
	if c.crashAt > 0 && c.ops >= c.crashAt {
		if c.ops == c.crashAt && c.onCrash != nil {
			c.onCrash()
		}
		return errCrashed
	}
	if c.fail != nil {
		return c.fail(op, name)
	}
	return nil
}

func (c *crashFS) List() ([]string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.step("list", ""); err != nil {
		return nil, err
	}
	return slices.Collect(maps.Keys(c.files)), nil
}

func (c *crashFS) Read(name string) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.step("read", name); err != nil {
		return nil, err
	}
	inode := c.files[name]
	if inode == nil {
		return nil, fs.ErrNotExist
	}
	return slices.Clone(inode.seen), nil
}

// change does a change of the directory, now and, if it survives, later.
func (c *crashFS) change(do func(map[string]*crashInode)) {
	do(c.files)
	c.dirOps = append(c.dirOps, do)
}

func (c *crashFS) Open(name string) (disk.File, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.step("open", name); err != nil {
		return nil, err
	}
	inode := c.files[name]
	if inode == nil {
		inode = &crashInode{}
		c.change(func(m map[string]*crashInode) { m[name] = inode })
	}
	return &crashFile{c, name, inode}, nil
}

func (c *crashFS) Rename(oldName, newName string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.step("rename", newName); err != nil {
		return err
	}
	inode := c.files[oldName]
	if inode == nil {
		return fs.ErrNotExist
	}
	c.change(func(m map[string]*crashInode) {
		delete(m, oldName)
		m[newName] = inode
	})
	return nil
}

func (c *crashFS) Remove(name string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.step("remove", name); err != nil {
		return err
	}
	if c.free >= 0 && c.files[name] != nil {
		c.free += c.files[name].allocated
	}
	c.change(func(m map[string]*crashInode) { delete(m, name) })
	return nil
}

func (c *crashFS) SyncDir() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.step("syncdir", ""); err != nil {
		return err
	}
	c.durable, c.dirOps = maps.Clone(c.files), nil
	return nil
}

type crashFile struct {
	fs    *crashFS
	name  string
	inode *crashInode
}

func (f *crashFile) WriteAt(b []byte, at int64) (int, error) {
	c := f.fs
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.step("write", f.name)
	if errors.Is(err, errCrashed) && c.ops == c.crashAt {
		// SIGKILL or loss of power in the midst of it.
		f.write(b[:len(b)/2], at)
	}
	if err == nil {
		err = f.allocate(at + int64(len(b)))
	}
	if err != nil {
		return 0, err
	}
	f.write(b, at)
	return len(b), nil
}

func (f *crashFile) write(b []byte, at int64) {
	w := crashWrite{at, slices.Clone(b)}
	f.inode.seen = w.apply(f.inode.seen)
	f.inode.unsynced = append(f.inode.unsynced, w)
}

func (w crashWrite) apply(b []byte) []byte {
	if need := int(w.at) + len(w.data); need > len(b) {
		b = append(b, make([]byte, need-len(b))...)
	}
	copy(b[w.at:], w.data)
	return b
}

func (f *crashFile) Sync() error {
	c := f.fs
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.step("sync", f.name); err != nil {
		if !errors.Is(err, errCrashed) {
			// The kernel drops the pages that it could not write, or calls
			// them clean: no later fdatasync brings them to the disk.
			f.inode.unsynced = nil
		}
		return err
	}
	for _, w := range f.inode.unsynced {
		f.inode.synced = w.apply(f.inode.synced)
	}
	f.inode.unsynced = nil
	return nil
}

func (f *crashFile) Allocate(size int64) error {
	c := f.fs
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.step("allocate", f.name); err != nil {
		return err
	}
	return f.allocate(size)
}

func (f *crashFile) allocate(size int64) error {
	more := size - f.inode.allocated
	if more <= 0 {
		return nil
	}
	if f.fs.free >= 0 {
		if more > f.fs.free {
			return syscall.ENOSPC
		}
		f.fs.free -= more
	}
	f.inode.allocated = size
	return nil
}

func (f *crashFile) Close() error {
	c := f.fs
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.step("close", f.name)
}

// afterKill is the directory after SIGKILL: everything that was written.
func (c *crashFS) afterKill() *crashFS {
	c.mu.Lock()
	defer c.mu.Unlock()
	after := newCrashFS()
	for name, inode := range c.files {
		after.add(name, slices.Clone(inode.seen))
	}
	return after
}

// afterPowerLoss is the directory after loss of power. With a random source,
// some of what was not synced survives: any of the changes of the directory, a
// later one without an earlier one, too; any of the writes; and any sectors of
// each of these.
func (c *crashFS) afterPowerLoss(r *rand.Rand) *crashFS {
	c.mu.Lock()
	defer c.mu.Unlock()
	names := maps.Clone(c.durable)
	if r != nil {
		upTo, holes := r.IntN(len(c.dirOps)+1), r.IntN(2) == 0
		for _, do := range c.dirOps[:upTo] {
			if !holes || r.IntN(2) == 0 {
				do(names)
			}
		}
	}
	after := newCrashFS()
	for _, name := range slices.Sorted(maps.Keys(names)) {
		b := slices.Clone(names[name].synced)
		for _, w := range names[name].unsynced {
			if r != nil && r.IntN(3) > 0 {
				b = w.tear(b, r)
			}
		}
		after.add(name, b)
	}
	return after
}

// tear applies the write, or what of it a disk had done when the power went.
func (w crashWrite) tear(b []byte, r *rand.Rand) []byte {
	switch r.IntN(3) {
	case 0: // a first part
		w.data = w.data[:r.IntN(len(w.data)+1)]
		return w.apply(b)
	case 1: // some sectors
		const sector = 512
		for at := w.at; at < w.at+int64(len(w.data)); {
			end := min(at/sector*sector+sector, w.at+int64(len(w.data)))
			if r.IntN(2) == 0 {
				b = crashWrite{at, w.data[at-w.at : end-w.at]}.apply(b)
			}
			at = end
		}
		return b
	}
	return w.apply(b)
}

func (c *crashFS) add(name string, b []byte) {
	inode := &crashInode{seen: b, synced: slices.Clone(b), allocated: int64(len(b))}
	c.files[name], c.durable[name] = inode, inode
}

// clone is a copy that shares nothing.
func (c *crashFS) clone() *crashFS { return c.afterKill() }
