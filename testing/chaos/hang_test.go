package chaos

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"shipper/testing/await"
	"shipper/testing/faultfs"
	"shipper/testing/workload"
)

// What is asked of a file system that hangs.
const (
	hangDelay = time.Second           // that lines of other file systems may take
	hangCures = 2 * time.Minute       // until everything has arrived after it, on a busy machine
	hangBeat  = 20 * time.Millisecond // between two writes
)

// delays measures how long lines are under way from the write to the broker.
type delays struct {
	mu      sync.Mutex
	begun   map[string][]time.Time // by source: when each line was about to be written
	longest map[string]time.Duration
	since   time.Time // lines written before do not count
}

// write has an application write about n bytes.
func (d *delays) write(a *app, n int) {
	d.mu.Lock()
	now := time.Now()
	for range (n + lineBytes - 1) / lineBytes {
		d.begun[a.name] = append(d.begun[a.name], now)
	}
	d.mu.Unlock()
	a.write(n)
}

func (d *delays) heard(value []byte) {
	line, err := workload.ParseLine(value)
	if err != nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	begun := d.begun[string(line.Source)]
	if line.Sequence < uint64(len(begun)) && begun[line.Sequence].After(d.since) {
		took := time.Since(begun[line.Sequence])
		d.longest[string(line.Source)] = max(d.longest[string(line.Source)], took)
	}
}

// lap begins to count anew and returns what was counted.
func (d *delays) lap() map[string]time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	was := d.longest
	d.longest, d.since = map[string]time.Duration{}, time.Now()
	return was
}

// TestFileSystemHangs: calls on a file of a real file system hang, one or two at once,
// and two other files of it can't be read. What is written on another file system
// arrives as ever, in a file born meanwhile, too; status says which files, or which
// directory, are in trouble; and when it is over nothing is missing of any.
func TestFileSystemHangs(t *testing.T) {
	const trouble, second, born = "trouble", "second", "sickborn"
	log := func(name string) string { return name + ".log" }
	for name, hang := range map[string][]faultfs.Fault{
		"read":          {{Call: faultfs.Read, Name: log(trouble)}},
		"open":          {{Call: faultfs.Open, Name: log(born)}},
		"stat":          {{Call: faultfs.Stat, Name: log(trouble)}},
		"readdir":       {{Call: faultfs.ReadDir}},
		"two reads":     {{Call: faultfs.Read, Name: log(trouble)}, {Call: faultfs.Read, Name: log(second)}},
		"open and read": {{Call: faultfs.Open, Name: log(born)}, {Call: faultfs.Read, Name: log(trouble)}},
		"read and stat": {{Call: faultfs.Read, Name: log(trouble)}, {Call: faultfs.Stat, Name: log(second)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wells := []string{"well1", "well2", "wellborn"}
			sick := []string{trouble, second, "eio", "estale", "neighbour", born}
			s := newSink(t, 4, append(slices.Clone(wells), sick...)...)
			a := newAgent(t, s, config{paths: []string{"well/*.log", "sick/*.log"}})
			d := &delays{begun: map[string][]time.Time{}, longest: map[string]time.Duration{}}
			s.heard = d.heard
			behind, point := filepath.Join(a.dir, "behind"), filepath.Join(a.logs, "sick")
			for _, dir := range []string{behind, point, filepath.Join(a.logs, "well")} {
				must(t, os.Mkdir(dir, 0o755))
			}
			disk := faultfs.MountFor(t, behind, point)
			apps := map[string]*app{}
			begin := func(dir, name string) {
				one := newApp(t, dir, name)
				one.open(one.path())
				apps[name] = one
			}
			write := func() {
				for _, one := range apps {
					d.write(one, 4*lineBytes)
				}
			}
			journals := func() (all []workload.Journal) {
				for _, one := range apps {
					all = append(all, one.written())
				}
				return all
			}
			for _, name := range wells[:2] {
				begin(filepath.Join(a.logs, "well"), name)
			}
			for _, name := range sick[:5] {
				begin(behind, name)
			}
			write()
			a.start()
			await.True(t, time.Minute, "the first lines arrive", func() bool { return s.missing(journals()...) == 0 })

			disk.Fail(faultfs.Fault{Call: faultfs.Read, Name: "eio.log"}, syscall.EIO)
			disk.Fail(faultfs.Fault{Call: faultfs.Read, Name: "estale.log"}, syscall.ESTALE)
			begin(filepath.Join(a.logs, "well"), wells[2])
			begin(behind, born)
			for i, fault := range hang {
				disk.Hang(fault)
				if i+1 < len(hang) && hang[i+1].Call == fault.Call {
					continue // only so many reads are begun: both at once
				}
				await.True(t, time.Minute, "the faults are met", func() bool { // before a further one hides them
					write()
					time.Sleep(hangBeat)
					return !slices.ContainsFunc(hang[:i+1], func(f faultfs.Fault) bool { return disk.Hung(f) == 0 })
				})
			}
			d.lap()
			rounds := 0
			for begun := time.Now(); time.Since(begun) < full(5*time.Second, 30*time.Second); rounds++ {
				write()
				time.Sleep(hangBeat)
			}
			for _, fault := range hang {
				if disk.Hung(fault) == 0 {
					t.Errorf("%v does not hang any more", fault)
				}
			}
			await.True(t, time.Minute, "what others wrote arrives", func() bool {
				for _, name := range wells {
					if j := apps[name].written(); !s.has(name, j.Lines-1) {
						return false
					}
				}
				return true
			})
			a.mustRun()
			took := d.lap()
			for _, fault := range hang {
				a.shows(filepath.Join(point, fault.Name), "does not answer")
			}
			if c := hang[0].Call; len(hang) == 1 && (c == faultfs.Read || c == faultfs.Open) { // else they may not have been read
				a.shows(filepath.Join(point, "eio.log"), syscall.EIO.Error())
				a.shows(filepath.Join(point, "estale.log"), syscall.ESTALE.Error())
			}
			disk.Heal()
			cured := await.True(t, hangCures, "everything arrives", func() bool { return s.missing(journals()...) == 0 })
			a.stop()
			r := s.result(journals()...)
			t.Logf("%d rounds; longest delays: %s; the rest %v after the cure; %s",
				rounds, show(took), cured.Round(time.Millisecond), r.String())
			if !r.OK() {
				t.Errorf("not whole: %v", r.Examples)
			}
			for _, name := range wells {
				if most := full(5*hangDelay, hangDelay); took[name] > most || took[name] == 0 {
					t.Errorf("lines of %s took up to %v", name, took[name])
				}
			}
			if rounds < 50 {
				t.Errorf("too little happened: %d rounds", rounds)
			}
		})
	}
}

func show(took map[string]time.Duration) string {
	var all []string
	for name, d := range took {
		all = append(all, fmt.Sprintf("%s %v", name, d.Round(time.Millisecond)))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// shows fails the test unless status says, of a path or of its directory, what is wrong.
func (a *agent) shows(path, what string) {
	a.t.Helper()
	s := a.status()
	if s == nil {
		a.t.Error("status is not answered")
		return
	}
	for i := range s.Files {
		f := &s.Files[i]
		if strings.Contains(f.LastError, what) && (f.Path == path || f.Path == filepath.Dir(path)) {
			return
		}
	}
	a.t.Errorf("status does not say %q of %s: %+v", what, path, s.Files)
}
