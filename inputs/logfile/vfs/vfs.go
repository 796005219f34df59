package vfs

// Kind is what a name stands for.
type Kind uint8

// The kinds. Unknown is what some file systems say in a directory listing.
const (
	Unknown Kind = iota
	Regular
	Directory
	Symlink
	Other // FIFO, socket, device
)

// String names the kind for people.
func (k Kind) String() string {
	switch k {
	case Regular:
		return "regular file"
	case Directory:
		return "directory"
	case Symlink:
		return "symbolic link"
	case Other, Unknown:
	}
	return "FIFO, socket or device"
}

// Info is what stat says of a file.
type Info struct {
	Device, Inode uint64
	Birth         int64 // nanoseconds since 1970, 0 if the file system does not say
	Size          int64 // bytes
	Modified      int64 // nanoseconds since 1970
	Changed       int64 // likewise, of the inode, which nobody can set back
	Links         uint32
	Kind          Kind
}

// Place is a path in two parts: Root is opened as it is, below it no symbolic
// link is followed unless Follow is set.
type Place struct {
	Root, Rel string
	Follow    bool
}

// Path is the whole path.
func (p Place) Path() string {
	if p.Rel == "" {
		return p.Root
	}
	if p.Root == "/" {
		return "/" + p.Rel
	}
	return p.Root + "/" + p.Rel
}

// In is the place of a name in directory p.
func (p Place) In(name string) Place {
	if p.Rel != "" {
		name = p.Rel + "/" + name
	}
	return Place{Root: p.Root, Rel: name, Follow: p.Follow}
}

// FS finds and opens files. Its methods may block for as long as the file
// system does.
type FS interface {
	// List calls visit for each entry of a directory, in no order, and returns
	// what stat says of the directory. If it returns an error, what was
	// visited may be incomplete.
	List(dir Place, visit func(*Entry)) (Info, error)
	// Open opens a file for reading, without waiting for a FIFO's writer.
	Open(file Place) (File, error)
}

// Asker is implemented by an FS that can be asked about names without a listing.
type Asker interface {
	// Ask returns what stat says of a directory and calls visit for each of the
	// names in their order, whether they are there or not. The entries know no more
	// than their name.
	Ask(dir Place, names []string, visit func(*Entry)) (Info, error)
}

// File is an open file.
type File interface {
	// Pread reads from offset until p is full or the end of the file: n < len(p)
	// without an error means that the file ended there at that moment.
	Pread(p []byte, offset int64) (n int, err error)
	Stat() (Info, error)
	Close() error
}

// Sparse is implemented by a File that can tell holes from data.
type Sparse interface {
	// NextData returns the first offset from the given one on at which there
	// are data, or -1 if there are none up to the end of the file.
	NextData(offset int64) (int64, error)
}

// Entry is one name in a directory. It is valid during the visit only.
type Entry struct {
	Name  []byte
	Inode uint64 // as the directory tells it; some file systems tell another than stat
	Kind  Kind
	// Stater asks the file system about the entry; use Stat.
	Stater interface {
		StatEntry(e *Entry, follow bool) (Info, error)
	}
}

// Stat asks about the entry, or about what a symbolic link points to if follow
// is set.
func (e *Entry) Stat(follow bool) (Info, error) { return e.Stater.StatEntry(e, follow) }

// Directories is implemented by an FS whose files can be removed.
type Directories interface {
	// OpenDir opens a directory, without following links below the place's root,
	// and tells what stat says of it.
	OpenDir(dir Place) (Dir, Info, error)
}

// Dir is an open directory: whatever becomes of its path, its methods mean this
// directory. Names hold no slash, and symbolic links are not followed.
type Dir interface {
	Open(name string) (File, error)
	Stat(name string) (Info, error)
	// Rename fails with fs.ErrExist if the new name is taken.
	Rename(name string, to Dir, as string) error
	Remove(name string) error
	Close() error
}

// Watchable is implemented by an FS that can tell whether changes of a
// directory are announced on this machine, which those made over a network are
// not.
type Watchable interface {
	Watchable(dir Place) bool
}
