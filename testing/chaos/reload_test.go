package chaos

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"shipper/testing/await"
	"shipper/testing/workload"
)

// dropIn is a file of conf.d with an input and sometimes an output of its own, as
// users change it: what of it is written down is rolled anew at each edit.
type dropIn struct {
	a       *agent
	s       *sink
	path    string
	app     string // whose log it ships
	life    int    // counts its labels
	edits   int    // makes every text another one
	invalid bool   // as it is now
}

// text is a valid drop-in.
func (d *dropIn) text(r *rand.Rand) string {
	if r.IntN(4) == 0 {
		d.life++ // a block is renamed
	}
	d.edits++
	var b strings.Builder
	output := "output.kafka.main"
	if r.IntN(2) == 0 {
		output = "output.kafka." + d.app
		fmt.Fprintf(&b, "output \"kafka\" %q {\n  brokers = [%q]\n  min_insync_replicas = 1\n  replication_factor = 1\n  compression = %q\n}\n",
			d.app, d.s.Addr(), []string{"none", "lz4", "zstd"}[r.IntN(3)])
	}
	fmt.Fprintf(&b, "input \"logfile\" \"%s-%d\" {\n  paths = [%q]\n  output = %s\n  topic = \"chaos\"\n",
		d.app, d.life, filepath.Join(d.a.logs, d.app+".log"), output)
	fmt.Fprintf(&b, "  headers = { edit = \"%d\" }\n}\n", d.edits)
	return b.String()
}

// edit does to the drop-in what a user does, sometimes wrongly.
func (d *dropIn) edit(t *testing.T, r *rand.Rand) {
	t.Helper()
	if r.IntN(6) == 0 {
		if err := os.Remove(d.path); err == nil || !os.IsNotExist(err) {
			must(t, err)
			d.invalid = false
			return
		}
	}
	d.write(t, r)
}

// write writes the drop-in anew, and not as it was before.
func (d *dropIn) write(t *testing.T, r *rand.Rand) {
	t.Helper()
	text := d.text(r)
	kind := r.IntN(5)
	d.invalid = kind == 0
	switch kind {
	case 0: // a mistake
		must(t, os.WriteFile(d.path, []byte(strings.Replace(text, "paths", fmt.Sprint("pahts_", d.edits), 1)), 0o644))
	case 1: // written in two halves
		half := len(text) / 2
		must(t, os.WriteFile(d.path, []byte(text[:half]), 0o644))
		time.Sleep(time.Duration(r.IntN(300)) * time.Millisecond)
		must(t, os.WriteFile(d.path, []byte(text), 0o644))
	default: // renamed into place, as careful tools do
		d.put(t, text)
	}
}

func (d *dropIn) put(t *testing.T, text string) {
	t.Helper()
	must(t, os.WriteFile(d.path+".new", []byte(text), 0o644))
	must(t, os.Rename(d.path+".new", d.path))
	d.invalid = false
}

// editor edits drop-ins, and times now and then how long it takes until the agent
// says what became of it.
type editor struct {
	t       *testing.T
	a       *agent
	r       *rand.Rand
	drops   []*dropIn
	effects []time.Duration
}

// settle is longer than an edit takes to have its effect.
const settle = 1200 * time.Millisecond

func (e *editor) edit(n int) {
	e.t.Helper()
	e.a.mustRun()
	d := e.drops[e.r.IntN(len(e.drops))]
	if n%4 != 0 {
		d.edit(e.t, e.r)
		time.Sleep(time.Duration(100+e.r.IntN(600)) * time.Millisecond)
		return
	}
	for _, other := range e.drops {
		if other.invalid { // it would hide what becomes of this one
			other.put(e.t, other.text(e.r))
		}
	}
	time.Sleep(settle)
	before := len(e.said())
	d.edit(e.t, e.r)
	done := time.Now()
	var said []time.Time
	await.True(e.t, time.Minute, "an edit has an effect", func() bool {
		said = e.said()
		return len(said) > before && said[len(said)-1].After(done)
	})
	e.effects = append(e.effects, said[len(said)-1].Sub(done))
}

// said is when the agent said what became of edits.
func (e *editor) said() (times []time.Time) {
	e.t.Helper()
	data, err := os.ReadFile(e.a.logPath())
	must(e.t, err)
	for line := range strings.Lines(string(data)) {
		if !strings.Contains(line, "configuration reloaded") && !strings.Contains(line, "not in force") {
			continue
		}
		var entry struct{ Time time.Time }
		if json.Unmarshal([]byte(line), &entry) == nil { // else it is being written
			times = append(times, entry.Time)
		}
	}
	return times
}

