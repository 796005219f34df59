package chaos

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"shipper/testing/workload"
)

// dropIn is a file of conf.d with an input and sometimes an output of its own, as
// users change it: what of it is written down is rolled anew at each edit.
type dropIn struct {
	a    *agent
	s    *sink
	path string
	app  string // whose log it ships
	life int    // counts its labels
}

// text is a valid drop-in.
func (d *dropIn) text(r *rand.Rand) string {
	if r.IntN(4) == 0 {
		d.life++ // a block is renamed
	}
	var b strings.Builder
	output := "output.kafka.main"
	if r.IntN(2) == 0 {
		output = "output.kafka." + d.app
		fmt.Fprintf(&b, "output \"kafka\" %q {\n  brokers = [%q]\n  min_insync_replicas = 1\n  replication_factor = 1\n  compression = %q\n}\n",
			d.app, d.s.Addr(), []string{"none", "lz4", "zstd"}[r.IntN(3)])
	}
	fmt.Fprintf(&b, "input \"logfile\" \"%s-%d\" {\n  paths = [%q]\n  output = %s\n  topic = \"chaos\"\n",
		d.app, d.life, filepath.Join(d.a.logs, d.app+".log"), output)
	if r.IntN(3) == 0 {
		fmt.Fprintf(&b, "  headers = { edit = \"%d\" }\n", r.IntN(1000))
	}
	fmt.Fprintf(&b, "}\n")
	return b.String()
}

// edit does to the drop-in what a user does, sometimes wrongly. It returns whether
// the configuration is valid after it.
func (d *dropIn) edit(t *testing.T, r *rand.Rand) (valid bool) {
	text := d.text(r)
	switch r.IntN(6) {
	case 0: // removed
		if err := os.Remove(d.path); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return true
	case 1: // a mistake
		must(t, os.WriteFile(d.path, []byte(strings.Replace(text, "paths", "pahts", 1)), 0o644))
		return false
	case 2: // written in two halves
		half := len(text) / 2
		must(t, os.WriteFile(d.path, []byte(text[:half]), 0o644))
		time.Sleep(time.Duration(r.IntN(300)) * time.Millisecond)
		must(t, os.WriteFile(d.path, []byte(text), 0o644))
	default: // renamed into place, as careful tools do
		must(t, os.WriteFile(d.path+".new", []byte(text), 0o644))
		must(t, os.Rename(d.path+".new", d.path))
	}
	return true
}

// TestReloadUnderLoad edits drop-ins again and again while three applications
// write. The input in the main file is never touched, and must never notice.
func TestReloadUnderLoad(t *testing.T) {
	edits := full(60, 500)
	r := random(t)
	s := newSink(t, 8, "steady", "beta", "gamma")
	a := newAgent(t, s, config{paths: []string{"steady.log"}})
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
	within(t, 20*time.Second, "the agent answers", func() bool { return a.status() != nil })

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
				if n%400 == 0 {
					one.rename(one.path(), one.dated(uint64(n)))
					one.open(one.path())
				}
			}
		})
	}
	drops := []*dropIn{
		{a: a, s: s, app: "beta", path: filepath.Join(a.dir, "conf.d", "beta.hcl")},
		{a: a, s: s, app: "gamma", path: filepath.Join(a.dir, "conf.d", "gamma.hcl")},
	}
	valid := 0
	for range edits {
		a.mustRun()
		if drops[r.IntN(2)].edit(t, r) {
			valid++
		}
		time.Sleep(time.Duration(200+r.IntN(800)) * time.Millisecond)
	}
	for _, d := range drops {
		must(t, os.WriteFile(d.path, []byte(d.text(r)), 0o644))
	}
	close(done)
	writers.Wait()
	within(t, time.Minute, "everything has arrived", func() bool { return s.missing(journals()...) == 0 })
	reloads, refused := a.timesLogged("configuration reloaded"), a.timesLogged("not in force")
	a.stop()
	result := s.result(journals()...)
	t.Logf("%d edits, %d of them valid; %d reloads, %d refused; %s", edits, valid, reloads, refused, result.String())
	if !result.OK() || result.Duplicated > 0 {
		t.Errorf("not exactly once: %v", result.Examples)
	}
	if reloads < valid/4 || refused == 0 {
		t.Errorf("too little happened")
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
	within(t, 20*time.Second, "the first line arrives", func() bool { return s.missing(beta.written()) == 0 })
	s.Away()
	for range 3 { // the last of them are not even begun
		beta.write(1 << 20)
		info := beta.info()
		within(t, 10*time.Second, "the agent holds the file", func() bool { return a.holds(info) })
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
		within(t, 30*time.Second, "the edit takes effect", func() bool { return a.timesLogged("configuration reloaded") == reloads+i+1 })
	}
	s.Back()
	within(t, time.Minute, "everything has arrived", func() bool { return s.missing(beta.written()) == 0 })
	a.stop()
	result := s.result(beta.written())
	t.Logf("%d lines unread in deleted files at the reloads; %s", unread, result.String())
	if !result.OK() || unread < 3<<20/lineBytes {
		t.Errorf("not whole, or too little happened: %v", result.Examples)
	}
}
