package failover

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"shipper/outputs/s3"
	"shipper/outputs/s3/object"
	"shipper/testing/process"
	"shipper/testing/store"
)

var shared struct {
	dir, program string
	store        *store.Store
}

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "shipper-failover-")
	if err == nil {
		defer os.RemoveAll(dir)
		shared.dir = dir
		shared.program, err = process.Build("../..", dir)
	}
	if err == nil {
		shared.store, err = store.Start(context.Background(), "../..", dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer shared.store.Stop()
	return m.Run()
}

var buckets atomic.Int64

// What batches and objects are limited to, so that a few lines are many of them.
const (
	batchSize  = 16 << 10
	objectSize = 64 << 10
)

// story is one agent with its logs, its Kafka and its bucket.
type story struct {
	t     *testing.T
	dir   string
	in    string // directory of the logs
	kafka *broker
	proxy *store.Proxy
	s3    *s3.Output
	where string   // the bucket
	env   []string // of the agent, beside what lets it reach the store
	logs  map[string]*log

	mu     sync.Mutex
	agent  *process.Process
	events []string
	// lenient lets objects stay that nobody asks for: answers were lost.
	lenient bool
	edge    string // at which the agent is killed, "" at none
	killAt  int    // the number of the event at which it is; 0: at none
	kills   int
}

// log is what one application has written.
type log struct {
	path   string
	lines  int
	bytes  int64 // of all generations
	rotate int
}

// settings are what stories differ by. What is empty is as most want it.
type settings struct {
	killAt   int    // the number of the event at which the agent is killed; 0: at none
	logs     string // directory
	failover string // the block's keys
	kafka    string // those of the output to Kafka
	bucket   string // those of the output to the bucket
}

func (c settings) filled(dir string) settings {
	return settings{
		killAt:   c.killAt,
		logs:     cmp.Or(c.logs, filepath.Join(dir, "logs")),
		failover: cmp.Or(c.failover, "after = \"1s\"\n    return_after = \"0s\""),
		kafka:    cmp.Or(c.kafka, fmt.Sprintf("batch_size = %d", batchSize)),
		bucket:   cmp.Or(c.bucket, fmt.Sprintf("object_size = %d", objectSize)),
	}
}

func newStory(t *testing.T, c settings) *story {
	t.Helper()
	s := &story{t: t, dir: t.TempDir(), logs: map[string]*log{}, killAt: c.killAt, where: fmt.Sprintf("failover-%d", buckets.Add(1))}
	c = c.filled(s.dir)
	s.in = c.logs
	s.kafka = newBroker(t, s.event)
	s.proxy = store.NewProxy(shared.store)
	t.Cleanup(s.proxy.Close)
	must(t, shared.store.MakeBucket(s.where))
	s.proxy.Hooks(s.about("before"), s.about("after"))
	var err error
	s.s3, err = s3.Open(s3.Config{Bucket: s.where, Endpoint: shared.store.Endpoint, PathStyle: true, AgentID: "agent-1", Credentials: store.Credentials()})
	must(t, err)
	must(t, os.MkdirAll(s.in, 0o755))
	must(t, os.WriteFile(filepath.Join(s.dir, "shipper.hcl"), fmt.Appendf(nil, `agent {
  id        = "agent-1"
  state_dir = %q
  listen    = "off"
}

input "logfile" "app" {
  paths         = [%q]
  output        = output.kafka.main
  topic         = %q
  key           = "${input} ${host}"
  headers       = { from = "${path}" }
  scan_interval = "300ms"
  quiet_after   = "1s"
}

output "kafka" "main" {
  brokers             = [%s]
  min_insync_replicas = 1
  replication_factor  = 1
  attempt_timeout     = "3s"
  %s
  failover {
    output = output.s3.backup
    %s
  }
}

output "s3" "backup" {
  bucket          = %q
  endpoint        = %q
  path_style      = true
  max_age         = "1s"
  attempt_timeout = "3s"
  %s
}
`, filepath.Join(s.dir, "state"), filepath.Join(s.in, "*.log"), topic, s.kafka.addresses(), c.kafka, c.failover, s.where, s.proxy.URL, c.bucket), 0o644))
	t.Cleanup(func() {
		s.stop()
		if t.Failed() {
			said, _ := os.ReadFile(filepath.Join(s.dir, "agent.log"))
			t.Logf("the agent's log ends:\n%s", said[max(0, len(said)-8000):])
		}
	})
	return s
}

// about makes a hook of the proxy that tells of calls.
func (s *story) about(when string) func(*http.Request) {
	return func(r *http.Request) {
		what := r.Method
		switch {
		case store.IsList(r):
			what = "LIST"
		case strings.HasSuffix(store.Key(r), object.Returned):
			what = "MARK"
		}
		s.event(when + " " + what)
	}
}

// event counts, and kills the agent if its number is due.
func (s *story) event(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, name)
	if len(s.events) == s.killAt {
		s.killNow()
	}
}

// killNow kills and starts the agent again; the caller holds mu.
func (s *story) killNow() {
	if s.agent.Running() {
		_ = s.agent.Kill()
		s.kills++
		s.begin()
	}
}

func (s *story) start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begin()
}

func (s *story) begin() {
	cmd := exec.Command(shared.program, "run", "--config", filepath.Join(s.dir, "shipper.hcl"))
	cmd.Env = append(environment(), s.env...)
	var err error
	if s.agent, err = process.Start(cmd, filepath.Join(s.dir, "agent.log")); err != nil {
		s.t.Error(err)
	}
}