// TestReloadUnderLoad edits drop-ins again and again while three applications
// write. The input in the main file is never touched, and must never notice. A second
// agent ships the same log to the same broker, and its configuration stays: what both
// feel at once is the machine, or the test.
func TestReloadUnderLoad(t *testing.T) {
	edits := full(60, 500)
	r := random(t)
	s := newSink(t, 8, "steady", "beta", "gamma")
	watch := newStopwatch("steady")
	s.heard = watch.heard
	a := newAgent(t, s, config{paths: []string{"steady.log"}})
	calm := newStopwatch("steady")
	s.beside = map[string]func([]byte){"beside": calm.heard}
	beside := newAgent(t, s, config{logs: a.logs, paths: []string{"steady.log"}, topic: "beside"})
	must(t, os.Mkdir(filepath.Join(a.dir, "conf.d"), 0o755))
	apps := map[string]*app{}
	for _, name := range []string{"steady", "beta", "gamma"} {
		apps[name] = newApp(t, a.logs, name)
		apps[name].open(apps[name].path())
	}
	journals := func() (all []workload.Journal) {
		for _, one := range apps {
			all = append(all, one.written())
		}
		return all
	}
	a.start()
	beside.start()
	await.True(t, time.Minute, "the agents answer", func() bool { return a.status() != nil && beside.status() != nil })

	var writers sync.WaitGroup
	done := make(chan struct{})
	for _, one := range apps {
		writers.Go(func() {
			tick := time.NewTicker(5 * time.Millisecond)
			defer tick.Stop()
			for n := 1; ; n++ {
				select {
				case <-done:
					return
				case <-tick.C:
				}
				one.write(35 << 10) // some 7 MB/s each
				if one.name == watch.source {
					lines := one.written().Lines
					watch.wrote(lines)
					calm.wrote(lines)
				}
				if n%400 == 0 {
					one.rename(one.path(), one.dated(uint64(n)))
					one.open(one.path())
				}
			}
		})
	}
	e := editor{t: t, a: a, r: r}
	for _, name := range []string{"beta", "gamma"} {
		d := &dropIn{a: a, s: s, app: name, path: filepath.Join(a.dir, "conf.d", name+".hcl")}
		d.put(t, d.text(r))
		e.drops = append(e.drops, d)
	}
	await.True(t, time.Minute, "all three logs arrive", func() bool {
		return s.has("steady", 0) && s.has("beta", 0) && s.has("gamma", 0)
	})
	time.Sleep(full(3*time.Second, 30*time.Second))
	base := watch.lap()
	calm.lap()
	begun, before := time.Now(), s.deliveredBytes()
	for n := range edits {
		e.edit(n)
	}
	took, shipped := time.Since(begun), s.deliveredBytes()-before
	edited, unedited := watch.lap(), calm.lap()
	for _, d := range e.drops {
		d.put(t, d.text(r))
	}
	close(done)
	writers.Wait()
	await.True(t, time.Minute, "everything has arrived", func() bool { return s.missing(journals()...) == 0 })
	reloads, refused := a.timesLogged("configuration reloaded"), a.timesLogged("not in force")
	a.stop()
	beside.stop()
	result := s.result(journals()...)
	load, err := os.ReadFile("/proc/loadavg")
	must(t, err)
	t.Logf("%d edits in %.0f s at %.1f MB/s; %d reloads, %d refused; %s", edits, took.Seconds(), float64(shipped)/1e6/took.Seconds(), reloads, refused, result.String())
	slices.Sort(e.effects)
	t.Logf("effect of %d edits: median %v, longest %v", len(e.effects), e.effects[len(e.effects)/2], e.effects[len(e.effects)-1])
	alone := edited.felt().without(unedited)
	t.Logf("pauses of the route that is not edited: %v; before the edits: %v; load of the machine: %s", edited, base, load)
	t.Logf("pauses of the agent beside it: %v; above %v %d only of the first, %d only of the other",
		unedited, long, len(alone), len(unedited.felt().without(edited)))
	for _, p := range alone {
		t.Logf("from %s for %v", p.from.Format(time.StampMilli), p.length().Round(time.Millisecond))
	}
	if !result.OK() || result.Duplicated > 0 {
		t.Errorf("not exactly once: %v", result.Examples)
	}
	if reloads < edits/4 || refused < edits/50 {
		t.Errorf("too little happened")
	}
	if torture() && (e.effects[len(e.effects)/2] > time.Second || edited.often() > 100*time.Millisecond) {
		t.Errorf("edits take effect too late, or are felt elsewhere")
	}
}

// TestReloadKeepsDeletedFiles changes and renames an input while only the agent's
// descriptors lead to what it has not shipped.
func TestReloadKeepsDeletedFiles(t *testing.T) {
	s := newSink(t, 4, "steady", "beta")
	a := newAgent(t, s, config{paths: []string{"steady.log"}})
	must(t, os.Mkdir(filepath.Join(a.dir, "conf.d"), 0o755))
	path := filepath.Join(a.dir, "conf.d", "beta.hcl")
	configure := func(label, more string) {
		text := fmt.Sprintf("input \"logfile\" %q {\n  paths = [%q]\n  output = output.kafka.main\n  topic = \"chaos\"\n%s}\n",
			label, filepath.Join(a.logs, "beta.log"), more)
		must(t, os.WriteFile(path, []byte(text), 0o644))
	}
	configure("beta", "")
	beta := newApp(t, a.logs, "beta")
	beta.open(beta.path())
	beta.write(lineBytes)
	a.start()
	await.True(t, time.Minute, "the first line arrives", func() bool { return s.missing(beta.written()) == 0 })
	s.Away()
	for range 3 { // the last of them are not even begun
		beta.write(1 << 20)
		info := beta.info()
		await.True(t, time.Minute, "the agent holds the file", func() bool { return a.holds(info) })
		must(t, os.Remove(beta.path()))
		beta.open(beta.path())
	}
	unread := s.missing(beta.written())
	reloads := a.timesLogged("configuration reloaded")
	for i, edit := range []func(){
		func() { configure("beta", "  headers = { edit = \"1\" }\n") },
		func() { configure("renamed", "") },
	} {
		edit()
		await.True(t, time.Minute, "the edit takes effect", func() bool { return a.timesLogged("configuration reloaded") == reloads+i+1 })
	}
	s.Back()
	await.True(t, time.Minute, "everything has arrived", func() bool { return s.missing(beta.written()) == 0 })
	a.stop()
	result := s.result(beta.written())
	t.Logf("%d lines unread in deleted files at the reloads; %s", unread, result.String())
	if !result.OK() || unread < 3<<20/lineBytes {
		t.Errorf("not whole, or too little happened: %v", result.Examples)
	}
}
