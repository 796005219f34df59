package checkpoint

import (
	"errors"
	"io/fs"
	"syscall"
)

// cure is what a person can do about an error of the state directory. The store
// tries again by itself.
func cure(err error) string {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "free space on the disk of the state directory"
	case errors.Is(err, syscall.EROFS):
		return "mount the file system of the state directory writable"
	case errors.Is(err, fs.ErrPermission):
		return "let the agent's user write to the state directory and its files"
	}
	return "look at the disk of the state directory"
}
