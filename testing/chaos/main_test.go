package chaos

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"shipper/testing/process"
)

// shared is what all tests use.
var shared struct {
	dir    string
	once   sync.Once
	binary string
	err    error
}

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "shipper-chaos-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	shared.dir = dir
	return m.Run()
}

// program is the path of the shipped program, built once, or of the one that
// SHIPPER_CHAOS_BINARY names.
func program(t *testing.T) string {
	t.Helper()
	shared.once.Do(func() {
		if shared.binary = os.Getenv("SHIPPER_CHAOS_BINARY"); shared.binary != "" {
			return
		}
		shared.binary, shared.err = process.Build(filepath.Join("..", ".."), shared.dir)
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.binary
}

// torture tells whether the tests are to run in full.
func torture() bool { return os.Getenv("SHIPPER_TORTURE") != "" }

// full chooses between the bounded share and the whole.
func full[T any](share, whole T) T {
	if torture() {
		return whole
	}
	return share
}

// random returns the test's source of chance and says how to repeat it.
func random(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("SHIPPER_CHAOS_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	mode := ""
	if torture() {
		mode = "SHIPPER_TORTURE=1 "
	}
	t.Logf("repeat with: %sSHIPPER_CHAOS_SEED=%d go test -count=1 -v -run '^%s$' ./testing/chaos", mode, seed, t.Name())
	return rand.New(rand.NewPCG(seed, seed))
}

// must ends the test on an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func mib(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }
