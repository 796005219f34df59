package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"shipper/agent"
	"shipper/agent/cli/verb"
	"shipper/agent/drain"
)

// untilPoll is how often a file is looked for, and how soon the end of ctx is seen.
const untilPoll = 200 * time.Millisecond

// runUntil runs the agent until the file f.until appears, or the process with that
// number is gone, and then until everything is shipped.
func runUntil(ctx context.Context, a *agent.Agent, f *runFlags, log *slog.Logger) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var left drain.Report
	var drained error
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer cancel()
		if awaitEnd(ctx, f.until) != nil {
			return // stopped before
		}
		log.Info("shipping everything to its end", "until", f.until, "settle", f.settle.String())
		limited := ctx
		if f.timeout > 0 {
			var stop context.CancelFunc
			limited, stop = context.WithTimeout(ctx, f.timeout)
			defer stop()
		}
		drained = a.Drain(limited, drain.Request{Settle: f.settle}, func(r drain.Report) { left = r })
	}()
	err := a.Run(ctx)
	<-done
	if err == nil && errors.Is(drained, context.DeadlineExceeded) {
		writeLeft(os.Stderr, left.Left, left.Files)
		err = fmt.Errorf("not drained: %s left, %s", verb.Plural(left.Files, "file"), verb.Amount(left.Bytes))
	}
	return err
}

// awaitEnd returns when the file appears, or the process is gone if what is a
// number, or ctx ends.
func awaitEnd(ctx context.Context, what string) error {
	gone := func() bool { _, err := os.Lstat(what); return err == nil }
	if pid, err := strconv.Atoi(what); err == nil {
		fd, err := unix.PidfdOpen(pid, 0)
		switch {
		case err == nil:
			defer func() { _ = unix.Close(fd) }() // only waited for
			gone = func() bool {
				n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
				return err == nil && n > 0
			}
		case errors.Is(err, unix.ESRCH):
			return ctx.Err() // it is gone
		default: // a kernel that has no such descriptors: the number may be given again, a moment later
			gone = func() bool { return errors.Is(unix.Kill(pid, 0), unix.ESRCH) }
		}
	}
	tick := time.NewTicker(untilPoll)
	defer tick.Stop()
	for !gone() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}
