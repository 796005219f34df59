package verb

import (
	"fmt"
	"os"
	"syscall"
)

// BecomeOwner makes root the user whom a state directory belongs to, for the rest
// of this process: files that root leaves there could not be written by the agent.
// It refuses a directory that is not there, since its owner can't be guessed.
func BecomeOwner(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("look at the state directory: %w", err)
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || os.Geteuid() != 0 || owner.Uid == 0 {
		return nil
	}
	if err := syscall.Setgroups([]int{int(owner.Gid)}); err != nil {
		return fmt.Errorf("become the owner of %q: %w", dir, err)
	}
	if err := syscall.Setgid(int(owner.Gid)); err != nil {
		return fmt.Errorf("become the owner of %q: %w", dir, err)
	}
	if err := syscall.Setuid(int(owner.Uid)); err != nil {
		return fmt.Errorf("become the owner of %q: %w", dir, err)
	}
	return nil
}
