package chaos

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"shipper/testing/await"
	"shipper/testing/workload"
)

// sample is one of conf.d, and what happens to the logs that it is for.
type sample struct {
	file   string
	logs   []string // that are written, below the root; their base names are the sources
	others []string // that must not be shipped
	before string   // what lines begin with, before the words of their own
	keeps  bool     // before is part of the record
	apart  bool     // every file is a log of its own
	rotate func(*app)
}

// dated names the next rotated generation in a way.
func dated(format string) func(*app) string {
	return func(a *app) string {
		return fmt.Sprintf(format, strings.TrimSuffix(a.path(), ".log"), a.generation())
	}
}

// rolled is how a logging library rotates: it closes the file and renames it, goes on
// in a new one, and compresses the old.
func rolled(name func(*app) string) func(*app) {
	return func(a *app) {
		to := name(a)
		a.rename(a.path(), to)
		a.open(a.path())
		a.write(4 << 10)
		a.compress(to)
	}
}

// logrotate does what it does with `create` and `compress`: the application writes to
// the old file until it has heard the signal.
func logrotate(delaycompress bool) func(*app) {
	return func(a *app) {
		if delaycompress && exists(a.path()+".1") {
			a.compress(a.path() + ".1")
		}
		last := 0
		for exists(fmt.Sprintf("%s.%d.gz", a.path(), last+1)) {
			last++
		}
		for ; last > 0; last-- {
			a.rename(fmt.Sprintf("%s.%d.gz", a.path(), last), fmt.Sprintf("%s.%d.gz", a.path(), last+1))
		}
		a.rename(a.path(), a.path()+".1")
		f, err := os.OpenFile(a.path(), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
		must(a.t, err)
		must(a.t, f.Close())
		a.write(8 << 10)
		a.open(a.path())
		if !delaycompress {
			a.compress(a.path() + ".1")
		}
	}
}

// kubelet rotates the log of a container: what it rotated before is compressed, the
// live file gets the time as its name, and the runtime is told to open another one.
func kubelet(a *app) {
	name := func(n uint64) string { return fmt.Sprintf("%s.20260131-10%02d00", a.path(), n) }
	if n := a.generation(); n > 0 {
		old := name(n - 1)
		must(a.t, os.Rename(old, old+".tmp")) // kubelet writes OLD.tmp, and renames that
		a.compress(old + ".tmp")
		must(a.t, os.Rename(old+".tmp.gz", old+".gz"))
	}
	a.rename(a.path(), name(a.generation()))
	a.write(8 << 10) // the runtime is told now
	a.open(a.path())
}

// flume is done with a file of its spooling directory, and another one is put there.
func flume(a *app) {
	a.rename(a.path(), a.path()+".COMPLETED")
	a.at = filepath.Join(filepath.Dir(a.at), fmt.Sprintf("invoices-%d.csv", len(a.finished)))
	a.open(a.path())
}

// railsProcess ends, and its file is compressed and stays; another one begins a file of its
// own.
func railsProcess(a *app) {
	ended := a.path()
	a.at = filepath.Join(filepath.Dir(ended), fmt.Sprintf("events.%d.log", 10_000+len(a.finished)))
	a.open(a.path())
	a.compress(ended)
}

var samples = []sample{
	{file: "nginx", logs: []string{"var/log/nginx/access.log", "var/log/nginx/shop.access.log", "var/log/nginx/error.log"}, rotate: logrotate(true)},
	{file: "syslog", logs: []string{"var/log/syslog", "var/log/auth.log"}, others: []string{"var/log/dpkg.log"}, rotate: logrotate(true)},
	{file: "syslog", logs: []string{"var/log/messages", "var/log/secure"}, rotate: logrotate(false)},
	{file: "java", logs: []string{"var/log/java/shop/shop.log", "var/log/java/pay/pay.log"}, others: []string{"var/log/java/shop/gc.log"},
		before: "2026-01-31T10:00:00.123+01:00 INFO ", keeps: true, rotate: rolled(dated("%s.2026-01-31.%d.log"))},
	{file: "java", logs: []string{"var/log/java/shop/shop.log"}, before: "2026-01-31T10:00:00.123+01:00 INFO ", keeps: true,
		rotate: rolled(dated("%s-2026-01-31-%d.log"))},
	{file: "kubernetes", logs: []string{"var/log/pods/shop_web-7d4_0b5c/nginx/0.log", "var/log/pods/shop_web-7d4_0b5c/cache/1.log"},
		before: "2026-01-31T10:00:00.123456789Z stdout F ", rotate: kubelet},
	{file: "rails", logs: []string{"var/log/rails/shop/events.4711.log", "var/log/rails/pay/events.17.log"}, apart: true, rotate: railsProcess},
	{file: "beside-fluentd", logs: []string{"var/log/orders/orders.log"}, others: []string{"var/log/orders/debug.log"}, rotate: logrotate(true)},
	{file: "beside-flume", logs: []string{"var/log/billing/billing.log"}, rotate: rolled(dated("%s.log.2026-01-31.%d"))},
	{file: "beside-flume", logs: []string{"var/spool/billing/invoices-1.csv"}, apart: true, rotate: flume},
}

// TestSamples runs the samples of conf.d that are for logs which rotate: as they are,
// below another root, with everything happening that they are for, while all is well,
// while the broker is away, and while the agent is stopped.
func TestSamples(t *testing.T) {
	for _, sm := range samples {
		t.Run(sm.file+"/"+filepath.Base(sm.logs[0]), func(t *testing.T) {
			t.Parallel()
			sm.run(t)
		})
	}
}

func (sm *sample) run(t *testing.T) {
	var sources []string
	for _, log := range sm.logs {
		sources = append(sources, filepath.Base(log))
	}
	expected := slices.Clone(sources)
	for n := 1; sm.apart && n < 10; n++ {
		for _, source := range sources {
			expected = append(expected, fmt.Sprintf("%s#%d", source, n))
		}
	}
	s := newSink(t, 4, expected...)
	if sm.keeps {
		s.before = sm.before
	}
	ag := newSample(t, s, sm)
	var apps []*app
	for i, log := range sm.logs {
		a := newApp(t, ag.dir, sources[i])
		a.at, a.before, a.apart = filepath.Join(ag.dir, log), sm.before, sm.apart
		must(t, os.MkdirAll(filepath.Dir(a.at), 0o755))
		a.open(a.path())
		apps = append(apps, a)
	}
	for _, other := range sm.others {
		must(t, os.WriteFile(filepath.Join(ag.dir, other), []byte("a line for nobody\n"), 0o644))
	}
	journals := func() (all []workload.Journal) {
		for _, a := range apps {
			all = append(all, a.journals()...)
		}
		return all
	}
	write := func(n int) {
		for _, a := range apps {
			a.write(n)
		}
	}
	rotate := func() {
		write(200 << 10)
		for _, a := range apps {
			sm.rotate(a)
		}
		write(100 << 10)
	}
	arrives := func() {
		t.Helper()
		await.True(t, time.Minute, "all lines arrive", func() bool { return s.missing(journals()...) == 0 })
	}
	ag.start()
	await.True(t, time.Minute, "the agent knows all logs", func() bool { st := ag.status(); return st != nil && len(st.Files) >= len(apps) })
	write(50 << 10)
	arrives()
	rotate()
	rotate()
	arrives()

	s.Away()
	rotate()
	rotate()
	waiting := s.missing(journals()...)
	s.Back()
	arrives()

	ag.stop()
	rotate()
	rotate()
	stopped := s.missing(journals()...)
	ag.start()
	arrives()
	rotate()
	arrives()
	ag.stop()
	r := s.result(journals()...)
	t.Logf("%d lines waited for the broker, %d for the agent; %s", waiting, stopped, r.String())
	if !r.OK() || r.Duplicated > 0 {
		t.Errorf("not each line once and in order: %v", r.Examples)
	}
	if least := uint64(len(apps) * 400 << 10 / lineBytes); waiting < least || stopped < least {
		t.Errorf("too little waited")
	}
}

// newSample makes an agent whose drop-ins are the sample and that of the outputs, with
// its own directory as their root, and the sink as their broker.
func newSample(t *testing.T, s *sink, sm *sample) *agent {
	t.Helper()
	a := newPlace(t)
	must(t, os.WriteFile(a.configPath(), fmt.Appendf(nil, "agent {\n  state_dir = %q\n  listen = \"off\"\n  log_format = \"json\"\n}\n", a.stateDir()), 0o644))
	must(t, os.Mkdir(filepath.Join(a.dir, "conf.d"), 0o755))
	redirect := strings.NewReplacer("/var/log/", a.dir+"/var/log/", "/var/spool/", a.dir+"/var/spool/", "localhost:9092", s.Addr())
	for _, file := range []string{sm.file, "outputs"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "conf.d", file+".hcl"))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(a.dir, "conf.d", file+".hcl"), []byte(redirect.Replace(string(text))), 0o644))
	}
	return a
}
