package operate

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"shipper/agent"
	"shipper/agent/config"
)

// live is an agent that ships files of logs to a file.
type live struct {
	t       *testing.T
	address string // that it listens on
	logs    string // directory
	config  string // file
}

// start runs an agent until the test ends. Further settings of the input and
// further blocks may be given.
func start(t *testing.T, blocks string) *live {
	t.Helper()
	dir := t.TempDir()
	l := &live{t: t, address: freeAddress(t), logs: filepath.Join(dir, "logs"), config: filepath.Join(dir, "shipper.hcl")}
	if err := os.Mkdir(l.logs, 0o700); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(`
agent {
  state_dir = %q
  listen    = %q
}
input "logfile" "app" {
  paths  = ["%s/*.log"]
  output = output.file.copy
}
output "file" "copy" {
  path = %q
}
`, filepath.Join(dir, "state"), l.address, l.logs, filepath.Join(dir, "copy"))
	l.rewrite(text + blocks)
	cfg, found := config.Load(l.config)
	if found.HasErrors() {
		t.Fatalf("%v", found)
	}
	a, err := agent.New(cfg, agent.Options{Log: slog.New(slog.DiscardHandler), Version: "1.2.3", Path: l.config})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	until(t, "the agent answers", func() bool {
		response, err := http.Get("http://" + l.address + "/healthz")
		if err != nil {
			return false
		}
		return response.Body.Close() == nil
	})
	return l
}

func (l *live) rewrite(text string) {
	l.t.Helper()
	if err := os.WriteFile(l.config, []byte(text), 0o600); err != nil {
		l.t.Fatal(err)
	}
}

func (l *live) write(name, text string) {
	l.t.Helper()
	if err := os.WriteFile(filepath.Join(l.logs, name), []byte(text), 0o600); err != nil {
		l.t.Fatal(err)
	}
}

// get is what the agent answers.
func (l *live) get(path string) string {
	l.t.Helper()
	response, err := http.Get("http://" + l.address + path)
	if err != nil {
		l.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		l.t.Fatal(err)
	}
	return string(body)
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func until(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !happened(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}
