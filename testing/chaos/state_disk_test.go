package chaos

import (
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"shipper/testing/await"
	"shipper/testing/workload"
)

// TestDiskOfStateFails lets system calls of the running agent fail, from one
// moment to another: lines flow all the time, status says that the state is not
// durable, and soon after the cure it is. In the middle of every second fault the
// agent is killed, and has the same fault when it starts. The calls are such as
// the agent makes for its state alone. Every call from the first to the fiftieth
// fails in checkpoint's TestKthCallFails.
func TestDiskOfStateFails(t *testing.T) {
	// On a busy machine asking the agent for its status alone takes long.
	alarm, again := full(20*time.Second, 2*time.Second), full(time.Minute, 5*time.Second)
	tracer := strace(t)
	s := newSink(t, 2, "app")
	a := newAgent(t, s, config{})
	one := newApp(t, a.logs, "app")
	one.open(one.path())
	// live lets the log grow and rotate until ok, for at most d, and returns how
	// long that took.
	steps := 0
	live := func(d time.Duration, what string, ok func() bool) time.Duration {
		t.Helper()
		begun := time.Now()
		for !ok() {
			if time.Since(begun) > d {
				t.Fatalf("waited %v in vain until %s", d, what)
			}
			a.mustRun()
			for range 5 {
				one.write(4 << 10)
				time.Sleep(2 * time.Millisecond)
			}
			if steps++; steps%50 == 0 {
				one.rename(one.path(), one.dated(one.generation()))
				one.open(one.path())
			}
		}
		return time.Since(begun)
	}
	healthy := func(want bool) func() bool {
		return func() bool {
			now := a.status()
			return now != nil && now.State.Healthy == want
		}
	}
	flows := func() {
		t.Helper()
		before := s.deliveredBytes()
		live(again, "lines arrive", func() bool { return s.deliveredBytes() > before+64<<10 })
	}
	a.start()
	live(time.Minute, "status is answered", healthy(true))
	for i, fault := range []string{
		"fdatasync,fsync:error=EIO", "pwrite64:error=ENOSPC", "fdatasync:error=EROFS", "pwrite64:error=EIO",
	} {
		tracing := exec.Command(tracer, append(injecting(fault), "-p", fmt.Sprint(a.proc.PID()))...)
		must(t, tracing.Start())
		begun := time.Now()
		live(alarm, "status says that the state is not durable", healthy(false))
		alarmed := time.Since(begun)
		flows()
		if i%2 == 1 {
			a.kill()
			_ = tracing.Wait() // it ends with the agent
			a.wrap = func(args []string) *exec.Cmd { return exec.Command(tracer, append(injecting(fault), args...)...) }
			a.start()
			a.wrap = nil
			live(time.Minute, "the new agent says so, too", healthy(false))
			flows()
			killTraced(t, a)
			a.start()
			live(time.Minute, "the state is durable", healthy(true))
			t.Logf("%s: alarm after %v, killed twice", fault, alarmed.Round(time.Millisecond))
			continue
		}
		must(t, tracing.Process.Signal(syscall.SIGINT)) // strace lets go of the agent
		_ = tracing.Wait()
		took := live(again, "the state is durable again", healthy(true))
		t.Logf("%s: alarm after %v, durable %v after the cure", fault, alarmed.Round(time.Millisecond), took.Round(time.Millisecond))
	}
	a.stop()
	// Files that can't be renamed hit the start. strace counts for each thread, so
	// that the fault passes when each has had it.
	for _, fault := range []string{"renameat:error=ENOSPC:when=1", "close:error=EIO:when=1..50", "fsync:error=EIO:when=1"} {
		a.wrap = func(args []string) *exec.Cmd { return exec.Command(tracer, append(injecting(fault), args...)...) }
		a.start()
		live(time.Minute, "the state is durable", healthy(true))
		flows()
		killTraced(t, a)
	}
	if n := a.timesLogged("not durable", "rename ", "no space left on device"); n == 0 {
		t.Error("no rename failed at the start")
	}
	a.wrap = nil
	a.start()
	live(time.Minute, "status is answered", healthy(true))
	journals := []workload.Journal{one.written()}
	await.True(t, 60*time.Second, "everything is delivered", func() bool { return s.missing(journals...) == 0 })
	a.stop()
	result := s.result(journals...)
	t.Logf("%s", result.String())
	if !result.OK() || result.Written < 5_000 {
		t.Errorf("not whole, or too little: %v", result.Examples)
	}
}

// injecting are the arguments for strace that let calls fail.
func injecting(fault string) []string {
	return []string{"-f", "-qq", "-o", "/dev/null", "-e", "trace=" + strings.Split(fault, ":")[0], "-e", "inject=" + fault}
}
