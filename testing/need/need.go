package need

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Programs installs the Debian packages that bring the programs, several of one divided
// by spaces, unless all are there. Processes that do it at the same time wait for each
// other, as the tests of several packages do on a machine that has nothing yet. What
// could not be installed is not tried again by those that the same process has started,
// as `go test` does all tests: it can take minutes to find out that there is no network.
func Programs(ctx context.Context, by map[string]string) error {
	if len(missing(by)) == 0 {
		return nil
	}
	base, err := os.UserCacheDir()
	if err != nil {
		return fmt.Errorf("find cache directory: %w", err)
	}
	if err := os.MkdirAll(base, 0o755); err != nil {
		return fmt.Errorf("make cache directory: %w", err)
	}
	unlock, err := Lock(filepath.Join(base, "shipper-install.lock"))
	if err != nil {
		return err
	}
	defer unlock()
	packages := missing(by) // another process may have brought some meanwhile
	if len(packages) == 0 {
		return nil
	}
	names := strings.Join(packages, " and ")
	if _, err := exec.LookPath("apt-get"); err != nil || os.Geteuid() != 0 {
		return fmt.Errorf("install %s (Debian's names), then run this again", names)
	}
	failed := filepath.Join(base, "shipper-install.failed")
	run := strconv.Itoa(os.Getppid())
	if note, err := os.ReadFile(failed); err == nil {
		if who, before, _ := strings.Cut(string(note), "\n"); who == run {
			return fmt.Errorf("install %s: not tried, as this has failed before: %s", names, before)
		}
	}
	err = install(ctx, packages)
	if err != nil && ctx.Err() == nil {
		err = errors.Join(err, os.WriteFile(failed, []byte(run+"\n"+err.Error()), 0o644))
	}
	return err
}

func install(ctx context.Context, packages []string) error {
	const wait = "DPkg::Lock::Timeout=300" // for somebody who installs something else
	for _, args := range [][]string{
		{"-q", "update"},
		append([]string{"-qy", "-o", wait, "install", "--no-install-recommends"}, packages...),
	} {
		cmd := exec.CommandContext(ctx, "apt-get", args...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("apt-get %s: %w\n%s", strings.Join(args, " "), err, out[max(0, len(out)-4096):])
		}
	}
	return nil
}

// missing are the packages of the programs that are not there.
func missing(by map[string]string) (packages []string) {
	for program, bring := range by {
		if _, err := exec.LookPath(program); err != nil {
			packages = append(packages, strings.Fields(bring)...)
		}
	}
	slices.Sort(packages)
	return packages
}

// Lock waits for a lock file; the lock ends with its holder.
func Lock(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		_ = f.Close() // nothing was written
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return func() { _ = f.Close() }, nil
}
