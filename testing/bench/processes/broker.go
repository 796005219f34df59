package processes

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"sync/atomic"
	"syscall"

	"shipper/testing/bench/discard"
)

// Broker is a running discard process.
type Broker struct {
	Addr string
	cmd  *exec.Cmd
	// want is the number of records at which Reached is closed.
	want    int64
	Reached chan struct{}
	Last    atomic.Pointer[discard.Stats]
	Ended   chan struct{} // closed when its output ends
}

// StartBroker starts a broker and waits until it listens.
func StartBroker(ctx context.Context, program string, args []string, want int64) (*Broker, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	b := &Broker{cmd: cmd, want: want, Reached: make(chan struct{}), Ended: make(chan struct{})}
	b.Last.Store(new(discard.Stats))
	in := json.NewDecoder(out)
	var first struct{ Listen string }
	if err := in.Decode(&first); err != nil {
		return nil, errors.Join(fmt.Errorf("start the broker: %w", err), cmd.Process.Kill(), cmd.Wait())
	}
	b.Addr = first.Listen
	go b.follow(in)
	return b, nil
}

// follow reads the counters until the broker's output ends.
func (b *Broker) follow(in *json.Decoder) {
	defer close(b.Ended)
	done := false
	for {
		stats := new(discard.Stats)
		if err := in.Decode(stats); err != nil {
			if !errors.Is(err, io.EOF) {
				fmt.Fprintln(os.Stderr, "bench: read counters:", err)
			}
			return
		}
		b.Last.Store(stats)
		if !done && stats.Records >= b.want {
			done = true
			close(b.Reached)
		}
	}
}

// Stop ends the broker and returns what it has counted.
func (b *Broker) Stop() discard.Stats {
	// Its end, however it comes about, is what is wanted.
	_ = b.cmd.Process.Signal(syscall.SIGTERM)
	<-b.Ended
	_ = b.cmd.Wait()
	return *b.Last.Load()
}

// Dead is an address where connections are taken and nothing is answered.
func Dead() (address string, bury func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("listen for nobody: %w", err)
	}
	return l.Addr().String(), func() { _ = l.Close() }, nil
}
