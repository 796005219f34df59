package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"shipper/agent/failover"
	"shipper/agent/routes"
	"shipper/agent/stored"
	"shipper/checkpoint"
	"shipper/checkpoint/disk"
	"shipper/inputs"
	"shipper/inputs/logfile"
	"shipper/inputs/logfile/vfs"
	"shipper/outputs"
	"shipper/outputs/quarantine"
)

// scripted is an output that answers as the test says and remembers all it saw.
type scripted struct {
	mu       sync.Mutex
	answer   func(n int, b *outputs.Batch) outputs.Fate // n counts attempts from 0
	attempts []attempted
	taken    []string // values of acknowledged records, in order
	busy     map[outputs.Shard]bool
	overlap  bool // two batches of a shard were under way at once
	shards   int32
	shift    int32 // added to the choice of a shard
	unknown  bool
	closed   bool   // the gate: it refuses everything, and says so beforehand
	peer     string // of all shards
	batch    int    // bytes, default 4096
	deaf     bool   // it acknowledges everything and only counts the records
	count    atomic.Int64
	requests [][]outputs.Shard
	id       string        // of the cluster
	unheard  bool          // no cluster has answered
	hangs    chan struct{} // not nil: told of each Write, which then answers nothing until it is cut off
}

type attempted struct {
	values []string
	repeat bool
	state  outputs.State
	at     time.Time
}

var errScripted = errors.New("scripted")

func (o *scripted) Shape() outputs.Shape {
	return outputs.Shape{BatchBytes: cmp.Or(o.batch, 4096), Linger: time.Millisecond}
}

func (o *scripted) Shard(s *inputs.Stream) (outputs.Shard, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.unknown {
		return outputs.Shard{}, fmt.Errorf("topic %s is unknown", s.Topic)
	}
	h := int32(0)
	for _, c := range s.Name {
		h = h*31 + c
	}
	return outputs.Shard{Topic: s.Topic, Partition: (h&0x7fff)%max(1, o.shards) + o.shift}, nil
}

// sharing is how many shards were in the newest request that had s.
func (o *scripted) sharing(s outputs.Shard) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, shards := range slices.Backward(o.requests) {
		if slices.Contains(shards, s) {
			return len(shards)
		}
	}
	return 0
}

func (o *scripted) Peer(outputs.Shard) string { return o.peer }

func (o *scripted) Write(ctx context.Context, batches []*outputs.Batch) {
	if o.hangs != nil {
		o.hangs <- struct{}{}
		<-ctx.Done()
		for _, b := range batches {
			b.Fate = outputs.Fate{State: outputs.Unresolved, Err: ctx.Err()}
		}
		return
	}
	if o.deaf {
		for _, b := range batches {
			b.Fate = outputs.Fate{State: outputs.Acked, BaseOffset: -1}
			o.count.Add(int64(b.Len()))
		}
		return
	}
	var shards []outputs.Shard
	for _, b := range batches {
		shards = append(shards, b.Shard)
	}
	o.mu.Lock()
	o.requests = append(o.requests, shards)
	o.mu.Unlock()
	for _, b := range batches {
		o.mu.Lock()
		if o.busy[b.Shard] {
			o.overlap = true
		}
		if o.busy == nil {
			o.busy = map[outputs.Shard]bool{}
		}
		o.busy[b.Shard] = true
		n := len(o.attempts)
		var values []string
		for i := range b.Segments {
			for j := range b.Segments[i].Len() {
				_, v, _ := b.Segments[i].At(j)
				values = append(values, string(v))
			}
		}
		o.mu.Unlock()
		fate := outputs.Fate{State: outputs.Acked, BaseOffset: -1}
		if o.answer != nil {
			fate = o.answer(n, b)
		}
		b.Fate = fate
		o.mu.Lock()
		o.attempts = append(o.attempts, attempted{values: values, repeat: b.Repeat, state: fate.State, at: time.Now()})
		if fate.State == outputs.Acked {
			o.taken = append(o.taken, values...)
		}
		o.busy[b.Shard] = false
		o.mu.Unlock()
	}
}

func (o *scripted) Ready(outputs.Shard) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return !o.closed
}

func (o *scripted) Check(context.Context, []string) []outputs.Finding { return nil }
func (o *scripted) Status() outputs.Status                            { return outputs.Status{Healthy: true} }
func (o *scripted) Close(context.Context) error                       { return nil }

func (o *scripted) Identity() (string, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.id, !o.unheard
}

// answerAs lets another cluster answer from now on.
func (o *scripted) answerAs(id string, heard bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.id, o.unheard = id, !heard
}

func (o *scripted) delivered() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]string(nil), o.taken...)
}

func (o *scripted) seen() []attempted {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]attempted(nil), o.attempts...)
}

// rig is a pipeline with one input on real files and a scripted output.
type rig struct {
	t          *testing.T
	dir        string
	state      string
	out        *scripted
	store      *checkpoint.Store
	log        *slog.Logger
	pipe       *Pipeline
	route      *routes.Route
	lanes      int
	idleToMove time.Duration             // 0 for the pipeline's own
	fs         vfs.FS                    // nil for the real one
	disk       disk.FS                   // of the state, nil for the real one
	told       func(*logfile.Completion) // nil for nobody
	aside      *failover.Aside           // of the route, nil without a failover
	input      *logfile.Input
	cancel     context.CancelFunc
	done       sync.WaitGroup
}

