package disposal

import (
	"errors"
	"fmt"
	"io/fs"
	"path"

	"golang.org/x/sys/unix"

	"shipper/inputs/logfile/vfs"
)

// ErrChanged is returned when the file is not what it was, or its name stands for
// another one: it was left alone.
var ErrChanged = errors.New("the file has changed, or its name is another's now")

var errUnable = errors.New("this file system can't remove files")

// Order is one file to be removed.
type Order struct {
	Dir                 vfs.Place
	DirInode, DirDevice uint64
	Name                string
	Want                vfs.Info            // Kind and Links don't count
	Prove               func(vfs.File) bool // the last look at its bytes; nil if there is none
	Generation          uint64
	To                  string // directory to move it to, "" to delete it
}

// Do removes the file. It returns where the file is now, "" if it was deleted.
func Do(fsys vfs.FS, o *Order) (to string, err error) {
	able, ok := fsys.(vfs.Directories)
	if !ok {
		return "", errUnable
	}
	dir, info, err := able.OpenDir(o.Dir)
	if err != nil {
		return "", fmt.Errorf("open its directory: %w", err)
	}
	defer func() { _ = dir.Close() }() // nothing is written by it
	if info.Inode != o.DirInode || info.Device != o.DirDevice {
		return "", ErrChanged
	}
	if err := o.prove(dir); err != nil {
		return "", err
	}
	if o.To == "" {
		return "", o.remove(dir)
	}
	target, _, err := able.OpenDir(vfs.Place{Root: o.To})
	if err != nil {
		return "", fmt.Errorf("open %s: %w", o.To, err)
	}
	defer func() { _ = target.Close() }() // likewise
	return o.move(dir, target)
}

// prove looks at the file once more.
func (o *Order) prove(dir vfs.Dir) error {
	f, err := dir.Open(o.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return ErrChanged
	}
	if err != nil {
		return fmt.Errorf("open it for a last look: %w", err)
	}
	defer func() { _ = f.Close() }() // only read from
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("stat: %w", err)
	}
	if !o.is(&info) || (o.Prove != nil && !o.Prove(f)) {
		return ErrChanged
	}
	return nil
}

func (o *Order) is(i *vfs.Info) bool {
	w := &o.Want
	return i.Kind == vfs.Regular && i.Device == w.Device && i.Inode == w.Inode && i.Birth == w.Birth &&
		i.Size == w.Size && i.Modified == w.Modified
}

// Private is the name under which a file waits to be deleted.
func Private(generation uint64) string { return fmt.Sprintf(".shipper-deletes-%016x", generation) }

func (o *Order) remove(dir vfs.Dir) error {
	private := Private(o.Generation)
	if o.Name != private { // else a crash came between
		if err := o.rename(dir, o.Name, dir, private); err != nil {
			return fmt.Errorf("rename it to %s: %w", private, err)
		}
	}
	if err := dir.Remove(private); err != nil {
		return fmt.Errorf("unlink: %w", err)
	}
	return nil
}

func (o *Order) move(dir, target vfs.Dir) (to string, err error) {
	// Rotated files have the same few names again and again.
	for _, name := range []string{o.Name, fmt.Sprintf("%s-%016x", o.Name, o.Generation)} {
		if err = o.rename(dir, o.Name, target, name); !errors.Is(err, fs.ErrExist) {
			if err != nil {
				return "", fmt.Errorf("move it to %s: %w", o.To, err)
			}
			return path.Join(o.To, name), nil
		}
	}
	return "", fmt.Errorf("move it to %s: %w", o.To, err)
}

// rename gives the file a name that is free, and takes it back if it was another
// file that had the old name by then.
func (o *Order) rename(from vfs.Dir, name string, to vfs.Dir, as string) error {
	if err := from.Rename(name, to, as); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return ErrChanged
		}
		return err
	}
	info, err := to.Stat(as)
	if err == nil && o.is(&info) {
		return nil
	}
	if back := to.Rename(as, from, name); back != nil {
		return fmt.Errorf("another file was renamed to %s and can't get its name back: %w", as, errors.Join(err, back))
	}
	return errors.Join(ErrChanged, err)
}

// Cure tells people what to do about an error of Do.
func Cure(err error) string {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "give this process's user permission to write to the directory, or set on_complete = \"keep\"; it is tried again"
	case errors.Is(err, unix.EXDEV):
		return "let move_to be a directory on the same file system as the log"
	case errors.Is(err, unix.EROFS):
		return "mount the file system writable, or set on_complete = \"keep\""
	case errors.Is(err, fs.ErrNotExist):
		return "make the directory move_to; it is tried again"
	case errors.Is(err, fs.ErrExist):
		return "look why a file of that name is there already, and remove it"
	}
	return "see to the disk and file system; it is tried again"
}
