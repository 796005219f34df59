package packages

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"shipper/testing/need"
)

// TestRPM looks at what is in the package and at its scripts, and installs it into
// an empty root. The scripts are those of the .deb, which ran in a booted system.
func TestRPM(t *testing.T) {
	ctx := t.Context()
	if err := need.Programs(ctx, map[string]string{"rpm": "rpm"}); err != nil {
		t.Fatal(err)
	}
	dir, root := t.TempDir(), t.TempDir()
	build(ctx, t, dir, "1.0.0")
	found, err := filepath.Glob(filepath.Join(dir, "shipper-1.0.0-1.*.rpm"))
	if err != nil || len(found) != 1 {
		t.Fatalf("packages: %v, %v", found, err)
	}
	// All that can be changed by hand is a configuration file, never replaced.
	configs := run(ctx, t, "rpm", "-qp", "--configfiles", found[0])
	if strings.TrimSpace(configs) != "/etc/shipper/shipper.hcl" {
		t.Errorf("configuration files: %q", configs)
	}
	scripts := run(ctx, t, "rpm", "-qp", "--scripts", found[0])
	for _, want := range []string{"systemd-sysusers", "try-restart", "disable --now"} {
		if !strings.Contains(scripts, want) {
			t.Errorf("the scripts do not %q:\n%s", want, scripts)
		}
	}
	run(ctx, t, "rpm", "--root", root, "--initdb")
	run(ctx, t, "rpm", "--root", root, "--install", "--nodeps", "--noscripts", found[0])
	for path, mode := range map[string]os.FileMode{
		"usr/bin/shipper":                                  0o755,
		"usr/lib/systemd/system/shipper.service":           0o644,
		"usr/lib/sysusers.d/shipper.conf":                  0o644,
		"usr/share/man/man1/shipper.1":                     0o644,
		"usr/share/doc/shipper/conf.d/rails.hcl":           0o644,
		"usr/share/zsh/site-functions/_shipper":            0o644,
		"usr/share/doc/shipper/docs/install.md":            0o644,
		"usr/share/fish/vendor_completions.d/shipper.fish": 0o644,
		"etc/shipper/shipper.hcl":                          0o640,
	} {
		info, err := os.Stat(filepath.Join(root, path))
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", path, info, err)
		}
	}
	if version := run(ctx, t, filepath.Join(root, "usr/bin/shipper"), "version"); !strings.HasPrefix(version, "shipper 1.0.0\n") {
		t.Errorf("version: %q", version)
	}
}
