package trouble

import (
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/sys/unix"
)

// Errors that are not the system's.
var (
	// ErrNoneFree is returned when the budget of descriptors is used up.
	ErrNoneFree = errors.New("no file descriptor is free: all are held by unread files; raise the limit of open files")
	// ErrNotRegular is returned for what is no file of bytes.
	ErrNotRegular = errors.New("not a regular file")
)

// Problem is something that keeps a path from being read.
type Problem struct {
	Path string
	What string // what is so
	Cure string // what to do about it
}

// String is the problem in one sentence.
func (p Problem) String() string { return p.What + "; " + p.Cure }

// Of tells people what an error about a path means and what to do.
func Of(path string, err error) Problem {
	p := Problem{Path: path, What: fmt.Sprintf("%q: %v", path, err), Cure: "see to the disk and file system"}
	switch {
	case errors.Is(err, fs.ErrPermission):
		p.What = fmt.Sprintf("%q may not be read by this process", path)
		p.Cure = "give its user read permission (and x on the directories above), for example by group adm or an ACL"
	case errors.Is(err, fs.ErrNotExist):
		p.What = fmt.Sprintf("%q does not exist", path)
		p.Cure = "create it or correct `paths`; it is looked for again at every scan"
	case errors.Is(err, unix.ELOOP):
		p.What = fmt.Sprintf("%q is or leads through a symbolic link", path)
		p.Cure = "name the target in `paths`, or set follow_symlinks = true"
	case errors.Is(err, ErrNoneFree), errors.Is(err, unix.EMFILE), errors.Is(err, unix.ENFILE):
		p.What = fmt.Sprintf("%q can't be opened: no file descriptor is free", path)
		p.Cure = "raise the limit of open files (LimitNOFILE, ulimit -n)"
	case errors.Is(err, ErrNotRegular):
		p.What = fmt.Sprintf("%q is not a regular file", path)
		p.Cure = "only regular files are shipped; correct `paths` or add it to exclude_paths"
	case errors.Is(err, unix.ENOTDIR):
		p.What = fmt.Sprintf("%q is not a directory", path)
		p.Cure = "correct `paths`"
	}
	return p
}
