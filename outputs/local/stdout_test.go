package local

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"shipper/outputs"
	"shipper/testing/await"
)

func newStdout(t *testing.T, file *os.File, timeout time.Duration) *Stdout {
	t.Helper()
	s, err := OpenStdout(StdoutConfig{File: file, AttemptTimeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// tooMuch is a batch that no pipe holds.
func tooMuch() *outputs.Batch {
	values := make([]string, 4000)
	for i := range values {
		values[i] = strings.Repeat("x", 99)
	}
	return lines(values...)
}

func TestStdoutStoppedReader(t *testing.T) {
	for _, repeat := range []bool{true, false} {
		p := newPipe(t)
		s := newStdout(t, p.w, 2*time.Second) // enough for some to be written on a busy machine
		b := tooMuch()
		write(t, s, b, outputs.Unresolved, "its reader took nothing")
		if s.Status().Healthy {
			t.Error("healthy though nobody reads")
		}
		s.timeout = 10 * time.Second
		p.drain()
		want := string(b.Segments[0].Data)
		if repeat {
			b.Repeat = true
			write(t, s, b, outputs.Acked)
			if got := string(p.all(t)); got != want {
				t.Fatalf("%d bytes came through, want %d", len(got), len(want))
			}
			continue
		}
		write(t, s, lines("other"), outputs.Acked)
		got := string(p.all(t))
		head, ok := strings.CutSuffix(got, "\nother\n")
		if !ok || !strings.HasPrefix(want, head) {
			t.Fatalf("got %q … %q", got[:20], got[max(0, len(got)-40):])
		}
	}
}

func TestStdoutCancelled(t *testing.T) {
	p := newPipe(t)
	s := newStdout(t, p.w, time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	b := tooMuch()
	written := make(chan struct{})
	go func() {
		defer close(written)
		s.Write(ctx, []*outputs.Batch{b})
	}()
	await.True(t, time.Minute, "some is written", func() bool {
		n, err := unix.IoctlGetInt(int(p.r.Fd()), unix.TIOCINQ)
		return err == nil && n > 0
	})
	cancel()
	<-written
	if b.Fate.State != outputs.Unresolved {
		t.Fatalf("fate %v (%v)", b.Fate.State, b.Fate.Err)
	}
	if !s.Status().Healthy {
		t.Error("a shutdown is no fault of the reader's")
	}
}

func TestStdoutErrors(t *testing.T) {
	p := newPipe(t)
	if err := p.r.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, newStdout(t, p.w, time.Second), lines("x"), outputs.Refused, "broken pipe")

	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = full.Close() }() // nothing was written
	write(t, newStdout(t, full, time.Second), lines("x"), outputs.Refused, "no space left")
}
