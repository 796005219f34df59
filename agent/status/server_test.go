package status

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"shipper/agent/status/access"
	"shipper/testing/await"
)

// buffer is a log that may be read while it is written.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func serve(t *testing.T, c ServerConfig) (*Server, *buffer) {
	t.Helper()
	log := &buffer{}
	c.Log, c.RetryEvery = slog.New(slog.NewTextHandler(log, nil)), 5*time.Millisecond
	s := NewServer(func() Snapshot { return *example() }, c)
	s.Start()
	t.Cleanup(s.Stop)
	return s, log
}

// fetch waits for the server to be there.
func fetch(t *testing.T, dir string) *Snapshot {
	t.Helper()
	var s *Snapshot
	await.True(t, time.Minute, "the agent answers", func() bool {
		var err error
		if s, err = Fetch(t.Context(), dir); err != nil && !errors.Is(err, ErrNotRunning) {
			t.Fatal(err)
		}
		return err == nil
	})
	return s
}

func TestSocket(t *testing.T) {
	deep := filepath.Join(t.TempDir(), strings.Repeat("long-name/", 12), "state")
	if err := os.MkdirAll(deep, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, dir := range map[string]string{"short": t.TempDir(), "long": deep} {
		t.Run(name, func(t *testing.T) {
			if _, err := Fetch(t.Context(), dir); !errors.Is(err, ErrNotRunning) {
				t.Fatalf("error %v before any agent, want ErrNotRunning", err)
			}
			for range 2 { // the second finds what is left of the first
				s, log := serve(t, ServerConfig{StateDir: dir, Listen: access.Off})
				got := fetch(t, dir)
				if got.Agent.ID != "agent-1" || got.Version != Version || len(got.Files) != len(example().Files) {
					t.Errorf("fetched %+v", got)
				}
				path := filepath.Join(dir, SocketName)
				info, err := os.Stat(path)
				if err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("socket %v, %v", info, err)
				}
				s.Stop()
				if _, err := os.Lstat(path); !os.IsNotExist(err) {
					t.Errorf("the socket stayed behind: %v", err)
				}
				if log.String() != "" {
					t.Errorf("log: %s", log)
				}
			}
		})
	}
}

func TestSocketOfKilledAgent(t *testing.T) {
	dir := t.TempDir()
	stale, err := listenSocket(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := stale.Close(); err != nil { // leaves the file, as SIGKILL does
		t.Fatal(err)
	}
	if _, err := Fetch(t.Context(), dir); !errors.Is(err, ErrNotRunning) {
		t.Fatalf("error %v of a stale socket, want ErrNotRunning", err)
	}
	serve(t, ServerConfig{StateDir: dir})
	fetch(t, dir)
}

func TestSocketPathTaken(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, SocketName)
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, log := serve(t, ServerConfig{StateDir: dir})
	await.True(t, time.Minute, "it is logged", func() bool { return strings.Contains(log.String(), "not a socket") })
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	fetch(t, dir)
	s.Stop()
	if n := strings.Count(log.String(), "\n"); n != 2 {
		t.Errorf("%d lines of log, want one when it fails and one when it works:\n%s", n, log)
	}
}

func TestPortInUse(t *testing.T) {
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := taken.Addr().String()
	s, log := serve(t, ServerConfig{StateDir: t.TempDir(), Listen: address})
	await.True(t, time.Minute, "it is logged", func() bool { return strings.Contains(log.String(), "address already in use") })
	if err := taken.Close(); err != nil {
		t.Fatal(err)
	}
	await.True(t, time.Minute, "the port is served", func() bool { return s.Addr() != nil })
	code, _ := request(t, "http://"+address+"/healthz", "")
	if code != http.StatusOK {
		t.Errorf("healthz: %d", code)
	}
	await.True(t, time.Minute, "that is logged, too", func() bool { return strings.Contains(log.String(), "serving status again") })
}

func request(t *testing.T, url, host string) (code int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = host
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }() // only read from
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// TestOnlyLoopback: nothing is served to other hosts without keys, whatever the
// configuration let through.
func TestOnlyLoopback(t *testing.T) {
	dir := t.TempDir()
	s, log := serve(t, ServerConfig{StateDir: dir, Listen: "0.0.0.0:0"})
	fetch(t, dir)
	if s.Addr() != nil || !strings.Contains(log.String(), "open to other hosts") {
		t.Errorf("listens on %v; log: %s", s.Addr(), log)
	}
}

