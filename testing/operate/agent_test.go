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
	"strings"
	"testing"
	"time"

	"shipper/agent"
	"shipper/agent/config"
	"shipper/testing/await"
	"shipper/testing/port"
)

// live is an agent that ships files of logs to a file.
type live struct {
	t       *testing.T
	address string // that it listens on
	client  *http.Client
	token   string // that is shown, "" for none
	logs    string // directory
	config  string // file
}

// start runs an agent until the test ends. Further blocks may be given.
func start(t *testing.T, blocks string) *live {
	t.Helper()
	return startAt(t, "127.0.0.1", "", blocks)
}

// startListening runs one that listens on a port of a host's address, with further
// keys of the block agent.
func startListening(t *testing.T, host, keys string) *live {
	t.Helper()
	return startAt(t, host, keys, "")
}

func startAt(t *testing.T, host, keys, blocks string) *live {
	t.Helper()
	address := freeAddress(t)
	_, port, _ := strings.Cut(address, ":")
	keys = fmt.Sprintf("listen = %q\n  %s", host+":"+port, keys)
	l := startConfigured(t, keys, blocks, func() (net.Conn, error) { return net.Dial("tcp", address) })
	l.address = address
	return l
}

// startConfigured runs one with keys of the block agent and further blocks; dial
// connects to where it listens.
func startConfigured(t *testing.T, keys, blocks string, dial func() (net.Conn, error)) *live {
	t.Helper()
	dir := t.TempDir()
	l := &live{t: t, logs: filepath.Join(dir, "logs"), config: filepath.Join(dir, "shipper.hcl"), client: clientBy(dial)}
	if err := os.Mkdir(l.logs, 0o700); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(`
agent {
  state_dir = %q
  %s
}
input "logfile" "app" {
  paths  = ["%s/*.log"]
  output = output.file.copy
}
output "file" "copy" {
  path = %q
}
`, filepath.Join(dir, "state"), keys, l.logs, filepath.Join(dir, "copy"))
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
	await.True(t, time.Minute, "the agent listens", func() bool {
		c, err := dial()
		return err == nil && c.Close() == nil
	})
	return l
}

// clientBy asks whoever dial reaches, whatever host is named.
func clientBy(dial func() (net.Conn, error)) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext: func(context.Context, string, string) (net.Conn, error) { return dial() }, DisableKeepAlives: true,
	}}
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
	r, err := http.NewRequestWithContext(l.t.Context(), http.MethodGet, "http://localhost"+path, nil)
	if err != nil {
		l.t.Fatal(err)
	}
	if l.token != "" {
		r.Header.Set("Authorization", "Bearer "+l.token)
	}
	response, err := l.client.Do(r)
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
	address, err := port.Address()
	if err != nil {
		t.Fatal(err)
	}
	return address
}
