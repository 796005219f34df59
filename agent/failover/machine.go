package failover

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// State is that of one shard of an output with a failover.
type State uint8

// The states.
const (
	Healthy   State = iota
	Stalled         // it takes nothing; its lines wait in their files
	Diverting       // its lines are put aside
	Returning       // it takes lines again, and has not caught up with what is aside
)

var names = [...]string{"healthy", "stalled", "diverting", "returning"}

// String is the state's name in status, log and checkpoint.
func (s State) String() string { return names[s] }

// Policy is when a shard changes its state.
type Policy struct {
	After           time.Duration // stalled for so long: divert
	WhenRunwayBelow time.Duration // lines would be lost within this time: divert; 0 is never
	ReturnAfter     time.Duration // well for so long: return
}

// Signs are what is seen of a shard at a moment.
type Signs struct {
	Troubled bool          // the last attempt was not acknowledged
	Well     bool          // it was, in this process
	Reason   string        // of the trouble
	Runway   time.Duration // until lines are lost; negative if that is not known
	Aside    bool          // lines of its streams are aside
	Unseen   bool          // lines may be aside of streams that are not known yet
	Leave    bool          // the host is going away: whatever waits is to be put aside
}

// Machine is a shard's state, since when, and why. The zero value is healthy.
type Machine struct {
	State  State
	Since  time.Time
	Reason string

	well time.Time // since when the shard has been well without a break; zero if it is not
}

// Edge is a change of state.
type Edge struct {
	From, To State
	Reason   string
	Lasted   time.Duration // how long From did
}

// Step moves the machine on, by one edge at most.
func (m *Machine) Step(p Policy, s Signs, now time.Time) (Edge, bool) {
	switch {
	case s.Troubled || !s.Well:
		m.well = time.Time{}
	case m.well.IsZero():
		m.well = now
	}
	diverts, why := m.diverts(p, s, now)
	switch m.State {
	case Healthy:
		switch {
		case diverts:
			return m.to(Diverting, why, now), true
		case s.Troubled:
			return m.to(Stalled, s.Reason, now), true
		case s.Aside:
			return m.to(Returning, "lines are aside from before", now), true
		}
	case Stalled:
		switch {
		case diverts:
			return m.to(Diverting, why, now), true
		case s.Well && (s.Aside || s.Unseen):
			return m.to(Returning, "it takes lines again", now), true
		case s.Well:
			return m.to(Healthy, "it takes lines again", now), true
		}
	case Diverting:
		if !s.Leave && !s.short(p) && !m.well.IsZero() && now.Sub(m.well) >= p.ReturnAfter {
			return m.to(Returning, fmt.Sprintf("it has taken everything for %s", now.Sub(m.well).Round(time.Second)), now), true
		}
	case Returning:
		switch {
		case s.Troubled:
			return m.to(Stalled, s.Reason, now), true
		case !s.Aside && !s.Unseen:
			return m.to(Healthy, "everything has returned", now), true
		}
	}
	return Edge{}, false
}

// diverts tells whether lines are to be put aside that wait now.
func (m *Machine) diverts(p Policy, s Signs, now time.Time) (bool, string) {
	switch {
	case s.Leave && !s.Well:
		return true, "the host is going away"
	case m.State == Stalled && !s.Well && now.Sub(m.Since) >= p.After:
		return true, fmt.Sprintf("it has taken nothing for %s: %s", now.Sub(m.Since).Round(time.Second), m.Reason)
	case s.short(p):
		return true, fmt.Sprintf("lines would be lost in %s", s.Runway.Round(time.Second))
	}
	return false, ""
}

// short tells whether lines are about to be lost.
func (s *Signs) short(p Policy) bool {
	return p.WhenRunwayBelow > 0 && s.Runway >= 0 && s.Runway < p.WhenRunwayBelow
}

func (m *Machine) to(next State, reason string, now time.Time) Edge {
	e := Edge{From: m.State, To: next, Reason: reason}
	if !m.Since.IsZero() {
		e.Lasted = now.Sub(m.Since)
	}
	m.State, m.Since, m.Reason = next, now, reason
	return e
}

// Text is how the machine is stored; "" if there is nothing to remember.
func (m *Machine) Text() string {
	if m.State == Healthy {
		return ""
	}
	return fmt.Sprintf("%s %d %s", m.State, m.Since.UnixNano(), m.Reason)
}

// parseMachine takes Text back.
func parseMachine(text string) (Machine, bool) {
	name, rest, _ := strings.Cut(text, " ")
	since, reason, _ := strings.Cut(rest, " ")
	var at int64
	if _, err := fmt.Sscan(since, &at); err != nil {
		return Machine{}, false
	}
	for i, n := range names {
		if n == name {
			return Machine{State: State(i), Since: time.Unix(0, at), Reason: reason}, true
		}
	}
	return Machine{}, false
}

// Pace is how fast logs with lines aside catch up. Others are never held up.
type Pace struct {
	rate int64 // bytes a second

	mu   sync.Mutex
	next time.Time
}

// Next is when a log may go on of which so many bytes were sent.
func (p *Pace) Next(bytes int64, now time.Time) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.next.Before(now) {
		p.next = now
	}
	p.next = p.next.Add(time.Duration(float64(bytes) / float64(p.rate) * float64(time.Second)))
	return p.next
}
