package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"shipper/inputs"
	"shipper/outputs"
)

// StdoutConfig describes a Stdout.
type StdoutConfig struct {
	JSON bool // lines are JSON objects instead of the records as they are
	// File is written to; nil means os.Stdout. Close leaves it open.
	File *os.File
	// AttemptTimeout is how long a Write waits for a reader that does not
	// read; default 10 s.
	AttemptTimeout time.Duration
}

// Stdout writes records to the standard output as lines.
type Stdout struct {
	file    *os.File
	timeout time.Duration
	health  *outputs.Health

	mu      sync.Mutex // guards what follows; held during Write
	closed  bool
	encoder encoder
	// sent counts the bytes of the open receipt that went out.
	sent int64
	// torn says that the last byte that went out is not a newline.
	torn bool
}

// pipeAtom is the most that a pipe is certain to take without waiting once
// poll(2) has said that it takes anything.
const pipeAtom = 4 << 10

// pollInterval is how often a wait for the reader looks at its context.
const pollInterval = 50 * time.Millisecond

// OpenStdout makes a Stdout. It returns no error; whether anyone reads shows when
// something is written.
func OpenStdout(c StdoutConfig) (*Stdout, error) {
	if c.File == nil {
		c.File = os.Stdout
	}
	if c.AttemptTimeout == 0 {
		c.AttemptTimeout = 10 * time.Second
	}
	s := &Stdout{
		file: c.File, timeout: c.AttemptTimeout,
		encoder: encoder{json: c.JSON}, health: outputs.NewHealth("stdout"),
	}
	return s, nil
}

// Shape tells the size of batches; the encoder's chunks are all that it needs.
func (s *Stdout) Shape() outputs.Shape {
	return outputs.Shape{BatchBytes: batchBytes, Linger: linger, EncodedBytes: 4 * chunkBytes}
}

// Shard is the one there is.
func (s *Stdout) Shard(*inputs.Stream) (outputs.Shard, error) { return outputs.Shard{}, nil }

// Write writes each batch. It waits for the reader until ctx ends, at most the
// attempt's time-out.
func (s *Stdout) Write(ctx context.Context, batches []*outputs.Batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	attempt, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	for _, b := range batches {
		err := s.write(attempt, b)
		switch {
		case err == nil:
			b.Fate = outputs.Fate{State: outputs.Acked, BaseOffset: -1}
			s.sent = 0
		case s.sent > 0:
			b.Fate = outputs.Fate{State: outputs.Unresolved, BaseOffset: -1}
		default:
			b.Fate = outputs.Fate{State: outputs.Refused, BaseOffset: -1}
		}
		if err != nil {
			if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
				err = fmt.Errorf("its reader took nothing for %v", s.timeout)
			}
			b.Fate.Err = fmt.Errorf("write to stdout: %w", err)
		}
		if ctx.Err() == nil && !s.closed {
			s.health.Set(b.Fate.Err)
		}
	}
}

func (s *Stdout) write(ctx context.Context, b *outputs.Batch) error {
	if !b.Repeat {
		s.sent = 0 // whatever receipt was open is given up
	}
	if s.closed {
		return errClosed
	}
	if s.torn && s.sent == 0 {
		if _, err := s.out(ctx, []byte{'\n'}); err != nil {
			return err
		}
	}
	skip := s.sent
	return s.encoder.encode(b, func(chunk []byte) error {
		if skip >= int64(len(chunk)) {
			skip -= int64(len(chunk))
			return nil
		}
		n, err := s.out(ctx, chunk[skip:])
		s.sent += int64(n)
		skip = 0
		return err
	})
}

// out writes p without ever being stuck in write(2), and tells how much of it
// went out.
func (s *Stdout) out(ctx context.Context, p []byte) (written int, err error) {
	fd := int(s.file.Fd())
	for written < len(p) {
		if err := waitWritable(ctx, fd); err != nil {
			return written, err
		}
		// Not through os.File: of file 1 it answers a closed pipe by ending
		// the process, and other routes have nothing to do with that pipe.
		n, err := unix.Write(fd, p[written:min(len(p), written+pipeAtom)])
		if errors.Is(err, unix.EINTR) || errors.Is(err, unix.EAGAIN) {
			continue
		}
		if err != nil {
			return written, err
		}
		written += n
		s.torn = p[written-1] != '\n'
	}
	return written, nil
}

// waitWritable returns when fd takes bytes or tells an error at once.
func waitWritable(ctx context.Context, fd int) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		ready := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
		n, err := unix.Poll(ready, int(pollInterval/time.Millisecond))
		if err != nil && !errors.Is(err, unix.EINTR) {
			return err
		}
		if n > 0 {
			return nil
		}
	}
}

// Check says that a pipe proves nothing.
func (s *Stdout) Check(context.Context, []string) []outputs.Finding {
	if _, err := s.file.Stat(); err != nil {
		return []outputs.Finding{{
			Severity: outputs.Problem, Subject: "stdout", Message: err.Error(),
			Cure: "start the agent with an open standard output",
		}}
	}
	return []outputs.Finding{{
		Severity: outputs.Warning, Subject: "stdout",
		Message: "a record counts as delivered once it is written, whatever becomes of it then",
		Cure:    "use it to try things out; to keep records use output \"kafka\" or \"file\"",
	}}
}

// Status describes the standard output. It does not wait for a write under way.
func (s *Stdout) Status() outputs.Status { return s.health.Status() }

// Close ends the output; the standard output stays open.
func (s *Stdout) Close(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}
