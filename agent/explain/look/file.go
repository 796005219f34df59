package look

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"shipper/agent/stored"
	"shipper/checkpoint"
	"shipper/inputs/logfile"
	"shipper/inputs/logfile/proofs"
	"shipper/inputs/logfile/vfs"
)

// File is what the file system says of a path.
type File struct {
	Path  string
	Err   error  // why it can't be looked at or read
	Link  string // the target of a symbolic link, "" if it is none
	Info  vfs.Info
	Known *checkpoint.Generation // what the state has of it, nil if nothing
	Proof *proofs.Proof          // of Known; nil if it could not be asked for
	// Tail is how many bytes behind the last newline the file ends with, as far
	// as they were looked at.
	Tail int64
}

// open opens a file as the agent does, but through symbolic links.
func open(name string) (vfs.File, error) {
	dir, base := filepath.Split(name)
	return vfs.OS.Open(vfs.Place{Root: filepath.Clean(dir), Rel: base, Follow: true})
}

// Stat identifies the file at a path. It needs not be readable by the agent's
// user to be known, but by ours.
func Stat(name string) (vfs.Info, error) {
	f, err := open(name)
	if err != nil {
		return vfs.Info{}, err
	}
	defer func() { _ = f.Close() }() // only read from
	return f.Stat()
}

// At looks at the file at a path. recognise finds the generation of the state that its
// inode belongs to, nil if there is none.
func At(name string, recognise func(vfs.Info) *checkpoint.Generation) *File {
	out := &File{Path: name}
	if target, err := filepath.EvalSymlinks(name); err == nil && target != name {
		out.Link = target
	}
	f, err := open(name)
	if err != nil {
		out.Err = err
		return out
	}
	defer func() { _ = f.Close() }() // only read from
	if out.Info, out.Err = f.Stat(); out.Err != nil {
		return out
	}
	if out.Info.Kind != vfs.Regular {
		out.Err = errors.New("it is a " + out.Info.Kind.String())
		return out
	}
	if out.Known = recognise(out.Info); out.Known != nil {
		proof, err := proofs.Prove(f, savedOf(out.Known))
		if out.Err = err; err == nil {
			out.Proof = &proof
		}
	}
	out.Tail = tail(f, out.Info.Size)
	return out
}

// savedOf is what the input would be given of a generation, with the state's
// numbers of routes.
func savedOf(g *checkpoint.Generation) *logfile.Saved {
	saved := &logfile.Saved{
		Identity: logfile.Identity{
			ID: g.ID, Stream: g.Stream, Path: g.Path, Device: g.Device, Inode: g.Inode, Birth: g.Birth,
			Truncations: g.Truncations, Order: g.Order, HeadLength: g.HeadLength, HeadHash: g.HeadHash,
		},
		Positions: map[int]logfile.Position{},
	}
	for id, w := range g.Watermarks {
		saved.Positions[int(id)] = stored.Position(w)
	}
	return saved
}

// farthest is how many bytes at the end of a file are looked at for a newline.
const farthest = 64 << 10

// tail is how many bytes follow the last newline; farthest if none is near.
func tail(f vfs.File, size int64) int64 {
	b := make([]byte, min(size, farthest))
	n, err := f.Pread(b, size-int64(len(b)))
	if err != nil {
		return 0
	}
	return int64(n - strings.LastIndexByte(string(b[:n]), '\n') - 1)
}

// Born is the time of birth, false if the file system does not say.
func (f *File) Born() (time.Time, bool) {
	return time.Unix(0, f.Info.Birth), f.Info.Birth != 0
}

// Gone tells that there is nothing at the path.
func (f *File) Gone() bool { return errors.Is(f.Err, fs.ErrNotExist) }

// IsFile tells whether a generation of a state is the file that was looked at.
type IsFile func(*checkpoint.Generation) bool

// Inode looks at the file at a path for finding it in a state. If there is none,
// nothing is it.
func Inode(name string) IsFile {
	info, err := Stat(name)
	return func(g *checkpoint.Generation) bool { return err == nil && Same(g, &info) }
}

// Same tells whether stat says that a file is in the inode of a generation. Of
// several, the one with most truncations is in it now.
func Same(g *checkpoint.Generation, info *vfs.Info) bool {
	if g.Birth != 0 && info.Birth != 0 {
		return g.Inode == info.Inode && g.Birth == info.Birth
	}
	return g.Inode == info.Inode && g.Device == info.Device
}
