package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// agentResult is one measurement of the agent.
type agentResult struct {
	cpu      float64 // seconds, user and system
	wall     float64 // seconds until the broker had everything
	peakRSS  int64   // bytes, until the broker had everything
	repeated int64   // records that came more than once
}

// floorResult is what program floor prints.
type floorResult struct {
	CPU    float64     `json:"cpu_s"`
	Lines  int64       `json:"lines"`
	Sent   int64       `json:"sent"`
	Stages []stageTime `json:"stages"`
}

type stageTime struct {
	Name string  `json:"name"`
	CPU  float64 `json:"cpu_s"`
}

func measureFloor(ctx context.Context, o *options, p *programs, file *logFile, codec string) (*floorResult, error) {
	b, err := startBroker(ctx, o, p, file.lines)
	if err != nil {
		return nil, err
	}
	defer b.stop()
	cmd := exec.CommandContext(ctx, p.floor, "-file", file.path, "-broker", b.addr, "-codec", codec, "-json")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	result := new(floorResult)
	if err := json.Unmarshal(out, result); err != nil {
		return nil, err
	}
	if result.Lines != file.lines {
		return nil, fmt.Errorf("%d lines were sent, and the file has %d", result.Lines, file.lines)
	}
	return result, nil
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
  brokers     = [%q]
  compression = %q
}
`

func measureAgent(ctx context.Context, o *options, p *programs, file *logFile, codec string) (result *agentResult, err error) {
	// State on the disk that the cache is on: checkpoints are to cost what
	// they cost.
	dir, err := os.MkdirTemp(o.cache, "agent-")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err == nil {
			err = os.RemoveAll(dir)
		}
	}()
	b, err := startBroker(ctx, o, p, file.lines)
	if err != nil {
		return nil, err
	}
	defer b.stop()
	config := filepath.Join(dir, "shipper.hcl")
	text := fmt.Sprintf(configuration, filepath.Join(dir, "state"), file.path, b.addr, codec)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, err
	}

	cmd := exec.CommandContext(ctx, p.shipper, "run", "--config", config)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()

	result = new(agentResult)
	early := fmt.Errorf("not done after %v", o.timeout)
	select {
	case <-b.reached:
		early = nil
	case err := <-ended:
		return nil, fmt.Errorf("the agent ended by itself (%w): %s\n%s", err, dir, tail(log.Bytes()))
	case <-b.ended:
		early = errors.New("the broker ended")
	case <-time.After(o.timeout):
	}
	result.wall = time.Since(begin).Seconds()
	if early == nil {
		result.peakRSS, early = peakRSS(cmd.Process.Pid)
	}
	_ = cmd.Process.Signal(syscall.SIGTERM)
	select {
	case err = <-ended:
	case <-time.After(time.Minute):
		err = errors.Join(errors.New("the agent did not end within a minute of SIGTERM"), cmd.Process.Kill(), <-ended)
	}
	if err := errors.Join(early, err); err != nil {
		return nil, fmt.Errorf("%w: %d of %d lines arrived, state in %s\n%s", err, b.last.Load().Records, file.lines, dir, tail(log.Bytes()))
	}
	stats := b.stop()
	result.repeated = stats.Records - file.lines
	if stats.Refused > 0 {
		return nil, fmt.Errorf("the broker refused %d batches", stats.Refused)
	}
	result.cpu = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	return result, nil
}

// peakRSS is the most memory that a living process has had, in bytes. The
// figure that wait4 gives after the end would not do: at exec it begins with
// the peak of the process that started it.
func peakRSS(pid int) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		var kib int64
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kib); n == 1 {
			return kib << 10, nil
		}
	}
	return 0, fmt.Errorf("/proc/%d/status does not tell VmHWM", pid)
}

// tail is the end of a log.
func tail(log []byte) []byte { return log[max(0, len(log)-4000):] }
