package chaos

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"shipper/testing/await"
	"shipper/testing/workload"
)

const (
	soon    = 10 * time.Second // within which lines must arrive, whatever is scarce
	maxIdle = 0.05             // of a core, while nothing is written
)

// crowd is many logs of few lines.
type crowd struct {
	t    *testing.T
	apps []*app
}

func newCrowd(t *testing.T, dirs []string, n int) *crowd {
	c := &crowd{t: t}
	for i := range n {
		c.apps = append(c.apps, newApp(t, dirs[i%len(dirs)], fmt.Sprintf("app%05d", i)))
	}
	return c
}

func names(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("app%05d", i))
	}
	return all
}

// log lets every application write one line, and holds no descriptor.
func (c *crowd) log() {
	c.t.Helper()
	for _, a := range c.apps {
		if a.journal.Generations == nil {
			a.open(a.path())
		} else {
			f, err := os.OpenFile(a.path(), os.O_WRONLY|os.O_APPEND, 0)
			must(c.t, err)
			a.file = f
		}
		a.write(lineBytes)
		must(c.t, a.file.Close())
		a.file = nil
	}
}

// rotate renames every log and begins the next with a line.
func (c *crowd) rotate() {
	c.t.Helper()
	for _, a := range c.apps {
		a.rename(a.path(), a.dated(a.generation()))
		a.open(a.path())
		a.write(lineBytes)
		must(c.t, a.file.Close())
		a.file = nil
	}
}

func (c *crowd) journals() (all []workload.Journal) {
	for _, a := range c.apps {
		all = append(all, a.written())
	}
	return all
}

// arrive waits until everything has arrived, in time.
func (c *crowd) arrive(a *agent, s *sink, what string) time.Duration {
	c.t.Helper()
	took := await.True(c.t, 3*soon, what+" arrive", func() bool { return s.missing(c.journals()...) == 0 })
	a.mustRun()
	if took > soon {
		c.t.Errorf("%s arrive after %v, %v are allowed", what, took, soon)
	}
	return took
}

// scarce runs the three phases of a test of scarcity: files that are there,
// files that grow, files that rotate; then silence, whose cost is measured.
func scarce(t *testing.T, a *agent, s *sink, c *crowd) {
	t.Helper()
	c.log()
	a.start()
	found := c.arrive(a, s, "lines of the files that are there")
	c.log()
	grown := c.arrive(a, s, "lines added")
	c.rotate()
	rotated := c.arrive(a, s, "lines behind a rotation")
	c.log()
	again := c.arrive(a, s, "lines added after it")
	used, from := a.cpu(), time.Now()
	quiet := full(5*time.Second, time.Minute)
	time.Sleep(quiet)
	idle := (a.cpu() - used).Seconds() / time.Since(from).Seconds()
	a.stop()
	r := s.result(c.journals()...)
	t.Logf("found after %v, grown %v, rotated %v, grown again %v; idle %.1f %% of a core; %s", found, grown, rotated, again, 100*idle, r.String())
	if !r.OK() {
		t.Errorf("not whole: %v", r.Examples)
	}
	if idle > maxIdle {
		t.Errorf("idle costs %.1f %% of a core, %.0f %% are allowed", 100*idle, 100*maxIdle)
	}
}

// TestFewDescriptors has 2,000 files and 64 descriptors.
func TestFewDescriptors(t *testing.T) {
	const files = 2000
	s := newSink(t, 4, names(files)...)
	a := newAgent(t, s, config{})
	a.wrap = func(args []string) *exec.Cmd {
		return exec.Command("sh", append([]string{"-c", `ulimit -n 64 && exec "$@"`, "sh"}, args...)...)
	}
	scarce(t, a, s, newCrowd(t, []string{a.logs}, files))
}

// inNamespace runs the agent in a user namespace of its own, whose limits are
// its own, too: nothing of the machine changes.
func inNamespace(limit string) func(args []string) *exec.Cmd {
	return func(args []string) *exec.Cmd {
		cmd := exec.Command("sh", append([]string{"-c", limit + ` && exec "$@"`, "sh"}, args...)...)
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		}
		return cmd
	}
}

// TestFewWatches has 100 directories and 10 watches, or none at all.
func TestFewWatches(t *testing.T) {
	for name, limit := range map[string]string{
		"10 watches":   "echo 10 > /proc/sys/user/max_inotify_watches",
		"no instances": "echo 0 > /proc/sys/user/max_inotify_instances",
	} {
		t.Run(name, func(t *testing.T) {
			const files = 500
			s := newSink(t, 4, names(files)...)
			a := newAgent(t, s, config{paths: []string{"*/*.log"}})
			a.wrap = inNamespace(limit)
			var dirs []string
			for i := range 100 {
				dirs = append(dirs, filepath.Join(a.logs, fmt.Sprint(i)))
				must(t, os.Mkdir(dirs[i], 0o755))
			}
			scarce(t, a, s, newCrowd(t, dirs, files))
			if n := a.timesLogged("not announced"); n != 1 {
				t.Errorf("said %d times that changes are not announced, want once", n)
			}
		})
	}
}

// TestQueueOverflow makes 50,000 files while the agent can't listen, a hundredth
// of them logs; others grow and rotate meanwhile.
func TestQueueOverflow(t *testing.T) {
	const (
		creates = 50_000
		known   = 200
		fresh   = 500
	)
	s := newSink(t, 4, names(known+fresh)...)
	a := newAgent(t, s, config{input: `  scan_interval = "1h"`}) // the overflow alone must do
	all := newCrowd(t, []string{a.logs}, known+fresh)
	before, after := &crowd{t, all.apps[:known]}, &crowd{t, all.apps[known:]}
	before.log()
	a.start()
	before.arrive(a, s, "lines of the files that are there")
	must(t, a.proc.Signal(syscall.SIGSTOP))
	for i := range creates - fresh {
		must(t, os.WriteFile(filepath.Join(a.logs, fmt.Sprintf("other%05d", i)), nil, 0o644))
	}
	after.log()
	before.log()
	before.rotate()
	must(t, a.proc.Signal(syscall.SIGCONT))
	used, from := a.cpu(), time.Now()
	took := all.arrive(a, s, "lines behind the overflow")
	time.Sleep(time.Until(from.Add(soon)))
	share := (a.cpu() - used).Seconds() / time.Since(from).Seconds()
	overflows := a.counter("overflows")
	a.stop()
	r := s.result(all.journals()...)
	t.Logf("%d overflows; delivered %v after the cause; %.1f %% of a core for %v; %s", overflows, took, 100*share, soon, r.String())
	if !r.OK() {
		t.Errorf("not whole: %v", r.Examples)
	}
	if overflows == 0 {
		t.Error("the queue did not overflow")
	}
	if share > maxIdle {
		t.Errorf("%.1f %% of a core, %.0f %% are allowed", 100*share, 100*maxIdle)
	}
}
