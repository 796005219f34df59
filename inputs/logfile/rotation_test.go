package logfile

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestRotation goes through the ways of rotation with the agent running, caught
// up or behind, or stopped meanwhile.
func TestRotation(t *testing.T) {
	a, b, c, d := numbered("a", 0, 100), numbered("b", 0, 100), numbered("c", 0, 100), numbered("d", 0, 100)
	cases := []struct {
		name string
		// rotate is what the application and its rotation do after a was
		// written to app.log; it writes b and c.
		rotate func(r *rig)
		more   []string // beside a, b and c, at the end
		change func(*Config)
		gap    bool // with the agent stopped, what is unread in a is lost
	}{
		{name: "rename and create", rotate: func(r *rig) {
			r.rename("app.log", "app.log.1")
			r.append("app.log.1", b...) // the application has not reopened yet
			r.append("app.log", c...)
		}},
		{name: "numbered shift", rotate: func(r *rig) {
			r.rename("app.log", "app.log.1")
			r.append("app.log", b...)
			r.rename("app.log.1", "app.log.2")
			r.rename("app.log", "app.log.1")
			r.append("app.log", c...)
		}},
		{name: "dated names", rotate: func(r *rig) {
			r.rename("app.log", "app.log-20260101")
			r.append("app.log", b...)
			r.rename("app.log", "app.log-20260102")
			r.append("app.log", c...)
		}},
		{name: "live files with dates", change: func(c *Config) {
			c.Paths = []string{strings.TrimSuffix(c.Paths[0], "app.log") + "app*.log"}
		}, rotate: func(r *rig) {
			r.append("app-2026-01-02.log", c...)
			r.rename("app.log", "app-2026-01-01.log")
			r.append("app-2026-01-01.log", b...)
		}},
		{name: "move to another directory", change: func(c *Config) {
			c.Paths = append(c.Paths, strings.TrimSuffix(c.Paths[0], "app.log")+"sub/*")
		}, rotate: func(r *rig) {
			if err := os.MkdirAll(r.path("sub"), 0o755); err != nil {
				r.t.Fatal(err)
			}
			r.append("app.log", b...)
			r.rename("app.log", "sub/old")
			r.append("app.log", c...)
		}},
		{name: "rename to a name of its own", rotate: func(r *rig) {
			r.append("app.log", b...)
			r.rename("app.log", "gone elsewhere")
			r.append("app.log", c...)
		}, gap: true},
		{name: "hard link and unlink", rotate: func(r *rig) {
			if err := os.Link(r.path("app.log"), r.path("app.log.1")); err != nil {
				r.t.Fatal(err)
			}
			r.append("app.log", b...)
			r.remove("app.log")
			r.append("app.log", c...)
		}},
		{name: "same content in a new file", rotate: func(r *rig) {
			r.rename("app.log", "app.log.1")
			r.append("app.log", a...)
			r.append("app.log", b...)
			r.append("app.log", c...)
		}, more: a},
	}
	for _, test := range cases {
		for _, mode := range []string{"caught up", "behind", "stopped", "stopped behind", "never seen"} {
			if mode == "never seen" && strings.HasPrefix(test.name, "move") {
				continue // two streams, then
			}
			t.Run(test.name+"/"+mode, func(t *testing.T) {
				r := newRig(t, test.change)
				if mode != "never seen" {
					r.append("app.log", a...)
					r.in.scan()
				}
				switch mode {
				case "caught up":
					r.ship(0)
					r.want(a...)
				case "behind", "stopped behind":
					r.ship(1000)
					if len(r.lines) == 0 || len(r.lines) >= len(a) {
						t.Fatalf("%d lines shipped: not behind", len(r.lines))
					}
				case "stopped":
					r.ship(0)
				case "never seen":
					r.append("app.log", a...)
				}
				switch mode {
				case "stopped", "stopped behind":
					r.stop()
					test.rotate(r)
					r.start()
					r.step()
				case "never seen":
					test.rotate(r)
					r.step()
				default:
					test.rotate(r)
					r.look()
				}
				r.step()
				want := slices.Concat(a, b, c)
				if test.more != nil {
					want = slices.Concat(a, test.more, b, c)
				}
				if test.gap {
					switch mode {
					case "never seen":
						want = c
					case "stopped", "stopped behind": // found by inode: nothing is lost
					}
				}
				r.want(want...)
				if mode != "never seen" || !test.gap {
					r.wantLate()
				}
				// Everything goes on afterwards, and nothing comes twice.
				live := "app.log"
				if test.name == "live files with dates" {
					live = "app-2026-01-02.log"
				}
				r.append(live, d...)
				r.restart()
				r.step()
				r.want(append(want, d...)...)
			})
		}
	}
}

