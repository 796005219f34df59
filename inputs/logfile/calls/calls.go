package calls

import (
	"sync"
	"sync/atomic"
	"time"
)

// Patience is how long nothing of a call may return before others go on without it.
const Patience = 250 * time.Millisecond

// How many calls that hang may be waited for.
const (
	// mostOn a device: no more of it are begun. Two, since one file that can't be
	// read is not yet a device that can't.
	mostOn = 2
	most   = 16 // in all
)

// Group is the calls that share a lock.
type Group struct {
	sync.Locker
	// Patience in place of the usual one, for whoever has nothing else to do.
	Patience time.Duration
	// Late brings the calls that have hung and are over now; Over is to be called.
	Late chan *Call
	hung map[*Call]struct{} // until they are over and Over was called; guarded by the lock
}

// NewGroup makes a Group.
func NewGroup(lock sync.Locker) *Group {
	return &Group{Locker: lock, Patience: Patience, Late: make(chan *Call, most), hung: map[*Call]struct{}{}}
}

// Hung is how many calls hang. The caller holds the lock.
func (g *Group) Hung() int { return len(g.hung) }

// Full tells whether no further call is to be begun on a device, because too many of
// those before hang. The caller holds the lock.
func (g *Group) Full(device uint64) bool {
	n := 0
	for c := range g.hung {
		if c.device == device {
			n++
		}
	}
	return n >= mostOn || len(g.hung) >= most
}

// Try makes a call that shares nothing with others, and tells whether it is over. If it
// hangs, or if the Group is Full, it returns false; of one that hangs finish is done by
// Answered. The caller does not hold the lock.
func (g *Group) Try(device uint64, work, finish func()) (over bool) {
	g.Lock()
	defer g.Unlock()
	return !g.Full(device) && g.Go(device, func(*Call) { work() }, finish).Wait()
}

// TooMany is Full for who does not hold the lock.
func (g *Group) TooMany(device uint64) bool {
	g.Lock()
	defer g.Unlock()
	return g.Full(device)
}

// Answered is Over for who does not hold the lock.
func (g *Group) Answered(c *Call) {
	g.Lock()
	defer g.Unlock()
	c.Over()
}

// Call is one that may hang.
type Call struct {
	group  *Group
	device uint64
	steps  atomic.Uint64
	done   chan struct{}
	late   bool // guarded by the lock
	finish func()
}

// Go begins a call, unless the group is Full. The work tells by Step each time that
// something has returned; finish is done by Over if it has hung.
func (g *Group) Go(device uint64, work func(*Call), finish func()) *Call {
	c := &Call{group: g, device: device, done: make(chan struct{}), finish: finish}
	go func() {
		defer c.end()
		work(c)
	}()
	return c
}

func (c *Call) end() {
	g := c.group
	g.Lock()
	defer g.Unlock()
	close(c.done)
	if c.late {
		g.Late <- c // there is room for all that may be late
	}
}

// Over ends a call that came by Late. The caller holds the lock.
func (c *Call) Over() {
	delete(c.group.hung, c)
	c.finish()
}

// Step says that the call gets on.
func (c *Call) Step() { c.steps.Add(1) }

// Outside gives the lock up for a call of the file system, which the work makes while
// it holds the lock.
func (c *Call) Outside(f func()) {
	c.group.Unlock()
	f()
	c.Step()
	c.group.Lock()
}

// Wait returns true when the call is over, and false when it hangs; then it comes by
// Late. The caller holds the lock, which is free meanwhile.
func (c *Call) Wait() bool {
	c.group.Unlock()
	c.wait()
	c.group.Lock()
	select {
	case <-c.done:
		return true
	default:
		c.late = true
		c.group.hung[c] = struct{}{}
		return false
	}
}

func (c *Call) wait() {
	timer := time.NewTimer(c.group.Patience)
	defer timer.Stop()
	for steps := c.steps.Load(); ; {
		select {
		case <-c.done:
			return
		case <-timer.C:
		}
		now := c.steps.Load()
		if now == steps {
			return
		}
		steps = now
		timer.Reset(c.group.Patience)
	}
}
