package cluster

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// script writes a program that the shell runs.
func script(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte("#!/bin/sh\nset -e\n"+text), 0o755); err != nil {
		t.Fatal(err)
	}
}

// TestWhatIsMissingIsInstalledOnce has a machine with nothing but an apt-get,
// and several processes that need Kafka.
func TestWhatIsMissingIsInstalledOnce(t *testing.T) {
	bin, cache := t.TempDir(), t.TempDir()
	calls := filepath.Join(bin, "calls")
	script(t, filepath.Join(bin, "apt-get"), `
echo "apt-get $*" >>`+calls+`
case "$*" in *" install "*)
	printf '#!/bin/sh\n' >`+bin+`/java
	printf '#!/bin/sh\necho mvn >>`+calls+`\nfor a; do case $a in -DoutputDirectory=*) /bin/mkdir -p "${a#*=}"; : >"${a#*=}/kafka.jar";; esac; done\n' >`+bin+`/mvn
	/bin/chmod +x `+bin+`/java `+bin+`/mvn;;
esac
`)
	t.Setenv("PATH", bin)
	t.Setenv("XDG_CACHE_HOME", cache)
	if os.Geteuid() != 0 {
		err := Install(context.Background())
		if err == nil || !strings.Contains(err.Error(), "default-jre-headless and maven") {
			t.Errorf("without root the message says what to install, not: %v", err)
		}
		return
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if err := Install(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	got, err := os.ReadFile(calls)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(got)), "\n")
	if len(lines) != 3 || !strings.Contains(lines[0], "update") || !strings.HasSuffix(lines[1], "default-jre-headless maven") || lines[2] != "mvn" {
		t.Errorf("calls were\n%s", got)
	}
	if _, err := os.Stat(filepath.Join(cache, "shipper-kafka-"+Version, "libs", "kafka.jar")); err != nil {
		t.Error(err)
	}
}

// TestFailedInstallationIsTold shows what the failing program said, and leaves
// nothing half done behind.
func TestFailedInstallationIsTold(t *testing.T) {
	bin, cache := t.TempDir(), t.TempDir()
	script(t, filepath.Join(bin, "java"), "")
	script(t, filepath.Join(bin, "mvn"), "echo no route to the repository; exit 7\n")
	t.Setenv("PATH", bin)
	t.Setenv("XDG_CACHE_HOME", cache)
	err := Install(context.Background())
	if err == nil || !strings.Contains(err.Error(), "no route to the repository") {
		t.Errorf("the message does not say why: %v", err)
	}
	left, _ := filepath.Glob(filepath.Join(cache, "*", "*"))
	if len(left) != 1 || filepath.Base(left[0]) != "lock" {
		t.Errorf("left behind: %v", left)
	}
}