func TestDeletedWhileUnread(t *testing.T) {
	for _, renamed := range []bool{false, true} {
		t.Run(fmt.Sprint("renamed ", renamed), func(t *testing.T) {
			r := newRig(t, nil)
			a, b := numbered("a", 0, 200), numbered("b", 0, 20)
			r.append("app.log", a...)
			r.in.scan()
			r.ship(500)
			name := "app.log"
			if renamed {
				name = "app.log.1"
				r.rename("app.log", name)
			}
			r.remove(name)
			r.append("app.log", b...)
			r.look()
			r.want(slices.Concat(a, b)...)
			if n := len(r.saved); n != 2 {
				t.Fatalf("%d generations saved", n)
			}
			// Once it is quiet, it is closed. It is forgotten, unless it is the
			// eldest: that tells what is no part of the log.
			r.clock = r.clock.Add(2 * time.Minute)
			r.step()
			if len(r.forgot) != 0 || len(r.in.files) != 1 {
				t.Fatalf("forgot %x, %d files", r.forgot, len(r.in.files))
			}
			r.remove("app.log")
			r.append("app.log", "c")
			r.look()
			r.clock = r.clock.Add(2 * time.Minute)
			r.step()
			if len(r.forgot) != 1 || len(r.in.files) != 1 {
				t.Fatalf("forgot %x, %d files", r.forgot, len(r.in.files))
			}
			if r.in.Counters().BytesLost != 0 {
				t.Fatalf("%+v", r.in.Counters())
			}
		})
	}
}

func TestTruncation(t *testing.T) {
	a, b := numbered("a", 0, 100), numbered("b", 0, 300)
	size := int64(len(strings.Join(a, "\n")) + 1)
	for _, mode := range []string{"running", "closed", "stopped"} {
		for _, regrown := range []int{0, 10, 300} {
			t.Run(fmt.Sprintf("%s, %d lines after", mode, regrown), func(t *testing.T) {
				r := newRig(t, nil)
				r.append("app.log", a...)
				r.step()
				r.want(a...)
				r.clock = r.clock.Add(time.Hour)
				switch mode {
				case "closed":
					r.step()
					if open, _ := r.budget.Usage(); open != 0 {
						t.Fatal("an idle file is open")
					}
				case "stopped":
					r.stop()
				}
				if err := os.Truncate(r.path("app.log"), 0); err != nil {
					t.Fatal(err)
				}
				r.append("app.log", b[:regrown]...)
				if mode == "stopped" {
					r.start()
				}
				r.step()
				r.append("app.log", b[regrown:]...)
				r.step()
				r.want(slices.Concat(a, b)...)
				if r.ids[a[0]][0] == r.ids[b[0]][0] {
					t.Fatal("the generation is still the same")
				}
				n := r.in.Counters()
				if n.Truncations != 1 || n.BytesLost != 0 {
					t.Fatalf("%+v", n)
				}
				r.restart()
				r.step()
				r.want(slices.Concat(a, b)...)
			})
		}
	}
	t.Run("unread bytes are counted", func(t *testing.T) {
		r := newRig(t, nil)
		r.append("app.log", a...)
		r.in.scan()
		r.ship(1000)
		shipped := r.in.files[r.onlyKey()].routes[0].pos.Offset
		if shipped == 0 || shipped == size {
			t.Fatalf("offset %d of %d", shipped, size)
		}
		if err := os.Truncate(r.path("app.log"), 0); err != nil {
			t.Fatal(err)
		}
		r.append("app.log", b...)
		r.step()
		if got := int64(r.in.Counters().BytesLost); got != size-shipped {
			t.Fatalf("%d bytes lost, want %d", got, size-shipped)
		}
		if !strings.Contains(r.log.String(), fmt.Sprint("bytes_lost=", size-shipped)) {
			t.Fatalf("not told:\n%s", r.log.String())
		}
	})
	t.Run("twice the same content", func(t *testing.T) {
		// The id must differ, or consumers would take the second for repeats.
		r := newRig(t, nil)
		r.append("app.log", a...)
		r.step()
		for range 2 {
			if err := os.Truncate(r.path("app.log"), 0); err != nil {
				t.Fatal(err)
			}
			r.step()
			r.append("app.log", a...)
			r.step()
		}
		r.want(slices.Concat(a, a, a)...)
		ids := r.ids[a[0]]
		if ids[0] == ids[1] || ids[1] == ids[2] || ids[0] == ids[2] {
			t.Fatalf("ids %x", ids)
		}
	})
}

