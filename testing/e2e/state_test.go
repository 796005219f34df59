package e2e

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"shipper/checkpoint"
	"shipper/testing/port"
	"shipper/testing/workload"
)

// mountSmall puts a file system of 1 MiB under the agent's state directory.
func mountSmall(t *testing.T, a *agent, flags uintptr) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root may mount a small file system")
	}
	dir := a.stateDir()
	must(t, syscall.Mount("shipper-e2e", dir, "tmpfs", flags, "size=1m"))
	t.Cleanup(func() {
		if a.running() {
			a.kill()
		}
		must(t, syscall.Unmount(dir, syscall.MNT_DETACH))
	})
}

// fill writes until the disk is full, and returns what to remove.
func fill(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "ballast")
	f, err := os.Create(path)
	must(t, err)
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	return path
}

// TestDiskOfStateFillsUp lets another program fill the disk of the state
// directory. The room that was set aside keeps the state durable: a kill costs
// no more than on any other day.
func TestDiskOfStateFillsUp(t *testing.T) {
	t.Parallel()
	ctx := limit(t, 3*time.Minute)
	c := kafka(t)
	topic := newTopic(ctx, t, c, 1)
	a := newAgent(t, c.Brokers(), topic, config{})
	mountSmall(t, a, 0)
	a.start()
	w := startWriters(ctx, t, workload.Config{Dir: a.logs, Source: "app", Rate: 4 << 20, RotateSize: 1 << 20})
	a.run(time.Second)
	fill(t, a.stateDir())
	a.run(3 * time.Second)
	before, err := checkpoint.Read(a.stateDir())
	must(t, err)
	a.kill()
	a.start()
	a.run(2 * time.Second)
	after, err := checkpoint.Read(a.stateDir())
	must(t, err)
	r := deliver(ctx, t, a, c, topic, w.stop())
	t.Logf("on a full disk: %s acknowledged before the kill, %s after it; %d lines (%d bytes) duplicated",
		mib(acknowledged(before)), mib(acknowledged(after)), r.Duplicated, r.DuplicateBytes)
	if r.Written < 50_000 || acknowledged(before) < 4<<20 {
		t.Errorf("too little happened: %d lines, %s before the kill", r.Written, mib(acknowledged(before)))
	}
	if acknowledged(after) <= acknowledged(before) {
		t.Error("the checkpoint does not advance on the full disk")
	}
	if r.DuplicateBytes > batchBytes {
		t.Errorf("%d bytes of duplicates, one kill allows %d", r.DuplicateBytes, batchBytes)
	}
}

// curedSoon says how long the state took to be durable after the cure. It is to
// be 5 s; a busy machine has twice that.
func curedSoon(t *testing.T, cure string, begun time.Time) {
	t.Helper()
	took := time.Since(begun)
	t.Logf("durable %.1f s after %s", took.Seconds(), cure)
	if took > 10*time.Second {
		t.Errorf("durable only %v after %s", took, cure)
	}
}

// TestFullStateDirectory starts with a disk that has no room at all: lines
// flow, the status says that the state is not durable, and room that is made
// cures it.
func TestFullStateDirectory(t *testing.T) {
	t.Parallel()
	ctx := limit(t, 3*time.Minute)
	c := kafka(t)
	topic := newTopic(ctx, t, c, 1)
	a := newAgent(t, c.Brokers(), topic, config{})
	mountSmall(t, a, 0)
	ballast := fill(t, a.stateDir())
	a.start()
	first := write(t, workload.Config{Dir: a.logs, Source: "first", Bytes: 4 << 20, RotateSize: 1 << 20})
	newTally(t, c, topic, []workload.Journal{first}).wait(ctx, a)
	a.waitForStatus(ctx, "no space left on device")
	a.warnedOnce("not durable", a.stateDir(), "no space left", "cure")
	must(t, os.Remove(ballast))
	begun := time.Now()
	a.waitUntilCured(ctx, "no space left on device")
	curedSoon(t, "there was room", begun)
	a.stop(40 * time.Second)
	a.start()
	second := write(t, workload.Config{Dir: a.logs, Source: "second", Bytes: 1 << 20})
	if r := deliver(ctx, t, a, c, topic, []workload.Journal{first, second}); r.Duplicated > 0 {
		t.Errorf("%d lines are duplicated, though the state had become durable", r.Duplicated)
	}
}

