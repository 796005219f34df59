package agent

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nxadm/tail"

	"shipper/agent/config"
	"shipper/testing/await"
)

// witness reads one generation with github.com/nxadm/tail, which shares no code
// with us, up to a line that says that the generation ends here.
func witness(t *testing.T, path string) <-chan []string {
	t.Helper()
	follow, err := tail.TailFile(path, tail.Config{
		Follow: true, CompleteLines: true, MustExist: true, Logger: tail.DiscardingLogger,
	})
	if err != nil {
		t.Fatal(err)
	}
	read := make(chan []string, 1)
	go func() {
		var lines []string
		for l := range follow.Lines {
			if lines = append(lines, l.Text); strings.HasSuffix(l.Text, "end of the generation") {
				break
			}
		}
		_ = follow.Stop()
		follow.Cleanup()
		read <- lines
	}()
	return read
}

// TestAnotherTailReadsTheSame rotates a log under an agent that is restarted in
// mid-stream, has an independent program read each generation by a name of its
// own, and compares: the same lines, in the same order, each once.
func TestAnotherTailReadsTheSame(t *testing.T) {
	const generations, lines = 12, 3000
	dir := t.TempDir()
	logs, names, delivered := filepath.Join(dir, "logs"), filepath.Join(dir, "names"), filepath.Join(dir, "delivered")
	for _, d := range []string{logs, names} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "shipper.hcl")
	text := fmt.Sprintf(`
agent {
  state_dir = %q
  listen    = "off"
}
input "logfile" "app" {
  paths  = [%q]
  output = output.file.out
}
output "file" "out" {
  path = %q
}
`, filepath.Join(dir, "state"), filepath.Join(logs, "app.log"), delivered)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	stop := startAgent(t, file)
	defer func() { stop() }()

	live := filepath.Join(logs, "app.log")
	var witnesses []<-chan []string
	written := 0
	behind := 0 // rotations at which the agent had lines left to read
	for g := range generations {
		out, err := os.OpenFile(live, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(names, fmt.Sprintf("%03d", g))
		if err := os.Link(live, name); err != nil {
			t.Fatal(err)
		}
		witnesses = append(witnesses, witness(t, name))
		if g == generations/2 {
			stop()
		}
		for n := range lines {
			line := fmt.Sprintf("generation %d line %d %s\n", g, n, strings.Repeat("x", n%97))
			if n%7 == 3 { // in two writes
				written += write(t, out, line[:len(line)/2])
				line = line[len(line)/2:]
			}
			written += write(t, out, line)
		}
		written += write(t, out, fmt.Sprintf("generation %d end of the generation\n", g))
		if err := out.Close(); err != nil {
			t.Fatal(err)
		}
		if size(delivered) < int64(written) {
			behind++
		}
		for i := g; i >= 0; i-- { // the shift of numbers, as logrotate does it
			from, to := fmt.Sprintf("%s.%d", live, i), fmt.Sprintf("%s.%d", live, i+1)
			if i == 0 {
				from = live
			}
			if err := os.Rename(from, to); err != nil {
				t.Fatal(err)
			}
		}
		if g == generations/2+2 { // two generations came while it was away
			stop = startAgent(t, file)
		}
	}
	await.True(t, time.Minute, "all is delivered", func() bool { return size(delivered) >= int64(written) })
	stop()

	if behind < 3 {
		t.Errorf("the agent was behind at %d rotations only: too few to tell", behind)
	}
	var want bytes.Buffer
	for g, w := range witnesses {
		var read []string
		select {
		case read = <-w:
		case <-time.After(20 * time.Second):
		}
		if len(read) != lines+1 {
			// Under load the witness itself leaves out lines that come in two writes, or
			// is not told of the last one; of a file that is complete it does not.
			select {
			case read = <-witness(t, filepath.Join(names, fmt.Sprintf("%03d", g))):
			case <-time.After(time.Minute):
				t.Fatalf("generation %d: the witness waits in vain", g)
			}
		}
		if len(read) != lines+1 {
			t.Errorf("generation %d: the witness read %d lines of %d", g, len(read), lines+1)
		}
		want.WriteString(strings.Join(read, "\n") + "\n")
	}
	got, err := os.ReadFile(delivered)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		a, b := strings.Split(string(got), "\n"), strings.Split(want.String(), "\n")
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] {
				t.Fatalf("line %d of %d: delivered %q, the witness read %q (of %d)", i, len(a), a[i], b[i], len(b))
			}
		}
		t.Fatalf("delivered %d lines, the witness read %d", len(a), len(b))
	}
}

// startAgent runs an agent until the function that it returns is called, once or
// more often.
func startAgent(t *testing.T, file string) (stop func()) {
	t.Helper()
	cfg, found := config.Load(file)
	if found.HasErrors() {
		t.Fatalf("%+v", found)
	}
	a, err := New(cfg, Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	stopped := false
	return func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

func write(t *testing.T, out *os.File, text string) int {
	t.Helper()
	n, err := out.WriteString(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func size(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}
