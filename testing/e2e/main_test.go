package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"shipper/testing/cluster"
	"shipper/testing/process"
)

// shared is what all tests use.
var shared struct {
	dir     string
	once    sync.Once
	kafka   *cluster.Cluster
	err     error
	binOnce sync.Once
	binary  string
	binErr  error
}

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "shipper-e2e-")
	if err == nil {
		err = os.Chmod(dir, 0o755) // one test runs the program as somebody else
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	shared.dir = dir
	defer func() {
		if shared.kafka != nil {
			shared.kafka.Close()
		}
	}()
	return m.Run()
}

// kafka is the cluster, started when the first test asks for it.
func kafka(t *testing.T) *cluster.Cluster {
	t.Helper()
	shared.once.Do(func() {
		begun := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute) // with installation
		defer cancel()
		shared.kafka, shared.err = cluster.Start(ctx, filepath.Join(shared.dir, "kafka"), cluster.Options{})
		t.Logf("Apache Kafka %s serves after %.1f s", cluster.Version, time.Since(begun).Seconds())
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.kafka
}

// program is the path of the shipped program, built once, or of the build that
// SHIPPER_E2E_BINARY names, for one with the race detector.
func program(t *testing.T) string {
	t.Helper()
	shared.binOnce.Do(func() {
		if shared.binary = os.Getenv("SHIPPER_E2E_BINARY"); shared.binary != "" {
			return
		}
		shared.binary, shared.binErr = process.Build(filepath.Join("..", ".."), shared.dir)
	})
	if shared.binErr != nil {
		t.Fatal(shared.binErr)
	}
	return shared.binary
}

// random returns the test's source of chance and says how to repeat it.
func random(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("SHIPPER_E2E_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("repeat with: SHIPPER_E2E_SEED=%d go test -count=1 -v -run '^%s$' ./testing/e2e", seed, t.Name())
	return rand.New(rand.NewPCG(seed, seed))
}

// limit ends the test's waiting after d.
func limit(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

// newTopic creates a topic named after the test.
func newTopic(ctx context.Context, t *testing.T, c *cluster.Cluster, partitions int32) string {
	t.Helper()
	name := topicName(t)
	if err := c.CreateTopic(ctx, name, partitions, 3, nil); err != nil {
		t.Fatal(err)
	}
	return name
}

// must ends the test on an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
