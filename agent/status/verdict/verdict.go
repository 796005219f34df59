package verdict

import (
	"fmt"
	"strings"
	"time"

	"shipper/agent/status"
)

// State is the state of what is monitored, and the exit code that says so.
type State int

// The states. Of two the greater one counts, but Unknown never comes of a snapshot.
const (
	OK State = iota
	Warning
	Critical
	Unknown // nobody could be asked
)

func (s State) String() string { return [...]string{"OK", "WARNING", "CRITICAL", "UNKNOWN"}[s] }

// Limits are what is tolerated; 0 stands for no limit.
type Limits struct {
	WarnLag, CritLag       time.Duration // the oldest byte that is not shipped waits for longer
	WarnRunway, CritRunway time.Duration // bytes are lost in less
}

// Usual are the limits of who says none: a line that waits for five minutes is
// worth a look, and two hours are what a person needs to come and help.
func Usual() Limits { return Limits{WarnLag: 5 * time.Minute, CritRunway: 2 * time.Hour} }

// Verdict is a state and why.
type Verdict struct {
	State State
	// Reasons are what is wrong, the worst first.
	Reasons []string
	// Summary is for when nothing is, Performance what is drawn as curves.
	Summary, Performance string
}

// Line is the verdict as a plugin prints it, without a newline.
func (v *Verdict) Line() string {
	text := v.Summary
	if len(v.Reasons) > 0 {
		text = strings.Join(v.Reasons, "; ")
	}
	line := fmt.Sprintf("SHIPPER %s - %s", v.State, clean(text))
	if v.Performance != "" {
		line += " | " + v.Performance
	}
	return line
}

// Unasked is the verdict if there was no snapshot.
func Unasked(state State, err error) *Verdict {
	return &Verdict{State: state, Reasons: []string{err.Error()}}
}

// Judge holds a snapshot against limits.
func Judge(s *status.Snapshot, l Limits) *Verdict {
	v := &Verdict{}
	if !s.State.Healthy {
		v.add(Critical, "offsets can't be written: %s", s.State.Error)
	}
	if s.Agent.ConfigError != "" {
		v.add(Warning, "the configuration on disk is not in force: %s", s.Agent.ConfigError)
	}
	var curves []string
	var lag int64
	for i := range s.Routes {
		r := &s.Routes[i]
		lag += r.LagBytes
		v.route(s, r, l)
		curves = append(curves, performance(s, r, l))
	}
	for i := range s.Outputs {
		if o := &s.Outputs[i]; !o.Healthy {
			v.add(Warning, "output %s is unhealthy: %s", o.Name, o.LastError)
		}
	}
	for i := range s.Inputs {
		if d := s.Inputs[i].Deleted; d != nil && d.NearLimit {
			v.add(Warning, "input %s: %s", s.Inputs[i].Label, d.Text)
		}
	}
	v.Summary = fmt.Sprintf("%d routes, %d files, %d bytes wait", len(s.Routes), len(s.Files), lag)
	v.Performance = strings.Join(curves, " ")
	return v
}

// route judges one route.
func (v *Verdict) route(s *status.Snapshot, r *status.Route, l Limits) {
	if r.Held != "" {
		v.add(Critical, "%s waits for a decision: %s", r.Name, r.Held)
	}
	waits := lagOf(s, r)
	why := ""
	if r.State == status.RouteStalled {
		why = ", stalled"
		if r.LastError != "" {
			why += ": " + r.LastError
		}
	}
	switch {
	case l.CritLag > 0 && waits > l.CritLag:
		v.add(Critical, "%s is %s behind%s", r.Name, waits, why)
	case l.WarnLag > 0 && waits > l.WarnLag:
		v.add(Warning, "%s is %s behind%s", r.Name, waits, why)
	}
	if r.Runway == nil || r.Runway.Seconds == nil {
		return
	}
	left := time.Duration(*r.Runway.Seconds * float64(time.Second)).Truncate(time.Second)
	switch {
	case left < l.CritRunway:
		v.add(Critical, "%s loses bytes in %s: %s", r.Name, left, r.Runway.Text)
	case left < l.WarnRunway:
		v.add(Warning, "%s loses bytes in %s: %s", r.Name, left, r.Runway.Text)
	}
}

func lagOf(s *status.Snapshot, r *status.Route) time.Duration {
	if r.OldestUnread.IsZero() {
		return 0
	}
	return max(0, s.Time.Sub(r.OldestUnread).Truncate(time.Second))
}

// add notes what is wrong: what is worse than all before goes first.
func (v *Verdict) add(state State, format string, args ...any) {
	reason := fmt.Sprintf(format, args...)
	if state > v.State {
		v.State = state
		v.Reasons = append([]string{reason}, v.Reasons...)
		return
	}
	v.Reasons = append(v.Reasons, reason)
}

// performance is what a route's curves are made of.
func performance(s *status.Snapshot, r *status.Route, l Limits) string {
	name := strings.NewReplacer("'", "", "=", "").Replace(clean(r.Input + ":" + r.Output))
	text := fmt.Sprintf("'%s lag'=%ds;%s;%s;0 '%s behind'=%dB;;;0 '%s delivered'=%dc;;;0",
		name, int(lagOf(s, r).Seconds()), threshold(l.WarnLag, ""), threshold(l.CritLag, ""), name, r.LagBytes, name, r.DeliveredBytes)
	if r.Runway != nil && r.Runway.Seconds != nil {
		text += fmt.Sprintf(" '%s runway'=%ds;%s;%s;0", name, int(*r.Runway.Seconds), threshold(l.WarnRunway, ":"), threshold(l.CritRunway, ":"))
	}
	return text
}

// threshold is a limit in seconds; suffix ":" makes it a lower one.
func threshold(d time.Duration, suffix string) string {
	if d == 0 {
		return ""
	}
	return fmt.Sprintf("%d%s", int(d.Seconds()), suffix)
}

// clean keeps text on its line and out of the performance data.
func clean(s string) string {
	return strings.ReplaceAll(status.Printable(s), "|", "/")
}
