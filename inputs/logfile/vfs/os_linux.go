package vfs

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// OS is the real file system.
var OS FS = osFS{}

type osFS struct{}

// noOpenat2 and noStatx are set when the kernel turns out to lack the call.
var noOpenat2, noStatx atomic.Bool

// lister is the memory of one listing, kept from one to the next so that
// looking at ten thousand idle files allocates nothing.
type lister struct {
	fd    int
	buf   [32 << 10]byte
	entry Entry
	stx   unix.Statx_t
}

var listers = sync.Pool{New: func() any { return new(lister) }}

// openLister opens a directory and tells what stat says of it.
func openLister(dir Place) (*lister, Info, error) {
	fd, err := openAt(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC|unix.O_NONBLOCK)
	if err != nil {
		return nil, Info{}, err
	}
	info, err := statFD(fd)
	if err != nil {
		_ = unix.Close(fd) // nothing was written
		return nil, Info{}, err
	}
	l := listers.Get().(*lister)
	l.fd, l.entry = fd, Entry{Stater: l}
	return l, info, nil
}

func (l *lister) close() {
	_ = unix.Close(l.fd) // nothing was written
	listers.Put(l)
}

// Ask implements Asker.
func (osFS) Ask(dir Place, names []string, visit func(*Entry)) (Info, error) {
	l, info, err := openLister(dir)
	if err != nil {
		return Info{}, err
	}
	defer l.close()
	for _, name := range names {
		n := copy(l.buf[:], name)
		l.buf[n] = 0
		l.entry.Name = l.buf[:n]
		visit(&l.entry)
	}
	return info, nil
}

// List implements FS.
func (osFS) List(dir Place, visit func(*Entry)) (Info, error) {
	l, info, err := openLister(dir)
	if err != nil {
		return Info{}, err
	}
	defer l.close()
	for {
		n, err := unix.Getdents(l.fd, l.buf[:])
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return info, err
		}
		if n <= 0 {
			return info, nil
		}
		l.visit(l.buf[:n], visit)
	}
}

// The layout of struct linux_dirent64: inode, offset, record length, type, name
// with a final NUL.
const (
	direntLength = 16
	direntType   = 18
	direntName   = 19
)

func (l *lister) visit(b []byte, visit func(*Entry)) {
	for len(b) >= direntName {
		length := int(*(*uint16)(unsafe.Pointer(&b[direntLength])))
		if length < direntName || length > len(b) {
			return
		}
		name := b[direntName:length]
		for i, c := range name {
			if c == 0 {
				name = name[:i]
				break
			}
		}
		l.entry.Name = name
		l.entry.Inode = *(*uint64)(unsafe.Pointer(&b[0]))
		l.entry.Kind = kindOfDirent(b[direntType])
		b = b[length:]
		if len(name) == 0 || string(name) == "." || string(name) == ".." {
			continue
		}
		visit(&l.entry)
	}
}

func kindOfDirent(t byte) Kind {
	switch t {
	case unix.DT_REG:
		return Regular
	case unix.DT_DIR:
		return Directory
	case unix.DT_LNK:
		return Symlink
	case unix.DT_UNKNOWN:
		return Unknown
	}
	return Other
}

// StatEntry implements Entry.Stat. The name lies in the listing's buffer and is
// followed by a NUL there, so that it can go to the kernel as it is.
func (l *lister) StatEntry(e *Entry, follow bool) (Info, error) {
	flags := unix.AT_SYMLINK_NOFOLLOW
	if follow {
		flags = 0
	}
	if noStatx.Load() {
		return fstatat(l.fd, string(e.Name), flags)
	}
	for {
		_, _, errno := unix.Syscall6(unix.SYS_STATX, uintptr(l.fd), uintptr(unsafe.Pointer(&e.Name[0])),
			uintptr(flags), unix.STATX_BASIC_STATS|unix.STATX_BTIME, uintptr(unsafe.Pointer(&l.stx)), 0)
		switch errno {
		case 0:
			return infoOf(&l.stx), nil
		case unix.EINTR:
		case unix.ENOSYS:
			noStatx.Store(true)
			return fstatat(l.fd, string(e.Name), flags)
		default:
			return Info{}, errno
		}
	}
}

func statFD(fd int) (Info, error) {
	if !noStatx.Load() {
		var stx unix.Statx_t
		err := ignoringEINTR(func() error {
			return unix.Statx(fd, "", unix.AT_EMPTY_PATH, unix.STATX_BASIC_STATS|unix.STATX_BTIME, &stx)
		})
		if err == nil {
			return infoOf(&stx), nil
		}
		if !errors.Is(err, unix.ENOSYS) {
			return Info{}, err
		}
		noStatx.Store(true)
	}
	var st unix.Stat_t
	if err := ignoringEINTR(func() error { return unix.Fstat(fd, &st) }); err != nil {
		return Info{}, err
	}
	return infoOfStat(&st), nil
}

func fstatat(dir int, name string, flags int) (Info, error) {
	var st unix.Stat_t
	if err := ignoringEINTR(func() error { return unix.Fstatat(dir, name, &st, flags) }); err != nil {
		return Info{}, err
	}
	return infoOfStat(&st), nil
}

