package need

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFailureIsNotRepeated: what could not be installed is tried once in a run of tests,
// by whatever test, and again in the next.
func TestFailureIsNotRepeated(t *testing.T) {
	if os.Geteuid() != 0 {
		return // only root installs anything
	}
	bin, cache := t.TempDir(), t.TempDir()
	calls := filepath.Join(bin, "calls")
	if err := os.WriteFile(filepath.Join(bin, "apt-get"), []byte("#!/bin/sh\necho call >>"+calls+"\necho no network\nexit 100\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin)
	t.Setenv("XDG_CACHE_HOME", cache)
	called := func() int {
		b, _ := os.ReadFile(calls)
		return strings.Count(string(b), "call")
	}
	for _, program := range []string{"one", "two", "one"} {
		err := Programs(t.Context(), map[string]string{program: "pkg-" + program + " libs"})
		if err == nil || !strings.Contains(err.Error(), "no network") {
			t.Errorf("the message does not say why: %v", err)
		}
	}
	if n := called(); n != 1 {
		t.Errorf("apt-get was called %d times", n)
	}
	note := filepath.Join(cache, "shipper-install.failed")
	if err := os.WriteFile(note, []byte("1234567890\nlong ago"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Programs(t.Context(), map[string]string{"one": "pkg-one"}); err == nil || called() != 2 {
		t.Errorf("the next run does not try: %v, %d calls", err, called())
	}
}
