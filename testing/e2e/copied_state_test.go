package e2e

import (
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"shipper/checkpoint"
)

// TestStateOfAnotherHost starts an agent on a state that came from elsewhere:
// nothing is lost or shipped again, the known files get new ids, and it is said
// once. A state that is adopted as moved keeps its ids.
func TestStateOfAnotherHost(t *testing.T) {
	t.Parallel()
	ctx := limit(t, 4*time.Minute)
	c := newFakeCluster(t)
	c.become("first")
	a := newAgent(t, []string{c.addr()}, "lines", config{
		agent: `id = "host1"`, kafka: "min_insync_replicas = 1\nreplication_factor = 1",
	})
	export := filepath.Join(a.dir, "export.jsonl")
	// elsewhere lets the state be one that was written on another machine.
	elsewhere := func() {
		t.Helper()
		out, err := a.command(ctx, "checkpoint", "export").Output()
		must(t, err)
		changed := regexp.MustCompile(`(boot|machine|product|instance)=[0-9a-f]{16}`).ReplaceAll(out, []byte("$1=00112233aabbccdd"))
		if string(changed) == string(out) {
			t.Fatalf("the state does not say whose it is: %.300s", out)
		}
		must(t, os.WriteFile(export, changed, 0o600))
		a.does(ctx, 0, "checkpoint", "import", export, "--replace")
	}
	id := func() uint64 {
		t.Helper()
		s, err := checkpoint.Read(a.stateDir())
		must(t, err)
		if len(s.Generations) != 1 || s.Owner.Agent != "host1" {
			t.Fatalf("the state holds %+v", s)
		}
		for id := range s.Generations {
			return id
		}
		return 0
	}
	a.append("one", "two")
	a.start()
	c.wait(ctx, "one", "two")
	a.stop(40 * time.Second)
	original := id()

	elsewhere()
	a.does(ctx, 0, "checkpoint", "adopt", "--moved")
	a.append("three")
	a.start()
	c.wait(ctx, "one", "two", "three")
	a.stop(40 * time.Second)
	if id() != original || a.logged("written on another host") {
		t.Error("a state that was adopted as moved is taken for a copy")
	}

	elsewhere()
	a.append("four")
	for _, line := range []string{"five", "six"} {
		a.start()
		a.append(line)
		a.waitFor(ctx, "status is answered", func() bool { _, err := a.status(ctx); return err == nil })
		a.run(500 * time.Millisecond)
		a.stop(40 * time.Second)
	}
	c.wait(ctx, "one", "two", "three", "four", "five", "six")
	if id() == original {
		t.Error("the copy has the ids of the original")
	}
	a.warnedOnce("written on another host", `"written_by":"host1"`, "agent id of its own", "adopt --moved")
}

// TestBesideARunningAgent: a second agent never starts, by whatever name it knows
// the state; what only looks works, what changes something refuses.
func TestBesideARunningAgent(t *testing.T) {
	t.Parallel()
	ctx := limit(t, 3*time.Minute)
	c := newFakeCluster(t)
	c.become("first")
	a := newAgent(t, []string{c.addr()}, "lines", config{kafka: "min_insync_replicas = 1\nreplication_factor = 1"})
	a.append("one")
	a.start()
	c.wait(ctx, "one")
	link := filepath.Join(a.dir, "link")
	must(t, os.Symlink(a.stateDir(), link))
	a.amend(`"`+a.stateDir()+`"`, `"`+link+`"`)
	if text := a.does(ctx, 4, "run"); !strings.Contains(text, "another agent holds the state directory") {
		t.Errorf("a second agent says %s", text)
	}
	a.amend(`"`+link+`"`, `"`+a.stateDir()+`"`)
	a.append("two")
	c.wait(ctx, "one", "two")
	for _, args := range [][]string{{"checkpoint", "list"}, {"checkpoint", "export"}, {"explain", a.log()}, {"status"}} {
		a.does(ctx, 0, args...)
	}
	for _, args := range [][]string{{"adopt", "--cloned"}, {"adopt", "--moved"}, {"reset", a.log()}, {"reset", "--all", "--route", "app:kafka.main"}} {
		if text := a.does(ctx, 4, append([]string{"checkpoint"}, args...)...); !strings.Contains(text, "nothing changed") {
			t.Errorf("%q says %s", args, text)
		}
	}
	a.mustRun()
	a.stop(40 * time.Second)
}

// TestStateOfANewerVersion: what a newer shipper wrote in another format can't be
// read; the agent starts with nothing, ships again what is there, says which
// version it found, and keeps those files for the newer one.
func TestStateOfANewerVersion(t *testing.T) {
	t.Parallel()
	ctx := limit(t, 3*time.Minute)
	c := newFakeCluster(t)
	c.become("first")
	a := newAgent(t, []string{c.addr()}, "lines", config{kafka: "min_insync_replicas = 1\nreplication_factor = 1"})
	a.append("one", "two")
	a.start()
	c.wait(ctx, "one", "two")
	a.stop(40 * time.Second)
	files, err := filepath.Glob(filepath.Join(a.stateDir(), "*-0*"))
	must(t, err)
	if len(files) < 2 {
		t.Fatalf("the state has the files %q", files)
	}
	for _, path := range files {
		must(t, makeNewer(path))
	}
	a.append("three")
	a.start()
	c.wait(ctx, "one", "two", "one", "two", "three")
	if !a.logged("checkpoint loaded", "ERROR", `"lost":true`, "format version 2, this shipper reads version 1") {
		t.Error("the log does not say that the state is of a newer version")
	}
	if s, err := a.status(ctx); err != nil || !s.State.Healthy {
		t.Errorf("status: %v", err)
	}
	a.stop(40 * time.Second)
	kept, err := filepath.Glob(filepath.Join(a.stateDir(), "*.damaged-*"))
	must(t, err)
	if len(kept) < 2 {
		t.Errorf("kept for the newer version: %q", kept)
	}
	// Its own state is good by now.
	a.append("four")
	a.start()
	c.wait(ctx, "one", "two", "one", "two", "three", "four")
	a.stop(40 * time.Second)
}

// makeNewer gives a file of the state the next version, and the checksum that
// goes with it.
func makeNewer(path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if len(b) < 40 {
		return nil // a log that was never begun
	}
	b[8]++
	binary.LittleEndian.PutUint32(b[36:], crc32.Checksum(b[:36], crc32.MakeTable(crc32.Castagnoli)))
	return os.WriteFile(path, b, 0o600)
}