// environment lets a program reach the store.
func environment() []string {
	return append(os.Environ(), "AWS_ACCESS_KEY_ID="+store.AccessKey, "AWS_SECRET_ACCESS_KEY="+store.SecretKey)
}

func (s *story) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.agent.Running() {
		_ = s.agent.Kill()
	}
}

// restart kills the agent and starts it again.
func (s *story) restart() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.killNow()
}

// killed is how often the agent was killed.
func (s *story) killed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kills
}

// said tells how often the agent's log has a text.
func (s *story) said(text string) int {
	b, _ := os.ReadFile(filepath.Join(s.dir, "agent.log"))
	return strings.Count(string(b), text)
}

// killAtEdge kills when an edge is logged.
func (s *story) killAtEdge(edge string) {
	s.edge = edge
	go func() {
		for s.t.Context().Err() == nil {
			if s.said(edge) > 0 {
				s.restart()
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
}

// words are what most lines end with.
const words = "some words of an application that has much to say"

// write appends lines to a log.
func (s *story) write(name string, n int) {
	s.t.Helper()
	must(s.t, s.append(name, n, words))
}

// append appends lines that end so to a log. Those that were written count.
func (s *story) append(name string, n int, words string) error {
	l := s.logs[name]
	if l == nil {
		l = &log{path: filepath.Join(s.in, name+".log")}
		s.logs[name] = l
	}
	var b []byte
	for i := range n {
		b = fmt.Appendf(b, "%s %08d %s\n", name, l.lines+i, words)
	}
	f, err := os.OpenFile(l.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	written, err := f.Write(b)
	l.lines += bytes.Count(b[:written], []byte{'\n'})
	l.bytes += int64(written)
	return errors.Join(err, f.Close())
}

// turn rotates a log.
func (s *story) turn(name string) {
	s.t.Helper()
	l := s.logs[name]
	for i := l.rotate; i > 0; i-- {
		must(s.t, os.Rename(fmt.Sprintf("%s.%d", l.path, i), fmt.Sprintf("%s.%d", l.path, i+1)))
	}
	must(s.t, os.Rename(l.path, l.path+".1"))
	l.rotate++
}

// dropOldest deletes the oldest file of a log.
func (s *story) dropOldest(name string) {
	s.t.Helper()
	l := s.logs[name]
	must(s.t, os.Remove(fmt.Sprintf("%s.%d", l.path, l.rotate)))
	l.rotate--
}

// remove deletes all files of a log.
func (s *story) remove(name string) {
	s.t.Helper()
	l := s.logs[name]
	must(s.t, os.Remove(l.path))
	for i := range l.rotate {
		must(s.t, os.Remove(fmt.Sprintf("%s.%d", l.path, i+1)))
	}
	l.rotate = 0
}

func (s *story) written() (bytes int64, lines int) {
	for _, l := range s.logs {
		bytes += l.bytes
		lines += l.lines
	}
	return bytes, lines
}

// untilAside waits until everything is aside but the first bytes.
func (s *story) untilAside(first int64) {
	s.t.Helper()
	s.until("everything is aside", func() bool { b, _ := s.written(); return s.aside() >= b-first })
}

// until polls for a condition.
func (s *story) until(what string, is func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("not after three minutes: %s; events %q", what, s.events)
		}
	}
}

// objects lists the bucket.
func (s *story) objects() []s3.Entry {
	s.t.Helper()
	var all []s3.Entry
	must(s.t, s.s3.List(context.Background(), s.s3.Own(), func(e s3.Entry) error {
		if e.Foreign {
			s.t.Errorf("foreign object %s", e.Key)
		}
		all = append(all, e)
		return nil
	}))
	return all
}

// aside is how many bytes are in the bucket, each counted once.
func (s *story) aside() int64 {
	total, generation, end := int64(0), uint64(0), int64(0)
	for _, e := range s.objects() {
		if e.Name.Generation != generation {
			generation, end = e.Name.Generation, 0
		}
		if e.Name.End > end {
			total += e.Name.End - max(e.Name.Start, end)
			end = e.Name.End
		}
	}
	return total
}

// arrived is how many different records are in the topic.
func (s *story) arrived() int {
	seen := map[string]bool{}
	for _, r := range s.kafka.records(s.t) {
		seen[r.value] = true
	}
	return len(seen)
}

// verdict reads the topic as a consumer that uses the ids would, and demands that
// nothing is lost or out of order.
func (s *story) verdict() (duplicates int64) {
	s.t.Helper()
	type id struct {
		generation uint64
		offset     int64
	}
	seen := map[id]string{}
	next := map[string]int{}
	for _, r := range s.kafka.records(s.t) {
		key := id{r.generation, r.offset}
		if v, ok := seen[key]; ok {
			if v != r.value {
				s.t.Fatalf("one id for %q and %q", v, r.value)
			}
			duplicates += int64(len(r.value)) + 1
			continue
		}
		seen[key] = r.value
		var name string
		var n int
		if _, err := fmt.Sscanf(r.value, "%s %d", &name, &n); err != nil {
			s.t.Fatalf("record %q: %v", r.value, err)
		}
		if n != next[name] {
			s.t.Fatalf("%s: line %d comes when %d is due (of %d)", name, n, next[name], s.logs[name].lines)
		}
		next[name] = n + 1
	}
	for name, l := range s.logs {
		if next[name] != l.lines {
			s.t.Errorf("%s: %d lines of %d arrived", name, next[name], l.lines)
		}
	}
	return duplicates
}

// cpu is what the agent has used since it was started.
func (s *story) cpu() time.Duration {
	s.t.Helper()
	used, err := process.CPU(s.agent.PID())
	must(s.t, err)
	return used
}
