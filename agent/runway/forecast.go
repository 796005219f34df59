package runway

import (
	"fmt"
	"math"
	"time"

	"shipper/agent/status"
)

// Cause is why bytes would be lost.
type Cause string

// The causes.
const (
	Rotation Cause = "rotation"  // rotation deletes the file; a crash of the agent then loses it
	DiskFull Cause = "disk full" // applications can't write any more
)

// Unlimited is the runway of a route that loses nothing as things are.
const Unlimited time.Duration = math.MaxInt64

// Forecast is for how long the unshipped bytes of a route will last.
type Forecast struct {
	// Left is until the first bytes are lost at the present rates of writing and
	// shipping, or Unlimited. Path is where, Cause is why.
	Left  time.Duration
	Path  string
	Cause Cause
	// Full is until the disk is full, likewise, also where Left is less.
	Full time.Duration
	// IfStopped is Left if the route shipped nothing from now on.
	IfStopped time.Duration
	// Alarmed is for whoever warns of it: the warning stands.
	Alarmed bool
}

// String says it in a sentence, or "" if nothing will be lost.
func (f *Forecast) String() string {
	switch {
	case f.Left == Unlimited:
		return ""
	case f.Cause == DiskFull:
		return fmt.Sprintf("at this rate the disk is full in %s, and %q can't be written", people(f.Left), f.Path)
	case f.Left == 0:
		text := fmt.Sprintf("rotation has deleted %q, which is not shipped and only held open: a crash would lose it", f.Path)
		if f.Full != Unlimited {
			text += fmt.Sprintf("; at this rate the disk is full in %s", people(f.Full))
		}
		return text
	}
	return fmt.Sprintf("at this rate bytes are lost in %s, first in %q, which rotation deletes then", people(f.Left), f.Path)
}

// people writes a duration with as many units as matter.
func people(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// take makes f the other forecast if that is nearer.
func (f *Forecast) take(left time.Duration, path string, cause Cause) {
	if left < f.Left {
		f.Left, f.Path, f.Cause = left, path, cause
	}
}

// stretch is how long what would last for d lasts while shipped of every written
// bytes are taken away meanwhile.
func stretch(d time.Duration, written, shipped float64) time.Duration {
	if d == Unlimited || shipped >= written {
		return Unlimited
	}
	return seconds(d.Seconds() * written / (written - shipped))
}

// seconds makes a duration of seconds, at most Unlimited.
func seconds(s float64) time.Duration {
	if s >= float64(math.MaxInt64)/1e9 {
		return Unlimited
	}
	return time.Duration(s * 1e9)
}

// Status is the forecast for those who look, nil if there is nothing to say. f may
// be nil.
func (f *Forecast) Status() *status.Runway {
	if f == nil || f.Left == Unlimited && f.IfStopped == Unlimited {
		return nil
	}
	s := &status.Runway{Text: f.String(), Path: f.Path, Cause: string(f.Cause)}
	if f.Left != Unlimited {
		s.Seconds = new(f.Left.Seconds())
	}
	if f.IfStopped != Unlimited {
		s.IfStoppedSeconds = new(f.IfStopped.Seconds())
	}
	return s
}
