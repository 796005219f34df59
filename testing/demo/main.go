// Demo shows what the agent is for and checks it: four applications write logs
// and rotate them, the agent ships them to Kafka, and meanwhile it is killed
// again and again and the brokers are taken away, for so long that lines go to an
// object store, from where they come back. Then the topic is read back and compared
// with what the applications know to have written, and `shipper verify` does so once
// more with the files.
//
// `make demo` builds what it needs and runs it. Its last line of output is
//
//	written=N delivered=N lost=N duplicated=N reordered=N kills=N rotations=N diverted=N returned=N verified=ok
//
// Exit status: 0 if every line arrived, whole and in order; 1 if not, or if too
// little happened to prove anything.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"shipper/testing/demo/broker"
)

// The topic that the lines go to.
const (
	topic      = "demo"
	partitions = 4
)

// What must have happened at the least.
const (
	minKills     = 3
	minRotations = 20
	minBytes     = 50 << 20
)

type options struct {
	shipper, workload string // binaries
	kafka             string // fake or real
	seed              uint64
	bytes, rate       int64 // of each writer
	rotateSize        int64
	keep              bool
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == broker.Command {
		if err := broker.Run(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "demo broker:", err)
			os.Exit(1)
		}
		return
	}
	var o options
	flag.StringVar(&o.shipper, "shipper", "./shipper", "the agent's binary")
	flag.StringVar(&o.workload, "workload", "", "the binary of testing/workload/cmd/workload")
	flag.StringVar(&o.kafka, "kafka", "fake", "fake: embedded brokers; real: three Apache Kafka nodes")
	flag.Uint64Var(&o.seed, "seed", uint64(time.Now().UnixNano()), "of everything random; the same seed writes the same lines")
	flag.Int64Var(&o.bytes, "bytes", 0, "bytes that each of the four applications writes (default 24 MiB, with real Kafka 40 MiB: it takes its time to come back)")
	flag.Int64Var(&o.rate, "rate", 1200<<10, "bytes a second that each of them writes")
	flag.Int64Var(&o.rotateSize, "rotate-size", 1<<20, "size in bytes at which they rotate")
	flag.BoolVar(&o.keep, "keep", false, "keep the directory with logs, state and configuration")
	flag.Parse()
	if o.bytes == 0 {
		o.bytes = 24 << 20
		if o.kafka == "real" {
			o.bytes = 40 << 20
		}
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ok, err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

// run sets the stage, plays, and takes everything down again. It tells whether
// everything arrived and enough happened.
func run(ctx context.Context, o options) (ok bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends every process that is still there
	dir, err := os.MkdirTemp("", "shipper-demo-")
	if err != nil {
		return false, fmt.Errorf("make directory: %w", err)
	}
	screen := newScreen(os.Stdout)
	defer func() {
		if o.keep || !ok {
			screen.event("logs, state and configuration are left in %s", dir)
		} else {
			_ = os.RemoveAll(dir)
		}
	}()
	logs, journals := filepath.Join(dir, "logs"), filepath.Join(dir, "journals")
	for _, d := range []string{logs, journals} {
		if err := os.Mkdir(d, 0o755); err != nil {
			return false, fmt.Errorf("make directory: %w", err)
		}
	}

	var k broker.Kafka
	switch o.kafka {
	case "fake":
		screen.event("starting three embedded brokers in a process of their own")
		k, err = broker.Start(ctx)
	case "real":
		screen.event("starting three Apache Kafka nodes")
		k, err = broker.StartReal(ctx, dir)
	default:
		err = fmt.Errorf("-kafka=%s: want fake or real", o.kafka)
	}
	if err != nil {
		return false, err
	}
	defer k.Close()
	if err := broker.CreateTopic(ctx, k, topic, partitions); err != nil {
		return false, err
	}
	arrivals, err := newArrivals(k)
	if err != nil {
		return false, err
	}
	defer arrivals.close()
	store, err := startAside()
	if err != nil {
		return false, err
	}
	defer store.close()
	a, err := newAgent(o.shipper, filepath.Join(dir, "agent"), logs, k.Brokers(), store.url)
	if err != nil {
		return false, err
	}
	p := &play{
		options: o, screen: screen, kafka: k, arrivals: arrivals, agent: a, aside: store,
		random: rand.New(rand.NewPCG(o.seed, 1)), logs: logs, journals: journals,
	}
	if err := p.perform(ctx); err != nil {
		return false, err
	}
	result, err := p.readBack(ctx)
	if err != nil {
		return false, err
	}
	reasons := p.verdict(result)
	p.print(os.Stdout, result, reasons)
	return len(reasons) == 0, nil
}

var errInterrupted = errors.New("interrupted")

// sleep waits, and returns an error if ctx ends first.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return errInterrupted
	case <-time.After(d):
		return nil
	}
}
