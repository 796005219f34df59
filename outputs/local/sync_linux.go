package local

import (
	"os"

	"golang.org/x/sys/unix"
)

// datasync leaves out times and the like, which fsync would write, too.
func datasync(f *os.File) error {
	for {
		if err := unix.Fdatasync(int(f.Fd())); err != unix.EINTR {
			return err
		}
	}
}
