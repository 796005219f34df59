package logfile

import (
	"context"
	"time"

	"shipper/inputs/logfile/notices"
	"shipper/inputs/logfile/packed"
)

// tickEvery is how often it is looked whose time has come, and at directories that can't
// be watched.
const tickEvery = time.Second

// Run looks for files until ctx ends. It keeps no goroutine for a file.
func (in *Input) Run(ctx context.Context) error {
	watcher := in.startWatcher()
	defer in.stopWatcher()
	defer func() {
		if in.examining != nil {
			<-in.examined // it sees that ctx has ended
		}
		if in.opening != nil {
			<-in.opening
		}
	}()
	in.scan()
	in.setLooking(true)
	defer in.setLooking(false)
	scan := time.NewTimer(in.cfg.ScanInterval)
	defer scan.Stop()
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	gathering := notices.Gather(watcher, in.env.Gather)
	defer gathering.Stop()
	for {
		if in.rescan {
			in.rescan = false
			scan.Reset(0)
		}
		in.startExamination(ctx)
		var ticks <-chan time.Time
		if in.ticking() { // else it would wake the process in vain
			ticks = tick.C
		}
		select {
		case <-ctx.Done():
			return nil
		case x := <-in.examined:
			in.examining = nil
			in.finishAndInsert(x)
		case c := <-in.tree.Calls.Late:
			in.tree.Lock()
			c.Over()
			in.insertFresh(false)
			in.flush()
			in.tree.Unlock()
		case c := <-in.asks.Late:
			in.asks.Answered(c)
			in.flush()
		case <-scan.C:
			in.scan()
			scan.Reset(in.cfg.ScanInterval)
		case done := <-in.looks:
			in.scan()
			close(done)
		case <-in.waiting.News():
		case <-ticks:
			in.onTick()
			if in.tree.Deferred() {
				in.lookDue()
			}
		case <-in.tree.Hinted():
			in.lookDue()
		case <-gathering.First:
			if gathering.Eager {
				in.drain(watcher)
				in.flush()
			}
			gathering.Begin()
		case <-gathering.Over:
			n := in.drain(watcher)
			in.lookDue()
			gathering.End(n)
		}
	}
}

func (in *Input) startWatcher() notices.Watcher {
	in.tree.Lock()
	defer in.tree.Unlock()
	return in.tree.Start(in.env.Watch)
}

func (in *Input) stopWatcher() {
	in.tree.Lock()
	defer in.tree.Unlock()
	in.tree.Stop()
}

func (in *Input) finishAndInsert(x *examination) {
	in.tree.Lock()
	defer in.tree.Unlock()
	in.finish(x)
	in.insertFresh(false)
	in.flush()
}

// startExamination decodes the next compressed newcomer beside the search for
// files, which must not wait for it.
func (in *Input) startExamination(ctx context.Context) {
	if in.examining != nil {
		return
	}
	in.tree.Lock()
	x := in.nextExamination()
	in.tree.Unlock()
	if x == nil {
		return
	}
	in.examining = x
	go func() {
		in.examine(x, ctx.Err)
		in.examined <- x
	}()
}

// drain takes in all events that are there, and returns how many there were.
func (in *Input) drain(watcher notices.Watcher) int {
	in.tree.Lock()
	n, whole := watcher.Drain(in.tree.Event)
	in.tree.Unlock()
	if !whole {
		in.eventsLost()
	}
	return n
}

// wrote wakes the stream of a file that was written to. What was written to a
// compressed one takes a look.
func (in *Input) wrote(x *entry) bool {
	if x.File.format != packed.None {
		return false
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.stirred(x.File, in.now())
	return true
}

func (in *Input) eventsLost() {
	in.mu.Lock()
	in.counters.Overflows++
	first := in.counters.Overflows == 1
	in.mu.Unlock()
	if first {
		in.log.Warn("events were lost because there were too many; full scans make up for it; said once")
	}
	in.rescan = true
	in.tree.Lock()
	in.tree.Missed()
	in.tree.Unlock()
}

// lookDue looks at the directories that something happened in.
func (in *Input) lookDue() {
	in.tree.Lock()
	defer in.tree.Unlock()
	looked := in.tree.LookDue()
	in.insertFresh(false)
	if looked {
		in.settleNameless(false)
		in.settleClaims()
	}
	in.flush()
}

// ticking tells whether there is anything for onTick. Who adds to that, other than Run,
// has News of in.waiting received.
func (in *Input) ticking() bool {
	in.tree.Lock()
	defer in.tree.Unlock()
	if in.tree.Unwatched() || in.tree.Deferred() || in.seeks() || len(in.unskipped) > 0 || len(in.env.Follows) > 0 {
		return true
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.waiting.Len()+len(in.endings)+len(in.messages) > 0
}

// onTick wakes the cursors whose time has come and looks at directories and files
// without a name of whose changes no event tells.
func (in *Input) onTick() {
	in.tree.Lock()
	defer in.tree.Unlock()
	now := in.now()
	in.mu.Lock()
	due := in.waiting.Over(now)
	nameless := len(in.nameless)
	in.mu.Unlock()
	if len(due) > 0 {
		in.env.Wake(due)
	}
	in.settleEndings()
	if nameless > 0 {
		in.settleHeld()
		in.settleNameless(false)
	}
	in.tree.LookUnwatched()
	in.insertFresh(false)
	in.flush()
}