// TestReadOnlyStateDirectory has a file system that refuses everything, the
// socket for the status included, until it is mounted writable.
func TestReadOnlyStateDirectory(t *testing.T) {
	t.Parallel()
	ctx := limit(t, 3*time.Minute)
	c := kafka(t)
	topic := newTopic(ctx, t, c, 1)
	address, err := port.Address()
	must(t, err)
	a := newAgent(t, c.Brokers(), topic, config{listen: address})
	mountSmall(t, a, syscall.MS_RDONLY)
	a.start()
	first := write(t, workload.Config{Dir: a.logs, Source: "first", Bytes: 4 << 20, RotateSize: 1 << 20})
	newTally(t, c, topic, []workload.Journal{first}).wait(ctx, a)
	a.waitForStatus(ctx, "read-only file system")
	a.warnedOnce("not durable", a.stateDir(), "read-only file system", "cure")
	must(t, syscall.Mount("", a.stateDir(), "", syscall.MS_REMOUNT, ""))
	begun := time.Now()
	a.waitUntilCured(ctx, "read-only file system")
	curedSoon(t, "the directory was writable", begun)
	a.stop(40 * time.Second)
	a.start()
	second := write(t, workload.Config{Dir: a.logs, Source: "second", Bytes: 1 << 20})
	if r := deliver(ctx, t, a, c, topic, []workload.Journal{first, second}); r.Duplicated > 0 {
		t.Errorf("%d lines are duplicated, though the state had become durable", r.Duplicated)
	}
}

// TestBrokenCheckpoint damages the files of the state between two lives: each
// costs duplicates at most, and is told of.
func TestBrokenCheckpoint(t *testing.T) {
	noise := func(r *rand.Rand, path string) error {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		data := make([]byte, max(1000, min(info.Size(), 1<<20)))
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		return os.WriteFile(path, data, 0o600)
	}
	oneByte := func(r *rand.Rand, path string) error {
		data, err := os.ReadFile(path)
		if err != nil || len(data) == 0 {
			return err
		}
		data[r.IntN(len(data))] ^= 1 << r.IntN(8)
		return os.WriteFile(path, data, 0o600)
	}
	half := func(_ *rand.Rand, path string) error {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		return os.Truncate(path, info.Size()/2)
	}
	directory := func(_ *rand.Rand, path string) error {
		return errors.Join(os.Remove(path), os.Mkdir(path, 0o700))
	}
	for name, damage := range map[string]struct {
		files string
		do    func(*rand.Rand, string) error
		told  string // what the log says, "" if the damage may not matter
	}{
		"noise in the logs":      {"log-*", noise, "log-"},
		"noise in the snapshots": {"snapshot-*", noise, "snapshot-"},
		"noise everywhere":       {"*-*", noise, "snapshot-"},
		"flipped bits":           {"*-*", oneByte, ""},
		"cut in half":            {"*-*", half, "snapshot-"},
		"directories instead":    {"snapshot-*", directory, "snapshot-"},
		"nothing left":           {"*-*", func(_ *rand.Rand, path string) error { return os.Remove(path) }, ""},
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			ctx := limit(t, 3*time.Minute)
			r := random(t)
			c := kafka(t)
			topic := newTopic(ctx, t, c, 2)
			a := newAgent(t, c.Brokers(), topic, config{})
			a.start()
			first := write(t, workload.Config{Dir: a.logs, Source: "first", Bytes: 2 << 20, RotateSize: 512 << 10})
			newTally(t, c, topic, []workload.Journal{first}).wait(ctx, a)
			a.stop(40 * time.Second)
			paths, err := filepath.Glob(filepath.Join(a.stateDir(), damage.files))
			must(t, err)
			if len(paths) == 0 {
				t.Fatal("there is nothing to damage")
			}
			for _, p := range paths {
				must(t, damage.do(r, p))
			}
			a.start()
			second := write(t, workload.Config{Dir: a.logs, Source: "second", Bytes: 1 << 20})
			result := deliver(ctx, t, a, c, topic, []workload.Journal{first, second})
			t.Logf("%d files damaged: lost=%d duplicated=%d of %d", len(paths), result.Lost, result.Duplicated, result.Written)
			if result.Written < 15_000 || damage.told != "" && result.Duplicated == 0 {
				t.Error("too little happened: the state was not needed, or not damaged")
			}
			if damage.told != "" && !a.logged("checkpoint loaded", "ERROR", damage.told) {
				t.Error("the log does not name what is damaged")
			}
		})
	}
}
