package faultfs

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"syscall"
	"testing"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// Call is what a file system is asked.
type Call int

// The calls that may hang or fail.
const (
	Read Call = iota
	Open
	Stat    // by name or by descriptor
	ReadDir // of the mounted directory; the name is ""
)

// Fault is one call on the file of that name in the mounted directory.
type Fault struct {
	Call Call
	Name string
}

// FS is a mounted file system. Its methods may be called by many.
type FS struct {
	fuse.RawFileSystem
	point  string
	server *fuse.Server
	served chan struct{} // closed when nothing is served any more

	mu     sync.Mutex
	names  map[uint64]string // by the number that the kernel knows a file by
	faults map[Fault]syscall.Errno
	hung   map[Fault]int // calls that hang now
	healed chan struct{} // closed by Heal
}

// hangs is the fault of a call that is not answered.
const hangs = syscall.Errno(0)

// MountFor mounts, for as long as a test goes on, and fails that if it can't.
func MountFor(t testing.TB, directory, point string) *FS {
	t.Helper()
	f, err := Mount(directory, point)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// Mount shows the directory's files at the mount point, which is a directory, too.
func Mount(directory, point string) (*FS, error) {
	if _, err := os.Stat("/dev/fuse"); err != nil || os.Geteuid() != 0 {
		return nil, errors.New("mounting a file system that hangs needs root and /dev/fuse: run this as root, with the kernel's module fuse loaded")
	}
	root, err := fs.NewLoopbackRoot(directory)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", directory, err)
	}
	f := &FS{
		// The kernel keeps nothing: it asks each time.
		RawFileSystem: fs.NewNodeFS(root, &fs.Options{}),
		point:         point, served: make(chan struct{}),
		names: map[uint64]string{}, faults: map[Fault]syscall.Errno{}, hung: map[Fault]int{}, healed: make(chan struct{}),
	}
	// No child may have the connection: it would keep it open after the test has died,
	// and hang in it for ever, whatever signal it gets.
	syscall.ForkLock.Lock()
	f.server, err = fuse.NewServer(f, point, &fuse.MountOptions{Name: "faultfs", DirectMountStrict: true, DisableReadDirPlus: true})
	keep := closeOnExec("/dev/fuse")
	syscall.ForkLock.Unlock()
	if err != nil {
		return nil, fmt.Errorf("mount %s: %w", point, err)
	}
	go func() {
		defer close(f.served)
		f.server.Serve()
	}()
	if err := errors.Join(keep, f.server.WaitMount()); err != nil {
		return nil, errors.Join(fmt.Errorf("mount %s: %w", point, err), f.Close())
	}
	return f, nil
}

// closeOnExec keeps all descriptors of a file from children.
func closeOnExec(path string) error {
	list, err := os.ReadDir("/proc/self/fd")
	for _, e := range list {
		if to, _ := os.Readlink("/proc/self/fd/" + e.Name()); to != path { // the list's own is closed by now
			continue
		}
		fd, err := strconv.Atoi(e.Name())
		if err != nil {
			return err
		}
		unix.CloseOnExec(fd)
	}
	return err
}

// Close answers all calls, refuses further ones and unmounts, even if files are open.
func (f *FS) Close() error {
	f.Heal()
	err := unix.Unmount(f.point, unix.MNT_FORCE|unix.MNT_DETACH)
	if err != nil {
		return fmt.Errorf("unmount %s: %w", f.point, err)
	}
	<-f.served
	return nil
}

// Hang has a call not answered until Heal.
func (f *FS) Hang(fault Fault) { f.Fail(fault, hangs) }

// Fail has a call refused until Heal.
func (f *FS) Fail(fault Fault, err syscall.Errno) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults[fault] = err
}

// Heal ends all faults and answers what hangs.
func (f *FS) Heal() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.faults)
	close(f.healed)
	f.healed = make(chan struct{})
}

// Hung is how many calls of the fault hang now.
func (f *FS) Hung(fault Fault) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.hung[fault]
}

// suffer waits while the call hangs, and returns what it fails with. That the caller
// would rather not wait any longer is not heard.
func (f *FS) suffer(call Call, name string) fuse.Status {
	fault := Fault{call, name}
	f.mu.Lock()
	defer f.mu.Unlock()
	err, ok := f.faults[fault]
	if !ok || err != hangs {
		return fuse.Status(err)
	}
	healed := f.healed
	f.hung[fault]++
	f.mu.Unlock()
	<-healed
	f.mu.Lock()
	f.hung[fault]--
	return fuse.OK
}

func (f *FS) name(node uint64) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.names[node]
}

// Lookup is a stat by name, and comes before everything else.
func (f *FS) Lookup(cancel <-chan struct{}, header *fuse.InHeader, name string, out *fuse.EntryOut) fuse.Status {
	if status := f.suffer(Stat, name); !status.Ok() {
		return status
	}
	status := f.RawFileSystem.Lookup(cancel, header, name, out)
	if status.Ok() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.names[out.NodeId] = name
	}
	return status
}

// GetAttr is a stat.
func (f *FS) GetAttr(cancel <-chan struct{}, in *fuse.GetAttrIn, out *fuse.AttrOut) fuse.Status {
	if status := f.suffer(Stat, f.name(in.NodeId)); !status.Ok() {
		return status
	}
	return f.RawFileSystem.GetAttr(cancel, in, out)
}

// Statx is a stat that asks for the time of birth, too.
func (f *FS) Statx(cancel <-chan struct{}, in *fuse.StatxIn, out *fuse.StatxOut) fuse.Status {
	if status := f.suffer(Stat, f.name(in.NodeId)); !status.Ok() {
		return status
	}
	return f.RawFileSystem.Statx(cancel, in, out)
}

// Open opens past the kernel's cache, so that every read is asked for here.
func (f *FS) Open(cancel <-chan struct{}, in *fuse.OpenIn, out *fuse.OpenOut) fuse.Status {
	if status := f.suffer(Open, f.name(in.NodeId)); !status.Ok() {
		return status
	}
	status := f.RawFileSystem.Open(cancel, in, out)
	out.OpenFlags |= fuse.FOPEN_DIRECT_IO
	return status
}

// Read reads.
func (f *FS) Read(cancel <-chan struct{}, in *fuse.ReadIn, buf []byte) (fuse.ReadResult, fuse.Status) {
	if status := f.suffer(Read, f.name(in.NodeId)); !status.Ok() {
		return nil, status
	}
	return f.RawFileSystem.Read(cancel, in, buf)
}

// ReadDir lists.
func (f *FS) ReadDir(cancel <-chan struct{}, in *fuse.ReadIn, out *fuse.DirEntryList) fuse.Status {
	if status := f.suffer(ReadDir, f.name(in.NodeId)); !status.Ok() {
		return status
	}
	return f.RawFileSystem.ReadDir(cancel, in, out)
}

// ReadDirPlus is not done: it would tell the kernel of files that nobody has looked up.
func (f *FS) ReadDirPlus(<-chan struct{}, *fuse.ReadIn, *fuse.DirEntryList) fuse.Status {
	return fuse.ENOSYS
}