func newRig(t *testing.T, out *scripted) *rig {
	return &rig{t: t, dir: t.TempDir(), state: t.TempDir(), out: out, lanes: 3}
}

func (r *rig) path(name string) string { return filepath.Join(r.dir, name) }

func (r *rig) write(name, text string) {
	r.t.Helper()
	f, err := os.OpenFile(r.path(name), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if _, err := io.WriteString(f, text); err != nil {
		r.t.Fatal(err)
	}
}

// begin starts on a.log with n new lines, which it returns.
func (r *rig) begin(name string, n int) []string {
	r.t.Helper()
	all, text := lines(name, n)
	r.write("a.log", text)
	r.start(nil)
	return all
}

// start builds the parts on the rig's directories, as a new process would.
func (r *rig) start(change func(*logfile.Config)) {
	r.t.Helper()
	log := slog.New(slog.NewTextHandler(r.t.Output(), nil))
	store, err := checkpoint.Open(r.state, checkpoint.Options{Log: log, FS: r.disk})
	if err != nil {
		r.t.Fatal(err)
	}
	r.store, r.log = store, log
	state := store.State()
	parts := Parts{Output: r.out, Quarantine: quarantine.NewFile(filepath.Join(r.state, "quarantine.jsonl"), 1<<20, log)}
	r.pipe = New(Config{
		Name: "scripted.out", Parts: parts, Lanes: r.lanes, Buffer: 64<<10 + r.out.batch,
		Choices: state.Choices, Store: store, Log: log, IdleToMove: r.idleToMove,
	})
	r.open(change)
	r.pipe.Start()
}

// open makes and starts the input, with what the state has of it by now.
func (r *rig) open(change func(*logfile.Config)) {
	r.t.Helper()
	store, state, log := r.store, r.store.State(), r.log
	table := routes.New(state, nil)
	known, _ := table.Number(checkpoint.Route{Input: "in", Output: "scripted.out"}, nil)
	store.Commit(&checkpoint.Changes{Routes: table.Fresh()})
	r.route = routes.NewRoute(known, 0)
	cfg := logfile.Config{Label: "in", Paths: []string{r.dir + "/*.log"}, MaxLine: 8 << 10, ScanInterval: 50 * time.Millisecond}
	if change != nil {
		change(&cfg)
	}
	pipe, route := r.pipe, r.route
	if r.aside != nil {
		route.Follow(r.aside, 1, "scripted.aside", pipe.Diverting)
	}
	input, err := logfile.New(cfg, logfile.Env{
		Log: log, AgentID: "agent", Host: "host", Routes: 1, Saved: stored.For(state, "in", []checkpoint.RouteID{1}),
		Descriptors: logfile.NewDescriptors(64), FS: r.fs, Elsewhere: failover.Places{r.aside},
		Wake:     func(list []*logfile.Cursor) { pipe.Wake(route, list) },
		Forget:   func(ids []uint64) { store.Commit(&checkpoint.Changes{Forget: ids}) },
		Complete: r.told,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.input, r.cancel = input, cancel
	r.done.Go(func() { _ = input.Run(ctx) })
}

// heir makes a pipeline whose output is to replace the rig's.
func (r *rig) heir(out outputs.Output) *Pipeline {
	return New(Config{
		Name: "scripted.out", Parts: Parts{Output: out, Quarantine: r.pipe.parts.Load().Quarantine}, Lanes: 2, Buffer: 32 << 10,
		Store: r.store, Log: r.log,
	})
}

// stop ends the parts softly.
func (r *rig) stop() {
	r.t.Helper()
	r.cancel()
	r.done.Wait()
	if r.pipe.life != nil {
		r.pipe.Halt(time.Minute)
	}
	_ = r.input.Close()
	if err := r.store.Close(); err != nil {
		r.t.Error(err)
	}
}

// patience is for what comes at once where nothing is wrong.
const patience = time.Minute

// waitsFor fails if work returns before release is closed, which it does then.
func waitsFor(t *testing.T, what string, release chan struct{}, work func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		work()
	}()
	select {
	case <-done:
		t.Fatalf("nobody waited for %s", what)
	case <-time.After(50 * time.Millisecond):
	}
	close(release)
	<-done
}

// until waits for the acknowledged records to be exactly want.
func (r *rig) until(want []string) {
	r.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		got := r.out.delivered()
		if len(got) >= len(want) || time.Now().After(deadline) {
			if strings.Join(got, "\n") != strings.Join(want, "\n") {
				r.t.Fatalf("delivered %d records %.300q, want %d %.300q", len(got), got, len(want), want)
			}
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// lines makes n lines that start with prefix, and the same joined as a file.
func lines(prefix string, n int) ([]string, string) {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("%s-%04d", prefix, i)
	}
	return all, strings.Join(all, "\n") + "\n"
}