func infoOf(x *unix.Statx_t) Info {
	i := Info{
		Device: unix.Mkdev(x.Dev_major, x.Dev_minor), Inode: x.Ino,
		Size: int64(x.Size), Modified: x.Mtime.Sec*1e9 + int64(x.Mtime.Nsec), Changed: x.Ctime.Sec*1e9 + int64(x.Ctime.Nsec),
		Links: x.Nlink, Kind: kindOfMode(uint32(x.Mode)),
	}
	if x.Mask&unix.STATX_BTIME != 0 {
		i.Birth = x.Btime.Sec*1e9 + int64(x.Btime.Nsec)
	}
	return i
}

func infoOfStat(st *unix.Stat_t) Info {
	return Info{
		Device: st.Dev, Inode: st.Ino, Size: st.Size,
		Modified: st.Mtim.Nano(), Changed: st.Ctim.Nano(), Links: uint32(st.Nlink), Kind: kindOfMode(st.Mode),
	}
}

func kindOfMode(mode uint32) Kind {
	switch mode & unix.S_IFMT {
	case unix.S_IFREG:
		return Regular
	case unix.S_IFDIR:
		return Directory
	case unix.S_IFLNK:
		return Symlink
	}
	return Other
}

// Open implements FS.
func (osFS) Open(file Place) (File, error) {
	fd, err := openAt(file, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC|unix.O_NOCTTY)
	if err != nil {
		return nil, err
	}
	// Else most reads of a file that grows have its inode written, for the time of
	// access. Only its owner and root may ask for that.
	_, _ = unix.FcntlInt(uintptr(fd), unix.F_SETFL, unix.O_NONBLOCK|unix.O_NOATIME)
	return osFile(fd), nil
}

// openAt opens the root as it is and the rest without following links.
func openAt(p Place, flags int) (int, error) {
	if p.Rel == "" {
		return open(unix.AT_FDCWD, p.Root, flags)
	}
	if p.Follow {
		return open(unix.AT_FDCWD, p.Path(), flags)
	}
	root, err := open(unix.AT_FDCWD, p.Root, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC)
	if err != nil {
		return -1, err
	}
	defer func() { _ = unix.Close(root) }() // O_PATH: nothing can be lost
	if !noOpenat2.Load() {
		how := unix.OpenHow{Flags: uint64(flags | unix.O_NOFOLLOW), Resolve: unix.RESOLVE_NO_SYMLINKS}
		for {
			fd, err := unix.Openat2(root, p.Rel, &how)
			switch {
			case errors.Is(err, unix.EINTR):
				continue
			case errors.Is(err, unix.ENOSYS):
				noOpenat2.Store(true)
			case errors.Is(err, unix.EPERM):
				// Older container runtimes answer so to calls they don't know.
			default:
				return fd, err
			}
			break
		}
	}
	return walk(root, p.Rel, flags)
}

// walk does what openat2 does, step by step.
func walk(dir int, rel string, flags int) (int, error) {
	owned := -1
	for {
		name, rest, deeper := strings.Cut(rel, "/")
		step := flags
		if deeper {
			step = unix.O_PATH | unix.O_DIRECTORY | unix.O_CLOEXEC
		}
		fd, err := open(dir, name, step|unix.O_NOFOLLOW)
		if owned >= 0 {
			_ = unix.Close(owned) // O_PATH
		}
		if err != nil || !deeper {
			return fd, err
		}
		dir, owned, rel = fd, fd, rest
	}
}

func open(dir int, path string, flags int) (fd int, err error) {
	err = ignoringEINTR(func() error {
		fd, err = unix.Openat(dir, path, flags, 0)
		return err
	})
	if err != nil {
		return -1, err
	}
	return fd, nil
}

// Network file systems announce only this machine's own changes.
var remote = map[int64]bool{
	unix.NFS_SUPER_MAGIC: true, unix.SMB_SUPER_MAGIC: true, unix.SMB2_SUPER_MAGIC: true,
	unix.CIFS_SUPER_MAGIC: true, unix.V9FS_MAGIC: true, unix.FUSE_SUPER_MAGIC: true,
	unix.CEPH_SUPER_MAGIC: true, unix.AFS_SUPER_MAGIC: true, unix.CODA_SUPER_MAGIC: true,
}

// Watchable implements Watchable.
func (osFS) Watchable(dir Place) bool {
	var st unix.Statfs_t
	if err := unix.Statfs(dir.Path(), &st); err != nil {
		return true // what is wrong will show when it is listed
	}
	return !remote[int64(st.Type)] //nolint:unconvert // narrower on other machines
}

func ignoringEINTR(f func() error) error {
	for {
		if err := f(); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// osFile is a descriptor. It is not an os.File, since regular files need no
// poller and a pread should be one system call.
type osFile int

func (f osFile) Pread(p []byte, offset int64) (n int, err error) {
	for {
		n, err = unix.Pread(int(f), p, offset)
		if !errors.Is(err, unix.EINTR) {
			return max(n, 0), err
		}
	}
}

// NextData implements Sparse. Where it moves the descriptor's own offset does not
// matter: nobody reads by that.
func (f osFile) NextData(offset int64) (int64, error) {
	for {
		at, err := unix.Seek(int(f), offset, unix.SEEK_DATA)
		switch {
		case errors.Is(err, unix.ENXIO):
			return -1, nil
		case !errors.Is(err, unix.EINTR):
			return at, err
		}
	}
}

func (f osFile) Stat() (Info, error) { return statFD(int(f)) }
func (f osFile) Close() error        { return unix.Close(int(f)) }
