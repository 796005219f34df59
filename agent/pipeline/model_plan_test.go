package pipeline

import (
	"fmt"
	"strings"
	"time"

	"pgregory.net/rapid"
)

// step is one action of a plan.
type step struct {
	action string
	log    int           // of which log
	n      int           // how much, or how: each action says
	pause  time.Duration // after it, on the clock of the test
	// ambush, if above 0, has the action happen in the midst of the agent's
	// work: within its ambush-th operation on the file system.
	ambush int
}

// plan is all that a run does, and how it is set up.
type plan struct {
	symlinks bool // the input follows them
	named    bool // streams are named by expression and the archive is read, too
	watched  bool // changes are announced
	steps    []step
}

// actions are what may happen. Each is a method of world or of modelLog.
var actions = []string{
	"append", "partial", "late", // an application writes: lines, a part of one, to the file that was rotated away
	"rename", "shift", "dated", "symlink", "hardlink", "compress", "recreate", "move", "copytruncate", // rotations
	"truncate", "regrow", "delete", // bytes go
	"stop", "kill", "restart", "down", "up", // the agent and what it ships to
}

var pauses = []time.Duration{0, 20 * time.Millisecond, 3 * time.Second, 20 * time.Second, 70 * time.Second}

const planSteps = 32

// planned draws a plan.
func planned(t *rapid.T) plan {
	p := plan{
		symlinks: rapid.Bool().Draw(t, "symlinks"), named: rapid.Bool().Draw(t, "named"),
		watched: rapid.Bool().Draw(t, "watched"),
	}
	p.steps = rapid.SliceOfN(rapid.Custom(drawStep), planSteps, planSteps).Draw(t, "steps")
	return p
}

func drawStep(t *rapid.T) step {
	// One number for all: drawn each by itself they would favour the first of
	// everything.
	x := rapid.Uint64Range(0, 1<<40-1).Draw(t, "step")
	take := func(n uint64) int {
		v := x % n
		x /= n
		return int(v)
	}
	s := step{action: actions[take(uint64(len(actions)))], log: take(2), pause: pauses[take(uint64(len(pauses)))]}
	s.n = take(12)
	if take(3) == 0 {
		s.ambush = 1 + take(16)
	}
	return s
}

// String is the plan as parsePlan reads it.
func (p plan) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "symlinks=%v named=%v watched=%v\n", p.symlinks, p.named, p.watched)
	for _, s := range p.steps {
		fmt.Fprintf(&b, "%s log=%d n=%d pause=%s ambush=%d\n", s.action, s.log, s.n, s.pause, s.ambush)
	}
	return b.String()
}

// parsePlan reads what String wrote; lines that begin with # are comments.
func parsePlan(text string) (plan, error) {
	var p plan
	first := true
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		var s step
		var pause string
		var err error
		if first {
			_, err = fmt.Sscanf(line, "symlinks=%t named=%t watched=%t", &p.symlinks, &p.named, &p.watched)
			first = false
		} else {
			if _, err = fmt.Sscanf(line, "%s log=%d n=%d pause=%s ambush=%d", &s.action, &s.log, &s.n, &pause, &s.ambush); err == nil {
				s.pause, err = time.ParseDuration(pause)
			}
			p.steps = append(p.steps, s)
		}
		if err != nil {
			return p, fmt.Errorf("read plan at %q: %w", line, err)
		}
	}
	return p, nil
}
