package packages

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"shipper/testing/need"
)

// release is the Debian that is booted.
const release = "bookworm"

func command(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, tail(out))
	}
	return nil
}

// tail is the end of a long output.
func tail(out []byte) []byte { return out[max(0, len(out)-4096):] }

// Debian returns the root directory of a small Debian with systemd, which it
// makes if it is not there yet (a minute or two). Nothing may be written to it.
func Debian(ctx context.Context) (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find cache directory: %w", err)
	}
	root := filepath.Join(base, "shipper-debian-"+release)
	if _, err := os.Stat(root); err == nil {
		return root, nil
	}
	if err := need.Programs(ctx, map[string]string{"debootstrap": "debootstrap"}); err != nil {
		return "", err
	}
	// Whole or not at all: a torn one is made again.
	temp := root + ".new"
	if err := os.RemoveAll(temp); err != nil {
		return "", err
	}
	if err := command(ctx, "debootstrap", "--variant=minbase", "--include=systemd,systemd-sysv,dbus", release, temp); err != nil {
		return "", err
	}
	return root, os.Rename(temp, root)
}

// errNoResult means that the machine went down before the script ended.
var errNoResult = errors.New("the script left no result")

// Boot boots the Debian in root, runs a shell script as root in it, and returns
// what the script printed and its error if it did not end with 0. The directory
// shared is /shared inside; the network is the host's. What the script changes
// outside /shared is gone afterwards. It blocks until the machine is down.
func Boot(ctx context.Context, root, shared, script string) (string, error) {
	if err := need.Programs(ctx, map[string]string{"systemd-nspawn": "systemd-container"}); err != nil {
		return "", err
	}
	unit := `[Unit]
After=multi-user.target
SuccessAction=poweroff-force
FailureAction=poweroff-force
[Service]
Type=oneshot
StandardOutput=file:/shared/output
StandardError=inherit
ExecStart=/bin/sh -c 'sh -eux /shared/script; echo $? > /shared/result'
`
	for name, text := range map[string]string{"script": script, "test.service": unit} {
		if err := os.WriteFile(filepath.Join(shared, name), []byte(text), 0o644); err != nil {
			return "", err
		}
	}
	_ = os.Remove(filepath.Join(shared, "result")) // of an earlier boot, if any
	cmd := exec.CommandContext(ctx, "systemd-nspawn", "-q", "-D", root, "--keep-unit", "--register=no", "--volatile=overlay",
		"--bind="+shared+":/shared",
		"--bind-ro="+filepath.Join(shared, "test.service")+":/etc/systemd/system/shipper-test.service",
		"--boot", "systemd.wants=shipper-test.service")
	console, err := cmd.CombinedOutput()
	output, _ := os.ReadFile(filepath.Join(shared, "output")) // missing if the boot failed
	// The status of nspawn says how it tidied up, and not how the script ended.
	result, missing := os.ReadFile(filepath.Join(shared, "result"))
	switch {
	case missing != nil:
		return string(output), fmt.Errorf("boot Debian: %w\n%s", errors.Join(errNoResult, err), tail(console))
	case strings.TrimSpace(string(result)) != "0":
		return string(output), fmt.Errorf("the script ended with %s", strings.TrimSpace(string(result)))
	}
	return string(output), nil
}
