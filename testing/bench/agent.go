package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"shipper/testing/process"
)

// agent is a running agent.
type agent struct {
	*process.Process
	dir      string
	begun    time.Time
	stopping chan struct{}
	watched  chan struct{} // closed when peakAnon is complete
	peakAnon int64
}

// configuration is the agent's: all defaults but for what must be said.
const configuration = `agent {
  state_dir = %q
  listen    = "off"
}

input "logfile" "bench" {
  paths  = [%q]
  output = output.kafka.bench
  topic  = "bench"
}

output "kafka" "bench" {
  brokers = [%q]
  %s
}
`

// startAgent starts an agent that ships the logs in a directory. set are lines of
// the block of its output.
func startAgent(ctx context.Context, e *env, binary, logs, broker string, set ...string) (*agent, error) {
	// State on the disk that the cache is on: checkpoints are to cost what
	// they cost.
	dir, err := os.MkdirTemp(e.cache, "agent-")
	if err != nil {
		return nil, err
	}
	config := filepath.Join(dir, "shipper.hcl")
	text := fmt.Sprintf(configuration, filepath.Join(dir, "state"), filepath.Join(logs, "*.log"), broker, strings.Join(set, "\n  "))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, err
	}
	args := []string{"run", "--config", config}
	if e.options.profile != "" {
		args = append(args, "--cpu-profile", e.options.profile)
	}
	a := &agent{dir: dir, begun: time.Now(), stopping: make(chan struct{}), watched: make(chan struct{})}
	if a.Process, err = process.Start(exec.CommandContext(ctx, binary, args...), filepath.Join(dir, "log")); err != nil {
		return nil, err
	}
	go a.watch()
	return a, nil
}

// watch looks at the agent's anonymous memory, of which the kernel keeps no peak.
func (a *agent) watch() {
	defer close(a.watched)
	for {
		select {
		case <-a.stopping:
			return
		case <-time.After(10 * time.Millisecond):
		}
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", a.PID()))
		if err != nil {
			return // it is gone
		}
		for line := range strings.Lines(string(status)) {
			var kib int64
			if n, _ := fmt.Sscanf(line, "RssAnon: %d kB", &kib); n == 1 {
				a.peakAnon = max(a.peakAnon, kib<<10)
			}
		}
	}
}

// CPU is what the agent has used so far, user and system.
func (a *agent) CPU() (time.Duration, error) { return process.CPU(a.PID()) }

// stop ends the agent and notes its memory. early is why it did not get as far as
// it should. The state is removed if all went well.
func (a *agent) stop(early error, r *result) error {
	close(a.stopping)
	<-a.watched
	_, err := a.Stop(time.Minute)
	if err != nil {
		err = errors.Join(err, a.Kill())
	}
	r.PeakRSS, r.PeakAnon = a.Peak(), a.peakAnon
	if err := errors.Join(early, err); err != nil {
		log, _ := os.ReadFile(filepath.Join(a.dir, "log")) // what there is of it
		return fmt.Errorf("%w; state in %s\n%s", err, a.dir, log[max(0, len(log)-4000):])
	}
	return os.RemoveAll(a.dir)
}
