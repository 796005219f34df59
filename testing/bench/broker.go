package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync/atomic"
	"syscall"

	"shipper/testing/bench/discard"
)

// broker is a running discard process.
type broker struct {
	addr string
	cmd  *exec.Cmd
	// want is the number of records at which reached is closed.
	want    int64
	reached chan struct{}
	last    atomic.Pointer[discard.Stats]
	ended   chan struct{} // closed when its output ends
}

// startBroker starts a broker and waits until it listens.
func startBroker(ctx context.Context, program string, args []string, want int64) (*broker, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	b := &broker{cmd: cmd, want: want, reached: make(chan struct{}), ended: make(chan struct{})}
	b.last.Store(new(discard.Stats))
	in := json.NewDecoder(out)
	var first struct{ Listen string }
	if err := in.Decode(&first); err != nil {
		return nil, errors.Join(fmt.Errorf("start the broker: %w", err), cmd.Process.Kill(), cmd.Wait())
	}
	b.addr = first.Listen
	go b.follow(in)
	return b, nil
}

// follow reads the counters until the broker's output ends.
func (b *broker) follow(in *json.Decoder) {
	defer close(b.ended)
	done := false
	for {
		stats := new(discard.Stats)
		if err := in.Decode(stats); err != nil {
			if !errors.Is(err, io.EOF) {
				fmt.Fprintln(os.Stderr, "bench: read counters:", err)
			}
			return
		}
		b.last.Store(stats)
		if !done && stats.Records >= b.want {
			done = true
			close(b.reached)
		}
	}
}

// stop ends the broker and returns what it has counted.
func (b *broker) stop() discard.Stats {
	// Its end, however it comes about, is what is wanted.
	_ = b.cmd.Process.Signal(syscall.SIGTERM)
	<-b.ended
	_ = b.cmd.Wait()
	return *b.last.Load()
}
