package chaos

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"shipper/checkpoint"
	"shipper/testing/await"
	"shipper/testing/need"
	"shipper/testing/workload"
)

// calls are the file and socket calls that the agent is killed at, and how often
// a thread makes them in a short life, roughly.
var calls = []struct {
	name string
	most int
}{
	{"pread64", 60}, {"pwrite64", 60}, {"write", 60}, {"read", 60},
	{"openat", 20}, {"openat2", 10}, {"close", 20},
	{"fstat", 30}, {"statx", 30}, {"newfstatat", 20}, {"getdents64", 10},
	{"fdatasync", 6}, {"fsync", 3}, {"renameat", 3}, {"fallocate", 3},
	{"connect", 2}, {"writev", 30}, {"inotify_add_watch", 2}, {"flock", 1},
}

// strace installs strace if it is not there.
func strace(t *testing.T) string {
	t.Helper()
	must(t, need.Programs(t.Context(), map[string]string{"strace": "strace"}))
	path, err := exec.LookPath("strace")
	must(t, err)
	return path
}

// children are the processes that a process has started.
func children(pid int) []int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return nil
	}
	var all []int
	for _, word := range strings.Fields(string(text)) {
		if n, err := strconv.Atoi(word); err == nil {
			all = append(all, n)
		}
	}
	return all
}

// killTraced ends an agent that strace has started. If strace were killed, it
// would let go.
func killTraced(t *testing.T, a *agent) {
	t.Helper()
	for _, child := range children(a.proc.PID()) {
		must(t, syscall.Kill(child, syscall.SIGKILL))
	}
	<-a.proc.Done()
}

// TestKilledAtSystemCalls kills the agent when some thread of it makes its n-th
// call of some kind, for many kinds and n, while logs grow and rotate.
func TestKilledAtSystemCalls(t *testing.T) {
	firstLine := full(15*time.Second, time.Second) // a share runs beside others
	tracer := strace(t)
	r := random(t)
	seeds := full(6, 50)
	names := []string{"one", "two", "three"}
	s := newSink(t, 2, names...)
	a := newAgent(t, s, config{})
	var apps []*app
	for _, name := range names {
		one := newApp(t, a.logs, name)
		one.open(one.path())
		apps = append(apps, one)
	}
	journals := func() (all []workload.Journal) {
		for _, one := range apps {
			all = append(all, one.written())
		}
		return all
	}
	// live lets the logs grow and rotate until ok or for d.
	steps := 0
	live := func(d time.Duration, ok func() bool) bool {
		for until := time.Now().Add(d); time.Now().Before(until); time.Sleep(2 * time.Millisecond) {
			if ok() {
				return true
			}
			for i, one := range apps {
				one.write(4 << 10)
				if steps%97 == 31*i {
					one.rename(one.path(), one.dated(one.generation()))
					one.open(one.path())
				}
			}
			steps++
		}
		return ok()
	}
	killed, counted := 0, 0
	var slowest time.Duration
	for tries := 0; killed < seeds && tries < 3*seeds; tries++ {
		call := calls[r.IntN(len(calls))]
		n := 1 + r.IntN(call.most)
		a.wrap = func(args []string) *exec.Cmd {
			inject := fmt.Sprintf("inject=%s:signal=SIGKILL:when=%d", call.name, n)
			return exec.Command(tracer, append([]string{"-f", "-qq", "-o", "/dev/null", "-e", "trace=" + call.name, "-e", inject}, args...)...)
		}
		a.start()
		died := live(4*time.Second, func() bool { return !a.running() })
		if !died {
			killTraced(t, a) // no thread came so far
		} else {
			killed++
			state, err := checkpoint.Read(a.stateDir())
			written := int64(0)
			for _, j := range journals() {
				written += j.Bytes
			}
			waiting := written
			if err == nil {
				for _, g := range state.Generations {
					for _, w := range g.Watermarks {
						waiting -= w.Offset
					}
				}
			}
			if waiting > 0 {
				counted++
			}
			t.Logf("killed at %s %d, %s behind", call.name, n, mib(waiting))
		}
		// A life without strace: how long until lines flow again?
		a.wrap = nil
		before := s.deliveredBytes()
		begun := time.Now()
		a.start()
		if !live(time.Minute, func() bool { return s.deliveredBytes() > before }) {
			t.Fatalf("nothing arrives for a minute after a kill at %s %d", call.name, n)
		}
		took := time.Since(begun)
		slowest = max(slowest, took)
		if took > firstLine {
			t.Errorf("the first line arrives %v after the start that follows a kill at %s %d", took, call.name, n)
		}
		live(100*time.Millisecond, func() bool { return false })
		a.mustRun()
		a.kill()
	}
	a.start()
	// A program that is only just starting has no handler of SIGTERM yet.
	await.True(t, time.Minute, "status is answered", func() bool { return a.status() != nil })
	deadline := time.Now().Add(60 * time.Second)
	for s.missing(journals()...) > 0 && time.Now().Before(deadline) {
		a.mustRun()
		time.Sleep(20 * time.Millisecond)
	}
	a.stop()
	result := s.result(journals()...)
	t.Logf("%d kills at system calls, %d while the checkpoint was behind; the first line at most %v after the start; %s", killed, counted, slowest, result.String())
	if !result.OK() {
		t.Errorf("not whole: %v", result.Examples)
	}
	if killed < seeds || counted*10 < killed*8 {
		t.Errorf("too little happened: %d kills, %d while the checkpoint was behind, want %d", killed, counted, seeds)
	}
}
