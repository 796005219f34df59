package e2e

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"shipper/agent/status"
	"shipper/agent/status/access"
	"shipper/testing/process"
)

// agent is the shipped program with its configuration, state and log. Its lives
// follow one another.
type agent struct {
	t      *testing.T
	binary string
	dir    string
	logs   string              // where the applications' files are
	user   *syscall.Credential // nil: ours
	env    []string            // added to our environment
	proc   *process.Process
	peak   int64 // bytes, the largest VmHWM of all its lives
	lives  int
}

// config is what an agent is configured with beyond its places.
type config struct {
	input  string // lines of the block input
	kafka  string // lines of the block output
	agent  string // lines of the block agent
	listen string // where status is served beside the socket, default nowhere
	others string // whole blocks
}

// newAgent writes a configuration that ships every *.log of a new directory to
// the topic.
func newAgent(t *testing.T, brokers []string, topic string, c config) *agent {
	t.Helper()
	dir := t.TempDir()
	a := &agent{t: t, binary: program(t), dir: dir, logs: filepath.Join(dir, "logs")}
	must(t, os.Mkdir(a.logs, 0o755))
	must(t, os.Mkdir(a.stateDir(), 0o755))
	list := quoted(brokers)
	text := fmt.Sprintf(`agent {
  state_dir  = %q
  listen     = %q
  memory     = "64MiB"
  log_format = "json"
%s
}

input "logfile" "app" {
  paths  = [%q]
  output = output.kafka.main
  topic  = %q
%s
}

output "kafka" "main" {
  brokers = %s
%s
}

%s
`, a.stateDir(), cmp.Or(c.listen, access.Off), c.agent, filepath.Join(a.logs, "*.log"), topic, c.input, list, c.kafka, c.others)
	must(t, os.WriteFile(a.configPath(), []byte(text), 0o644))
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

// quoted is a list as the configuration has it.
func quoted(list []string) string {
	text := make([]string, len(list))
	for i, s := range list {
		text[i] = strconv.Quote(s)
	}
	return "[" + strings.Join(text, ", ") + "]"
}

// amend replaces text of the configuration, for the next life.
func (a *agent) amend(oldNew ...string) {
	a.t.Helper()
	text, err := os.ReadFile(a.configPath())
	must(a.t, err)
	for i := 0; i < len(oldNew); i += 2 {
		if !strings.Contains(string(text), oldNew[i]) {
			a.t.Fatalf("%q is not in the configuration", oldNew[i])
		}
	}
	must(a.t, os.WriteFile(a.configPath(), []byte(strings.NewReplacer(oldNew...).Replace(string(text))), 0o644))
}

func (a *agent) stateDir() string   { return filepath.Join(a.dir, "state") }
func (a *agent) configPath() string { return filepath.Join(a.dir, "shipper.hcl") }
func (a *agent) logPath() string    { return filepath.Join(a.dir, "agent.log") }

// command is the program with the agent's configuration.
func (a *agent) command(ctx context.Context, verb string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, a.binary, append([]string{verb, "--config", a.configPath()}, args...)...)
	cmd.Dir = a.dir
	cmd.Env = append(os.Environ(), a.env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: a.user}
	return cmd
}

// start begins a life.
func (a *agent) start() {
	a.t.Helper()
	var err error
	a.proc, err = process.Start(a.command(context.Background(), "run"), a.logPath())
	must(a.t, err)
	a.lives++
}

func (a *agent) running() bool { return a.proc.Running() }

// mustRun fails the test if the agent has ended by itself.
func (a *agent) mustRun() {
	a.t.Helper()
	a.measure()
	if !a.running() {
		a.t.Fatalf("the agent has ended by itself: %v", a.proc.End())
	}
}

// run lets the agent live for d and watches it.
func (a *agent) run(d time.Duration) {
	a.t.Helper()
	for until := time.Now().Add(d); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		a.mustRun()
	}
}

// kill sends SIGKILL and returns when the process is gone.
func (a *agent) kill() {
	a.t.Helper()
	must(a.t, a.proc.Kill())
	a.measure()
}

// stop sends SIGTERM, waits for the end and returns how long it took. It fails
// the test if the agent does not end well.
func (a *agent) stop(patience time.Duration) time.Duration {
	a.t.Helper()
	a.mustRun()
	took, err := a.proc.Stop(patience)
	must(a.t, err)
	return took
}

