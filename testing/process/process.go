package process

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Build builds the program of the module whose root is given and returns its
// path, in dir. It takes as long as the compiler does.
func Build(root, dir string) (string, error) {
	binary := filepath.Join(dir, "shipper")
	cmd := exec.Command("go", "build", "-trimpath", "-o", binary, ".")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build shipper: %w\n%s", err, out)
	}
	return binary, nil
}

// Process is one life of a program. It is for one goroutine, but for Done.
type Process struct {
	cmd  *exec.Cmd
	done chan struct{}
	peak int64
}

// Start runs cmd with its output appended to the file log.
func Start(cmd *exec.Cmd, log string) (*Process, error) {
	f, err := os.OpenFile(log, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // the child has its own
	cmd.Stdout, cmd.Stderr = f, f
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &Process{cmd: cmd, done: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // how it ended is in ProcessState
		close(p.done)
	}()
	return p, nil
}

// PID is the number of the process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Running tells whether the process lives. A nil Process does not.
func (p *Process) Running() bool {
	if p == nil {
		return false
	}
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// End describes how the process ended, once it has.
func (p *Process) End() *os.ProcessState { return p.cmd.ProcessState }

// Signal sends a signal.
func (p *Process) Signal(s os.Signal) error { return p.cmd.Process.Signal(s) }

// Kill sends SIGKILL and returns when the process is gone.
func (p *Process) Kill() error {
	p.Peak()
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	<-p.done
	return nil
}

// Stop sends SIGTERM, waits for the end and returns how long it took. A process
// that goes on for longer than patience, or ends with another status than 0, is
// an error.
func (p *Process) Stop(patience time.Duration) (time.Duration, error) {
	p.Peak()
	begun := time.Now()
	if err := p.Signal(syscall.SIGTERM); err != nil {
		return 0, err
	}
	select {
	case <-p.done:
	case <-time.After(patience):
		return 0, fmt.Errorf("runs %v after SIGTERM", patience)
	}
	if code := p.End().ExitCode(); code != 0 {
		return 0, fmt.Errorf("exit status %d after SIGTERM", code)
	}
	return time.Since(begun), nil
}

// Peak is the largest resident set that any call of Peak, Kill or Stop has found
// so far, in bytes. The one that wait4 returns is of no use: it counts what the
// process shared with its parent before exec.
func (p *Process) Peak() int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID()))
	if err != nil {
		return p.peak // it is gone
	}
	for line := range strings.Lines(string(text)) {
		var kib int64
		if n, err := fmt.Sscanf(line, "VmHWM: %d kB", &kib); n == 1 && err == nil {
			p.peak = max(p.peak, kib<<10)
		}
	}
	return p.peak
}
