package processes

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

// Agent is a running agent. What it keeps is in a directory of its own.
type Agent struct {
	*process.Process
	dir      string
	Begun    time.Time
	stopping chan struct{}
	watched  chan struct{} // closed when PeakAnon is complete
	PeakAnon int64         // bytes; complete once it is stopped
}

// kafkaBlocks configure what is shipped to a broker: all defaults but for what
// must be said.
const kafkaBlocks = `input "logfile" "bench" {
  paths  = [%q]
  output = output.kafka.bench
  topic  = "bench"
}

output "kafka" "bench" {
  brokers = [%q]
  %s
}
`

// ToKafka is kafkaBlocks for the logs in a directory. set are lines of the block of
// the output.
func ToKafka(logs, broker string, set ...string) string {
	return fmt.Sprintf(kafkaBlocks, filepath.Join(logs, "*.log"), broker, strings.Join(set, "\n  "))
}

// deadBlocks configure an output that no broker ever answers; see BesideDead.
const deadBlocks = `
output "kafka" "dead" {
  brokers = [%q]
}
`

// BesideDead has what goes to the output of kafkaBlocks go to one more, which is
// dead: its brokers' address is.
func BesideDead(blocks, address string) string {
	blocks = strings.Replace(blocks, "output = output.kafka.bench", "output = [output.kafka.bench, output.kafka.dead]", 1)
	return blocks + fmt.Sprintf(deadBlocks, address)
}

// Start starts an agent with these blocks beside its own, which keeps its state below
// cache and writes a CPU profile if that is named.
func Start(ctx context.Context, cache, profile, binary, blocks string) (*Agent, error) {
	// State on the disk that the cache is on: checkpoints are to cost what
	// they cost.
	dir, err := os.MkdirTemp(cache, "agent-")
	if err != nil {
		return nil, err
	}
	config := filepath.Join(dir, "shipper.hcl")
	text := fmt.Sprintf("agent {\n  state_dir = %q\n  listen    = \"off\"\n}\n\n%s", filepath.Join(dir, "state"), blocks)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, err
	}
	args := []string{"run", "--config", config}
	if profile != "" {
		args = append(args, "--cpu-profile", profile)
	}
	a := &Agent{dir: dir, Begun: time.Now(), stopping: make(chan struct{}), watched: make(chan struct{})}
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID=bench", "AWS_SECRET_ACCESS_KEY=bench", "AWS_EC2_METADATA_DISABLED=true")
	if a.Process, err = process.Start(cmd, filepath.Join(dir, "log")); err != nil {
		return nil, err
	}
	go a.watch()
	return a, nil
}

// watch looks at the agent's anonymous memory, of which the kernel keeps no peak.
func (a *Agent) watch() {
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
				a.PeakAnon = max(a.PeakAnon, kib<<10)
			}
		}
	}
}

// CPU is what the agent has used so far, user and system.
func (a *Agent) CPU() (time.Duration, error) { return process.CPU(a.PID()) }

// End ends the agent. early is why it did not get as far as it should. The state is
// removed if all went well.
func (a *Agent) End(early error) error {
	close(a.stopping)
	<-a.watched
	_, err := a.Stop(time.Minute)
	if err != nil {
		err = errors.Join(err, a.Kill())
	}
	if err := errors.Join(early, err); err != nil {
		log, _ := os.ReadFile(filepath.Join(a.dir, "log")) // what there is of it
		return fmt.Errorf("%w; state in %s\n%s", err, a.dir, log[max(0, len(log)-4000):])
	}
	return os.RemoveAll(a.dir)
}

// Used is the CPU time of its whole life, in seconds, once it has ended.
func (a *Agent) Used() float64 {
	end := a.Process.End()
	return (end.UserTime() + end.SystemTime()).Seconds()
}