// TestOtherSocket serves on a socket of the user's choice, which takes the place
// of a stale one and is gone at the end. Nothing that changes something is there.
func TestOtherSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "http.sock")
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	control := map[string]http.Handler{"/drain": http.NotFoundHandler()}
	s, log := serve(t, ServerConfig{StateDir: t.TempDir(), Listen: "unix:" + path, Control: control})
	await.True(t, time.Minute, "it is logged", func() bool { return strings.Contains(log.String(), "not a socket") })
	stale, err := access.Listen(t.Context(), "unix:"+path+".new")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil { // or the server would be there first
		t.Fatal(err)
	}
	if _, err := access.Listen(t.Context(), "unix:"+path); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("a socket that is served is taken: %v", err)
	}
	stale.(*net.UnixListener).SetUnlinkOnClose(false)
	_ = stale.Close()
	await.True(t, time.Minute, "it listens", func() bool { return s.Addr() != nil })
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("socket %v, %v", info, err)
	}
	if got, err := FetchPort(t.Context(), "unix:"+path, example().State.Dir); err != nil || got.Agent.ID != "agent-1" {
		t.Errorf("fetched %+v, %v", got, err)
	}
	if _, err := roundTrip(t.Context(), http.MethodPost, "/drain", func(ctx context.Context) (net.Conn, error) {
		return access.Dial(ctx, "unix:"+path)
	}); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("it can be drained by whoever reads it: %v", err)
	}
	s.Stop()
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Errorf("the socket stayed behind: %v", err)
	}
}

func TestForeignHostName(t *testing.T) {
	s, _ := serve(t, ServerConfig{StateDir: t.TempDir(), Listen: "127.0.0.1:0"})
	await.True(t, time.Minute, "the port is served", func() bool { return s.Addr() != nil })
	url := "http://" + s.Addr().String() + "/status.json"
	for host, want := range map[string]int{
		"": 200, "localhost": 200, "localhost:9640": 200, "[::1]:9640": 200, "[::1]": 200,
		"evil.example": 403, "evil.example:9640": 403, "127.0.0.1.evil.example": 403,
	} {
		if code, _ := request(t, url, host); code != want {
			t.Errorf("Host %q: %d, want %d", host, code, want)
		}
	}
}

func TestHandler(t *testing.T) {
	for _, c := range []struct {
		name, method, path string
		change             func(*Snapshot)
		code               int
		body               string
	}{
		{"alive", "GET", "/healthz", nil, 200, "ok"},
		{"ready with outputs down", "GET", "/readyz", func(s *Snapshot) { s.Outputs[0].Healthy = false }, 200, "ok"},
		{"state broken", "GET", "/readyz", func(s *Snapshot) { s.State = State{Error: "disk\x1b full"} }, 503, `disk\x1b full`},
		{"alive with state broken", "GET", "/healthz", func(s *Snapshot) { s.State.Healthy = false }, 200, "ok"},
		{"configuration broken", "GET", "/readyz", func(s *Snapshot) { s.Agent.ConfigError = "a.hcl:1" }, 503, "a.hcl:1"},
		{"version is ours", "GET", "/status.json", func(s *Snapshot) { s.Version = 0 }, 200, `"version": 1`},
		{"no lists", "GET", "/status.json", func(s *Snapshot) { *s = Snapshot{} }, 200, `"routes": []`},
		{"HEAD", "HEAD", "/status.json", nil, 200, ""},
		{"POST", "POST", "/status.json", nil, 405, ""},
		{"unknown", "GET", "/secrets", nil, 404, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := example()
			if c.change != nil {
				c.change(s)
			}
			w := httptest.NewRecorder()
			Handler(func() Snapshot { return *s }).ServeHTTP(w, httptest.NewRequest(c.method, c.path, nil))
			if w.Code != c.code || !strings.Contains(w.Body.String(), c.body) {
				t.Errorf("%d %s, want %d with %q", w.Code, w.Body, c.code, c.body)
			}
		})
	}
}

func TestFetchFromStrangers(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"newer", `{"version": 2}`, "version 2"},
		{"no JSON", `<html>`, "invalid character"},
		{"cut short", `{"version": 1`, "unexpected EOF"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			listener, err := listenSocket(t.Context(), dir)
			if err != nil {
				t.Fatal(err)
			}
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, c.body) // the client's error is what counts
			}))
			_ = server.Listener.Close() // the one it would have used
			server.Listener = listener
			server.Start()
			defer server.Close()
			if _, err := Fetch(t.Context(), dir); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one that says %q", err, c.want)
			}
		})
	}
}

// TestFetchFromHungAgent: a socket that somebody holds and nobody serves.
func TestFetchFromHungAgent(t *testing.T) {
	dir := t.TempDir()
	listener, err := listenSocket(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }() // the directory goes, too
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := Fetch(ctx, dir); err == nil || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("error %v", err)
	}
}
