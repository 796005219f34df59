package logfile

import (
	"testing"
	"time"
)

// A stream whose files are gone is retired after ForgetAfter, and not before; one
// whose name comes back meanwhile is the same stream.
func TestStreamsWithoutFilesAreRetired(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Paths = []string{c.Paths[0], "/" + c.Paths[0][1:len(c.Paths[0])-4] + ".*.log"} })
	r.append("app.1234.log", "one")
	r.step() // streams found at once are shipped in any order
	r.append("app.log", "two")
	r.step()
	r.remove("app.1234.log")
	r.remove("app.log")
	r.clock = r.clock.Add(2 * time.Minute) // quiet: the generations end
	r.step()
	r.step()
	r.append("app.log", "three")
	r.step()
	for range 3 {
		r.clock = r.clock.Add(50 * time.Hour)
		r.step()
	}
	if len(r.retired) != 1 || r.retired[0] != r.path("app.1234.log") {
		t.Errorf("retired %q", r.retired)
	}
	r.append("app.log", "four")
	r.step()
	r.append("app.1234.log", "five")
	r.step()
	r.want("one", "two", "three", "four", "five")
	if n := len(r.in.streams); n != 2 {
		t.Errorf("%d streams, want 2", n)
	}
}
