package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// Node is one Kafka process and its files. Its methods may be called from any
// goroutine.
type Node struct {
	ID   int    // node.id, from 1
	Addr string // of the broker, host:port

	install    install
	listeners  map[string]string // addresses of Options.Listeners, by name
	dir        string            // of log files, configuration and what it prints
	properties string            // path of its configuration

	mu   sync.Mutex
	proc *process // nil while it doesn't run
}

// process is a running program.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
}

// java returns the command that runs a class of Kafka.
func (n *Node) java(ctx context.Context, class string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, n.install.java, append([]string{
		"-Xmx384m", "-Xms128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto",
		"-Djava.awt.headless=true",
		"-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true",
		"-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
		"-cp", filepath.Join(n.install.libs, "*"), class,
	}, args...)...)
	cmd.Dir = n.dir
	return cmd
}

// format makes the node's directory one of the cluster.
func (n *Node) format(ctx context.Context, clusterID string) error {
	cmd := n.java(ctx, "kafka.tools.StorageTool", "format", "-t", clusterID, "-c", n.properties)
	if err := runQuietly(cmd); err != nil {
		return fmt.Errorf("format node %d: %w", n.ID, err)
	}
	return nil
}

// OutputPath is the file that holds what the node printed, of all its runs.
func (n *Node) OutputPath() string { return filepath.Join(n.dir, "output.log") }

// Start runs the node again after Kill or Stop. It does not wait until the
// node serves: see Cluster.WaitReady.
func (n *Node) Start() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.proc != nil {
		return fmt.Errorf("start node %d: it runs", n.ID)
	}
	out, err := os.OpenFile(n.OutputPath(), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return fmt.Errorf("start node %d: %w", n.ID, err)
	}
	defer out.Close()
	cmd := n.java(context.Background(), "kafka.Kafka", n.properties)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	p := &process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		// The signal is sent when the thread ends that started the process,
		// not only when ours does: keep the thread for as long.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is in its output
		}
		close(p.done)
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("start node %d: %w", n.ID, err)
	}
	n.proc = p
	return nil
}

// Listener is the address of one of Options.Listeners, host:port.
func (n *Node) Listener(name string) string { return n.listeners[name] }

// Running tells whether the node's process exists, paused or not.
func (n *Node) Running() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.proc != nil && !n.proc.ended()
}

// ended tells whether the node was started and has ended by itself.
func (n *Node) ended() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.proc != nil && n.proc.ended()
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// Kill ends the node with SIGKILL and waits until it is gone.
func (n *Node) Kill() error { return n.end(syscall.SIGKILL, 0) }

// Stop ends the node with SIGTERM; it hands its partitions over first, which
// takes long or fails where no other node is left. After patience it is killed.
func (n *Node) Stop(patience time.Duration) error { return n.end(syscall.SIGTERM, patience) }

func (n *Node) end(signal syscall.Signal, patience time.Duration) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.proc == nil {
		return nil
	}
	if err := n.signal(signal); err != nil {
		return err
	}
	if signal != syscall.SIGKILL {
		select {
		case <-n.proc.done:
		case <-time.After(patience):
			if err := n.signal(syscall.SIGKILL); err != nil {
				return err
			}
		}
	}
	<-n.proc.done
	n.proc = nil
	return nil
}

// Pause stops the node's clock with SIGSTOP: it answers nothing, and its
// connections stay.
func (n *Node) Pause() error { return n.lockedSignal(syscall.SIGSTOP) }

// Resume ends a Pause.
func (n *Node) Resume() error { return n.lockedSignal(syscall.SIGCONT) }

func (n *Node) lockedSignal(s syscall.Signal) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.proc == nil {
		return fmt.Errorf("signal node %d: it does not run", n.ID)
	}
	return n.signal(s)
}

func (n *Node) signal(s syscall.Signal) error {
	err := n.proc.cmd.Process.Signal(s)
	if err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("signal node %d: %w", n.ID, err)
	}
	return nil
}

// Restart is Kill and Start.
func (n *Node) Restart() error {
	if err := n.Kill(); err != nil {
		return err
	}
	return n.Start()
}

// failure is the end of the node's output, for error messages.
func (n *Node) failure() string {
	out, err := os.ReadFile(n.OutputPath())
	if err != nil {
		return err.Error()
	}
	return string(tail(out))
}
