package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// agent is the shipped binary with a configuration directory as a user has it.
type agent struct {
	binary string
	dir    string // configuration, state and the agent's own log
	log    *os.File
	proc   atomic.Pointer[process]
}

// process is one life of the agent.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	err  error         // of Wait; read after done
}

// newAgent writes the configuration: a main file, and input and outputs as
// drop-ins beside it.
func newAgent(binary, dir, logs string, brokers []string, store string) (*agent, error) {
	var quoted []string
	for _, b := range brokers {
		quoted = append(quoted, fmt.Sprintf("%q", b))
	}
	files := map[string]string{
		"shipper.hcl": fmt.Sprintf(`agent {
  id        = "demo"
  state_dir = %q
  listen    = "off"
}
`, filepath.Join(dir, "state")),
		"conf.d/10-demo.hcl": fmt.Sprintf(`input "logfile" "demo" {
  paths  = [%q]
  output = output.kafka.demo
  topic  = %q
}
`, filepath.Join(logs, "*.log"), topic),
		"conf.d/20-kafka.hcl": fmt.Sprintf(`output "kafka" "demo" {
  brokers = [%s]

  failover {
    output       = output.s3.aside
    after        = "2s"
    return_after = "1s"
  }
}
`, strings.Join(quoted, ", ")),
		"conf.d/30-aside.hcl": fmt.Sprintf(`output "s3" "aside" {
  bucket      = %q
  endpoint    = %q
  path_style  = true
  object_size = "512KiB"
  max_age     = "1s"
}
`, bucketName, store),
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, fmt.Errorf("write configuration: %w", err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return nil, fmt.Errorf("write configuration: %w", err)
		}
	}
	log, err := os.Create(filepath.Join(dir, "agent.log"))
	if err != nil {
		return nil, fmt.Errorf("create agent's log: %w", err)
	}
	return &agent{binary: binary, dir: dir, log: log}, nil
}

// credentials is the environment with something to sign as: the store believes
// everybody.
func credentials() []string {
	return append(os.Environ(), "AWS_ACCESS_KEY_ID=demo", "AWS_SECRET_ACCESS_KEY=demo")
}

func (a *agent) start(ctx context.Context) error {
	p := &process{done: make(chan struct{})}
	p.cmd = exec.CommandContext(ctx, a.binary, "run", "--config", filepath.Join(a.dir, "shipper.hcl"))
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.Env = a.log, a.log, credentials()
	if err := p.cmd.Start(); err != nil {
		return fmt.Errorf("start agent: %w", err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	a.proc.Store(p)
	return nil
}

// check returns an error if the agent has ended without being told to.
func (a *agent) check() error {
	p := a.proc.Load()
	select {
	case <-p.done:
		return fmt.Errorf("agent ended by itself: %w", errors.Join(p.err, errors.New(a.tail())))
	default:
		return nil
	}
}

// kill sends SIGKILL and returns when the process is gone.
func (a *agent) kill() error {
	p := a.proc.Load()
	if err := p.cmd.Process.Kill(); err != nil {
		return fmt.Errorf("kill agent: %w", err)
	}
	<-p.done
	return nil
}

// stop asks the agent to end, and expects it to.
func (a *agent) stop() error {
	p := a.proc.Load()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop agent: %w", err)
	}
	select {
	case <-p.done:
	case <-time.After(35 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.done
		return errors.New("stop agent: still running 35 s after SIGTERM")
	}
	if p.err != nil {
		return fmt.Errorf("stop agent: %w", p.err)
	}
	return nil
}

// tail returns the end of the agent's log.
func (a *agent) tail() string {
	data, err := os.ReadFile(a.log.Name())
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	return "the last lines of its log:\n" + strings.Join(lines[max(0, len(lines)-10):], "\n")
}
