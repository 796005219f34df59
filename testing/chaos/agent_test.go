package chaos

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"shipper/agent/status"
	"shipper/agent/status/access"
	"shipper/checkpoint"
	"shipper/testing/process"
)

// agent is the shipped program with its configuration, state and log. Its lives
// follow one another.
type agent struct {
	t    *testing.T
	dir  string
	logs string // where the applications' files are
	// wrap makes the command that runs the program out of the program's own,
	// nil for none.
	wrap func(args []string) *exec.Cmd
	proc *process.Process
	peak int64 // bytes, the largest resident set of all its lives
}

// config is what an agent is configured with beyond its places.
type config struct {
	logs  string   // where the files are; default a directory of its own
	paths []string // below logs; default *.log
	topic string   // default chaos
	input string   // lines of the block input
	kafka string   // lines of the block output
}

func newAgent(t *testing.T, s *sink, c config) *agent {
	t.Helper()
	return newAgentAt(t, s.Addr(), c)
}

// newAgentAt makes an agent that ships to the broker at addr.
func newAgentAt(t *testing.T, addr string, c config) *agent {
	t.Helper()
	a := newPlace(t)
	a.logs = cmp.Or(c.logs, a.logs)
	if c.paths == nil {
		c.paths = []string{"*.log"}
	}
	var paths []string
	for _, p := range c.paths {
		paths = append(paths, strconv.Quote(filepath.Join(a.logs, p)))
	}
	text := fmt.Sprintf(`agent {
  state_dir  = %q
  listen     = %q
  memory     = "64MiB"
  log_format = "json"
}

input "logfile" "app" {
  paths  = [%s]
  output = output.kafka.main
  topic  = %q
%s
}

output "kafka" "main" {
  brokers             = [%q]
  min_insync_replicas = 1
  replication_factor  = 1
%s
}
`, a.stateDir(), access.Off, strings.Join(paths, ", "), cmp.Or(c.topic, "chaos"), c.input, addr, c.kafka)
	must(t, os.WriteFile(a.configPath(), []byte(text), 0o644))
	return a
}

// newPlace makes an agent without a configuration.
func newPlace(t *testing.T) *agent {
	t.Helper()
	dir := t.TempDir()
	a := &agent{t: t, dir: dir, logs: filepath.Join(dir, "logs")}
	program(t)
	must(t, os.Mkdir(a.logs, 0o755))
	t.Cleanup(func() {
		if a.running() {
			a.kill()
		}
		if t.Failed() {
			t.Logf("the agent's log ends:\n%s", a.tail())
		}
	})
	return a
}

func (a *agent) stateDir() string   { return filepath.Join(a.dir, "state") }
func (a *agent) configPath() string { return filepath.Join(a.dir, "shipper.hcl") }
func (a *agent) logPath() string    { return filepath.Join(a.dir, "agent.log") }

// start begins a life.
func (a *agent) start() {
	a.t.Helper()
	args := []string{program(a.t), "run", "--config", a.configPath()}
	cmd := exec.Command(args[0], args[1:]...)
	if a.wrap != nil {
		cmd = a.wrap(args)
	}
	cmd.Dir = a.dir
	var err error
	a.proc, err = process.Start(cmd, a.logPath())
	must(a.t, err)
}

func (a *agent) running() bool { return a.proc.Running() }

// mustRun fails the test if the agent has ended by itself.
func (a *agent) mustRun() {
	a.t.Helper()
	if !a.running() {
		a.t.Fatalf("the agent has ended by itself: %v", a.proc.End())
	}
	a.measure()
}

// kill sends SIGKILL and returns when the process is gone.
func (a *agent) kill() {
	a.t.Helper()
	must(a.t, a.proc.Kill())
	a.measure()
}

// stop sends SIGTERM and waits for a good end.
func (a *agent) stop() {
	a.t.Helper()
	a.mustRun()
	_, err := a.proc.Stop(40 * time.Second)
	must(a.t, err)
}

// measure notes the peak of resident memory.
func (a *agent) measure() { a.peak = max(a.peak, a.proc.Peak()) }

// cpu is the processor time that the present life has used.
func (a *agent) cpu() time.Duration {
	a.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", a.proc.PID()))
	must(a.t, err)
	// The fields behind the name, which may hold anything but ends with ')'.
	f := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	var ticks int64
	for _, field := range f[11:13] {
		n, err := strconv.ParseInt(field, 10, 64)
		must(a.t, err)
		ticks += n
	}
	return time.Duration(ticks) * time.Second / 100
}

// holds tells whether the agent has the file open.
func (a *agent) holds(info os.FileInfo) bool {
	dir := fmt.Sprintf("/proc/%d/fd", a.proc.PID())
	list, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	for _, e := range list {
		if open, err := os.Stat(filepath.Join(dir, e.Name())); err == nil && os.SameFile(open, info) {
			return true
		}
	}
	return false
}

// status is what `shipper status --json` prints, nil while nobody answers.
func (a *agent) status() *status.Snapshot {
	a.t.Helper()
	out, err := exec.Command(program(a.t), "status", "--json", "--config", a.configPath()).Output()
	if err != nil {
		return nil
	}
	var s status.Snapshot
	must(a.t, json.Unmarshal(out, &s))
	return &s
}

// lag is how many bytes wait by the agent's own account, -1 if it can't be asked.
func (a *agent) lag() int64 {
	s := a.status()
	if s == nil || len(s.Routes) == 0 {
		return -1
	}
	return s.Routes[0].LagBytes
}

// sees tells whether the agent knows a file of this size.
func (a *agent) sees(size int64) bool {
	s := a.status()
	if s == nil {
		return false
	}
	for i := range s.Files {
		if s.Files[i].Size == size {
			return true
		}
	}
	return false
}

// counter is one of the input's counters.
func (a *agent) counter(name string) int64 {
	a.t.Helper()
	s := a.status()
	if s == nil {
		a.t.Fatal("status is not answered")
	}
	value, ok := s.Inputs[0].Counters[name]
	if !ok {
		a.t.Fatalf("status has no counter %q: %v", name, s.Inputs[0].Counters)
	}
	return value
}

// acknowledged is how many bytes the checkpoint says are shipped, of all
// generations that it knows.
func (a *agent) acknowledged() int64 {
	a.t.Helper()
	state, err := checkpoint.Read(a.stateDir())
	if err != nil {
		return 0 // there is none yet
	}
	var n int64
	for _, g := range state.Generations {
		for _, w := range g.Watermarks {
			n += w.Offset
		}
	}
	return n
}

// timesLogged counts the lines of the log that hold all the words.
func (a *agent) timesLogged(words ...string) int {
	a.t.Helper()
	data, err := os.ReadFile(a.logPath())
	must(a.t, err)
	n := 0
	for line := range strings.Lines(string(data)) {
		has := true
		for _, w := range words {
			has = has && strings.Contains(line, w)
		}
		if has {
			n++
		}
	}
	return n
}

func (a *agent) tail() string {
	data, err := os.ReadFile(a.logPath())
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	return cmp.Or(strings.Join(lines[max(0, len(lines)-25):], "\n"), fmt.Sprint(err))
}
