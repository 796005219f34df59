package replay_test

import (
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/twmb/franz-go/pkg/kfake"

	"shipper/agent/config"
	"shipper/agent/replay"
	"shipper/testing/oracle"
)

// world is logs of some megabytes, plain and compressed, and a cluster.
type world struct {
	t       *testing.T
	dir     string
	brokers []string
	cfg     *config.Config
	lines   int
}

const perFile = 30_000

func newWorld(t *testing.T) *world {
	t.Helper()
	fake, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, "events"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	w := &world{t: t, dir: t.TempDir(), brokers: fake.ListenAddrs()}
	if err := os.Mkdir(filepath.Join(w.dir, "logs"), 0o755); err != nil {
		t.Fatal(err)
	}
	gz := func(f io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(f), nil }
	zst := func(f io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(f) }
	w.write("a.log", nil)
	w.write("a.log.1", nil)
	w.write("b.log.1.gz", gz)
	w.write("b.log.2.zst", zst)
	main := filepath.Join(w.dir, "shipper.hcl")
	text := fmt.Sprintf(`
agent {
  state_dir = %q
  listen    = "off"
}
input "logfile" "in" {
  paths  = [%q]
  output = output.kafka.events
  topic  = "events"
}
output "kafka" "events" {
  brokers             = ["%s"]
  replication_factor  = 1
  min_insync_replicas = 1
  max_rate            = "2MiB"
  compression         = "none"
}
`, filepath.Join(w.dir, "state"), filepath.Join(w.dir, "logs")+"/*.log", strings.Join(w.brokers, `", "`))
	if err := os.WriteFile(main, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, found := config.Load(main)
	if found.HasErrors() {
		t.Fatal(found)
	}
	w.cfg = cfg
	return w
}

func (w *world) write(name string, pack func(io.Writer) (io.WriteCloser, error)) {
	w.t.Helper()
	f, err := os.Create(filepath.Join(w.dir, "logs", name))
	if err != nil {
		w.t.Fatal(err)
	}
	defer f.Close()
	var out io.WriteCloser = f
	if pack != nil {
		if out, err = pack(f); err != nil {
			w.t.Fatal(err)
		}
	}
	for i := range perFile {
		fmt.Fprintf(out, "%s %06d %s\n", name, i, strings.Repeat("x", i%100))
		w.lines++
	}
	if pack != nil {
		if err := out.Close(); err != nil {
			w.t.Fatal(err)
		}
	}
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(f.Name(), old, old); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) plan(change func(*replay.Options)) *replay.Plan {
	w.t.Helper()
	o := &replay.Options{Config: w.cfg, Args: []string{filepath.Join(w.dir, "logs")}, NewIDs: true, Topic: "events"}
	if change != nil {
		change(o)
	}
	p, err := replay.Make(o)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// held counts the records of the topic by id, and checks that the lines of each file
// are in order, if they are to be.
func (w *world) held(inOrder bool) (distinct, all int) {
	w.t.Helper()
	r, err := oracle.NewReader(w.brokers, "events")
	if err != nil {
		w.t.Fatal(err)
	}
	defer r.Close()
	seen, high := map[[16]byte]bool{}, map[uint64]int64{}
	err = r.ReadToEnd(w.t.Context(), func(r oracle.Record) {
		all++
		id := [16]byte(r.ID)
		generation, offset := binary.BigEndian.Uint64(id[:8]), int64(binary.BigEndian.Uint64(id[8:]))
		if inOrder && !seen[id] && offset < high[generation] {
			w.t.Errorf("generation %x: %d comes after %d", generation, offset, high[generation])
		}
		seen[id], high[generation] = true, max(high[generation], offset)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return len(seen), all
}

// A replay that is interrupted goes on where it was, with the same plan; when it is
// done nothing of it is left, and what it said before is what it did. Plain, gzip
// and zstd.
func TestInterruptedReplayGoesOn(t *testing.T) {
	w := newWorld(t)
	p := w.plan(nil)
	counts, err := p.Count(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	total := int64(0)
	for _, n := range counts {
		total += n
	}
	if len(p.Files) != 4 || total != int64(w.lines) {
		t.Fatalf("the plan has %d files and %d records, want 4 and %d", len(p.Files), total, w.lines)
	}
	log := slog.New(slog.DiscardHandler)
	var stopped replay.Progress
	ctx, cancel := context.WithCancel(t.Context())
	err = p.Run(ctx, log, func(x replay.Progress) {
		if stopped = x; x.Done > x.Total/5 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || stopped.Done >= stopped.Total {
		t.Fatalf("%v at %d of %d bytes, it was to be interrupted", err, stopped.Done, stopped.Total)
	}
	again := w.plan(nil)
	if !again.Resumed {
		t.Fatal("the plan was not found again")
	}
	var done replay.Progress
	if err := again.Run(t.Context(), log, func(x replay.Progress) { done = x }); err != nil {
		t.Fatal(err)
	}
	if done.Done != done.Total || done.Records >= total {
		t.Errorf("%+v, and %d records are all of them: what was shipped before is not shipped again", done, total)
	}
	distinct, all := w.held(true)
	if distinct != w.lines || all != w.lines {
		t.Errorf("the topic holds %d records, %d different ones, want %d", all, distinct, w.lines)
	}
	if left, _ := filepath.Glob(filepath.Join(w.dir, "state", "replay", "*")); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
}

// What the topic has already is left out, exactly.
func TestSkipDelivered(t *testing.T) {
	w := newWorld(t)
	log := slog.New(slog.DiscardHandler)
	some := w.plan(func(o *replay.Options) {
		o.Args = []string{filepath.Join(w.dir, "logs", "a.log.1")}
		o.From, o.To = 100_000, 900_000
	})
	shipped, err := some.Count(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := some.Run(t.Context(), log, func(replay.Progress) {}); err != nil {
		t.Fatal(err)
	}
	rest := w.plan(func(o *replay.Options) { o.SkipDelivered = true })
	counts, err := rest.Count(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	n := int64(0)
	for _, c := range counts {
		n += c
	}
	if want := int64(w.lines) - shipped[0]; n != want || shipped[0] < 1000 {
		t.Errorf("%d records are to be shipped, want %d: %d are there", n, want, shipped[0])
	}
	if err := rest.Run(t.Context(), log, func(replay.Progress) {}); err != nil {
		t.Fatal(err)
	}
	if distinct, all := w.held(false); distinct != w.lines || all != w.lines {
		t.Errorf("the topic holds %d records, %d different ones, want %d", all, distinct, w.lines)
	}
}
