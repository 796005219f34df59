package logfile

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"golang.org/x/sys/unix"
)

// problemOf tells people what an error about a path means and what to do.
func problemOf(path string, err error) Problem {
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
	case errors.Is(err, errNoneFree), errors.Is(err, unix.EMFILE), errors.Is(err, unix.ENFILE):
		p.What = fmt.Sprintf("%q can't be opened: no file descriptor is free", path)
		p.Cure = "raise the limit of open files (LimitNOFILE, ulimit -n)"
	case errors.Is(err, errNotRegular):
		p.What = fmt.Sprintf("%q is not a regular file", path)
		p.Cure = "only regular files are shipped; correct `paths` or add it to exclude_paths"
	case errors.Is(err, unix.ENOTDIR):
		p.What = fmt.Sprintf("%q is not a directory", path)
		p.Cure = "correct `paths`"
	}
	return p
}

// report notes a problem and logs it once, until it is solved.
func (in *Input) report(p Problem) {
	in.mu.Lock()
	old, known := in.problems[p.Path]
	in.problems[p.Path] = p
	tell, suppressed := false, 0
	if !known || old != p {
		tell, suppressed = in.warned.allow(in.now())
	}
	in.mu.Unlock()
	if tell {
		in.log.Warn("a path can't be shipped", "path", p.Path, "what", p.What, "cure", p.Cure, "not_logged", suppressed)
	}
}

// solved takes a problem back.
func (in *Input) solved(path string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	delete(in.problems, path)
}

// limiter lets through 20 messages a minute.
type limiter struct {
	since      time.Time
	count      int
	suppressed int
}

func (l *limiter) allow(now time.Time) (ok bool, suppressed int) {
	if now.Sub(l.since) >= time.Minute {
		l.since, l.count = now, 0
	}
	if l.count++; l.count > 20 {
		l.suppressed++
		return false, 0
	}
	suppressed, l.suppressed = l.suppressed, 0
	return true, suppressed
}