// measure notes the process's peak of resident memory.
func (a *agent) measure() { a.peak = max(a.peak, a.proc.Peak()) }

// status is what `shipper status --json` prints.
func (a *agent) status(ctx context.Context) (*status.Snapshot, error) {
	cmd := a.command(ctx, "status", "--json")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("shipper status: %w: %s", err, stderr.Bytes())
	}
	var s status.Snapshot
	if err := json.Unmarshal(out, &s); err != nil {
		return nil, fmt.Errorf("shipper status: %w: %s", err, out)
	}
	return &s, nil
}

// waitForStatus waits until status shows an error that holds the words.
func (a *agent) waitForStatus(ctx context.Context, words string) {
	a.t.Helper()
	a.waitFor(ctx, fmt.Sprintf("status shows an error with %q", words), func() bool {
		s, err := a.status(ctx)
		if err != nil {
			return false
		}
		for _, e := range errorsIn(s) {
			if strings.Contains(e, words) {
				return true
			}
		}
		return false
	})
}

// waitUntilCured waits until no error that status shows holds the words, but for
// the last ones of routes, which are history.
func (a *agent) waitUntilCured(ctx context.Context, words string) {
	a.t.Helper()
	var left []string
	for {
		if s, err := a.status(ctx); err == nil {
			for i := range s.Routes {
				s.Routes[i].LastError = ""
			}
			left = slices.DeleteFunc(errorsIn(s), func(e string) bool { return !strings.Contains(e, words) })
			if len(left) == 0 {
				return
			}
		}
		if ctx.Err() != nil {
			a.t.Fatalf("status shows still %d errors: %q", len(left), left[:min(3, len(left))])
		}
		a.run(100 * time.Millisecond)
	}
}

// errorsIn are all errors of a snapshot.
func errorsIn(s *status.Snapshot) []string {
	all := []string{s.State.Error}
	for _, r := range s.Routes {
		all = append(all, r.LastError)
		for _, shard := range r.Shards {
			all = append(all, shard.LastError)
		}
	}
	for _, o := range s.Outputs {
		all = append(all, o.LastError)
		for _, p := range o.Peers {
			all = append(all, p.LastError)
		}
	}
	for _, in := range s.Inputs {
		all = append(all, in.LastError)
	}
	for _, f := range s.Files {
		if f.LastError != "" {
			all = append(all, f.Path+": "+f.LastError)
		}
		for _, r := range f.Routes {
			all = append(all, r.LastError)
		}
	}
	return all
}

// waitFor calls ok every so often until it is true, while the agent lives.
func (a *agent) waitFor(ctx context.Context, what string, ok func() bool) {
	a.t.Helper()
	for !ok() {
		if ctx.Err() != nil {
			a.t.Fatalf("waited in vain until %s", what)
		}
		a.run(100 * time.Millisecond)
	}
}

// logged tells whether the agent has logged a line that holds all the words.
func (a *agent) logged(words ...string) bool { return a.timesLogged(words...) > 0 }

// timesLogged counts the lines of the log that hold all the words.
func (a *agent) timesLogged(words ...string) int {
	a.t.Helper()
	data, err := os.ReadFile(a.logPath())
	must(a.t, err)
	n := 0
	for line := range strings.Lines(string(data)) {
		missing := func(w string) bool { return !strings.Contains(line, w) }
		if !slices.ContainsFunc(words, missing) {
			n++
		}
	}
	return n
}

// warnedOnce fails the test unless the log has exactly one line of level WARN
// or above that holds the words.
func (a *agent) warnedOnce(words ...string) {
	a.t.Helper()
	n := 0
	for _, level := range []string{"WARN", "ERROR"} {
		n += a.timesLogged(append(words, `"level":"`+level+`"`)...)
	}
	// What follows for the streams is said, too, when it lasts for some seconds.
	n -= a.timesLogged(append(words, "streams wait for their topic")...)
	if n != 1 {
		a.t.Errorf("%d warnings with %q, want one", n, words)
	}
}

func (a *agent) tail() string {
	data, err := os.ReadFile(a.logPath())
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	return strings.Join(lines[max(0, len(lines)-25):], "\n")
}

// topicName is the test's name in letters that Kafka takes.
func topicName(t *testing.T) string {
	t.Helper()
	return strings.NewReplacer("/", ".", " ", "-").Replace(t.Name())
}