func (r *rig) onlyKey() key {
	r.t.Helper()
	if len(r.in.files) != 1 {
		r.t.Fatalf("%d files", len(r.in.files))
	}
	for k := range r.in.files {
		return k
	}
	return key{}
}

func TestInodeReuse(t *testing.T) {
	for _, mode := range []string{"running, closed", "stopped"} {
		t.Run(mode, func(t *testing.T) {
			r := newRig(t, nil)
			var want []string
			reused := 0
			for i := range 50 {
				lines := append([]string{"# the same first line"}, numbered(fmt.Sprint("f", i), 0, 5)...)
				r.append("app.log", lines...)
				before := inode(t, r.path("app.log"))
				want = append(want, lines...)
				r.step()
				r.want(want...)
				r.clock = r.clock.Add(time.Hour)
				r.step() // closes it
				if mode == "stopped" {
					r.stop()
				}
				r.remove("app.log")
				r.append("app.log", "# the same first line")
				if inode(t, r.path("app.log")) == before {
					reused++
				}
				r.remove("app.log")
				if mode == "stopped" {
					r.start()
				}
			}
			t.Logf("%d of 50 inodes were reused at once", reused)
		})
	}
}

func inode(t *testing.T, path string) uint64 {
	t.Helper()
	i, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return inodeOf(i)
}

func TestThirtyRotationsWhileStopped(t *testing.T) {
	for _, scheme := range []string{"numbered", "dated"} {
		t.Run(scheme, func(t *testing.T) {
			r := newRig(t, nil)
			want := numbered("first", 0, 50)
			r.append("app.log", want...)
			r.in.scan()
			r.ship(300)
			r.stop()
			for i := range 30 {
				if scheme == "numbered" {
					for n := i; n >= 1; n-- {
						r.rename(fmt.Sprint("app.log.", n), fmt.Sprint("app.log.", n+1))
					}
					r.rename("app.log", "app.log.1")
				} else {
					r.rename("app.log", fmt.Sprintf("app.log-202601%02d", i+1))
				}
				lines := numbered(fmt.Sprint("g", i), 0, 50)
				r.append("app.log", lines...)
				want = append(want, lines...)
			}
			r.start()
			r.step()
			r.want(want...)
			r.wantLate()
			if len(r.streams) != 1 {
				t.Fatalf("streams %v", r.streams)
			}
			r.restart()
			r.step()
			r.want(want...)
		})
	}
}

func TestLateGrowth(t *testing.T) {
	r := newRig(t, nil)
	r.append("app.log", "a1")
	r.step()
	r.rename("app.log", "app.log.1")
	r.append("app.log", "b1")
	r.step()
	r.append("app.log.1", "a2") // an application that keeps its old descriptor
	r.step()
	r.want("a1", "b1", "a2")
	r.wantLate("a2")
	r.restart()
	r.append("app.log.1", "a3")
	r.append("app.log", "b2")
	r.step()
	r.want("a1", "b1", "a2", "a3", "b2")
	r.wantLate("a2", "a3")
}

func TestUnreadableGenerationHoldsItsSuccessors(t *testing.T) {
	r := newRig(t, nil)
	r.append("app.log.1", "a")
	r.append("app.log", "b")
	fail := &failing{FS: r.in.fs, path: r.path("app.log.1")}
	r.see(fail)
	r.step()
	r.want()
	r.clock = r.clock.Add(30 * time.Second)
	r.step()
	r.want()
	r.clock = r.clock.Add(31 * time.Second)
	r.in.onTick()
	r.ship(0)
	r.want("b")
	fail.path = ""
	r.step()
	r.want("b", "a")
	r.wantLate("a")
}
