package logfile

import (
	"testing"
	"time"
)

// While an input is drained, what is incomplete at the end of any file is shipped
// once the file was unchanged for settle, and a file counts only then.
func TestDrain(t *testing.T) {
	const settle = 2 * time.Second
	r := newRig(t, func(c *Config) { joined(c); c.JoinTimeout = time.Hour })
	r.write("app.log", "A first\n  more\nB second\n  and a half")
	r.step()
	r.want("A first\n  more")
	if left := r.in.Left(); len(left) != 1 || left[0].Bytes != int64(len("B second\n  and a half")) {
		t.Errorf("left %+v before the drain", left)
	}
	r.in.Drain(settle)
	r.clock = r.clock.Add(settle / 2)
	r.look()
	r.want("A first\n  more")
	r.clock = r.clock.Add(settle)
	r.look()
	r.want("A first\n  more", "B second\n  and a half")
	if left := r.in.Left(); len(left) != 0 {
		t.Errorf("left %+v, all is shipped", left)
	}
	r.write("app.log", " too late\nC third\n")
	r.step()
	if left := r.in.Left(); len(left) != 1 {
		t.Errorf("left %+v of a file that has just grown", left)
	}
	r.clock = r.clock.Add(settle + time.Millisecond)
	r.look()
	if left := r.in.Left(); len(left) != 0 {
		t.Errorf("left %+v, all is shipped", left)
	}
	r.in.EndDrain()
	r.write("app.log", "D fourth\nE fifth\nF six")
	r.step()
	r.clock = r.clock.Add(2 * settle)
	r.look()
	if got := r.lines[len(r.lines)-1]; got != "D fourth" {
		t.Errorf("the last record after the drain is %q; an unterminated line waits again", got)
	}
}

// A file whose lines are all shipped is left while it has just grown: its application may
// be in the midst of a write.
func TestDrainWaitsForQuiet(t *testing.T) {
	const settle = 2 * time.Second
	r := newRig(t, nil)
	r.in.Drain(settle)
	r.append("app.log", "whole")
	r.step()
	r.want("whole")
	if left := r.in.Left(); len(left) != 1 || left[0].Bytes != 0 {
		t.Errorf("left %+v of a file that has just grown", left)
	}
	r.clock = r.clock.Add(settle + time.Millisecond)
	r.look()
	if left := r.in.Left(); len(left) != 0 {
		t.Errorf("left %+v of one that is quiet", left)
	}
}
