package routes

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"shipper/testing/bench/bucket"
	"shipper/testing/bench/processes"
	"shipper/testing/process"
)

var shared struct{ dir, program string }

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "shipper-routes-")
	if err == nil {
		shared.dir = dir
		shared.program, err = process.Build("../..", dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func torture() bool { return os.Getenv("SHIPPER_TORTURE") != "" }

const (
	objectSize = 4 << 20
	// memory is the agent's budget, and perFile what it may take for each known file
	// beside that.
	memory  = 64 << 20
	perFile = 1 << 10
)

const archive = `input "logfile" "app" {
  paths  = [%q]
  output = output.s3.archive
}

output "s3" "archive" {
  bucket      = "archive"
  endpoint    = %q
  path_style  = true
  object_size = "4MiB"
  max_age     = %q
}
`

// line is a line of 100 bytes.
func line(file, n int) []byte {
	b := fmt.Appendf(make([]byte, 0, 100), "file %06d line %012d ", file, n)
	for len(b) < 99 {
		b = append(b, byte('a'+(n+len(b))%26))
	}
	return append(b, '\n')
}

// objects is how many objects of whole lines hold a file of so many lines.
func objects(lines int) int {
	each := objectSize / len(line(0, 0))
	return (lines + each - 1) / each
}

// TestArchiveOfHotLogs: logs with much to ship become full objects and one for the
// rest, however many they are, and the agent stays within its memory.
func TestArchiveOfHotLogs(t *testing.T) {
	lines := 60_000 // 6 MB: one full object and a rest
	if torture() {
		lines = 110_000 // a gigabyte and more of a hundred
	}
	for _, files := range []int{1, 100} {
		t.Run(fmt.Sprintf("files=%d", files), func(t *testing.T) {
			logs, want := t.TempDir(), int64(0)
			for i := range files {
				var text bytes.Buffer
				for n := range lines {
					text.Write(line(i, n))
				}
				must(t, os.WriteFile(filepath.Join(logs, fmt.Sprintf("%03d.log", i)), text.Bytes(), 0o600))
				want += int64(text.Len())
			}
			b, err := bucket.Start(want)
			must(t, err)
			a, err := processes.Start(t.Context(), t.TempDir(), "", shared.program, fmt.Sprintf(archive, logs+"/*.log", b.URL, "3s"))
			must(t, err)
			var early error
			select {
			case <-b.Reached:
			case <-time.After(3 * time.Minute):
				early = fmt.Errorf("not done: %+v", b.Stop())
			}
			must(t, a.End(early))
			put := b.Stop()
			t.Logf("%d MB in %d objects, %.0f MB per CPU s, %d MiB of memory", want/1e6, put.Objects, float64(want)/1e6/a.Used(), a.PeakAnon>>20)
			if computed := int64(files * objects(lines)); put.Objects != computed || put.Raw != want {
				t.Errorf("%d objects of %d bytes, want %d of %d", put.Objects, put.Raw, computed, want)
			}
			if a.PeakAnon > memory {
				t.Errorf("%d bytes of memory", a.PeakAnon)
			}
		})
	}
}

// TestArchiveOfSlowLogs: logs that get a line now and then become an object each
// max_age, and no more, and take no buffers.
func TestArchiveOfSlowLogs(t *testing.T) {
	files, age := 1000, 3*time.Second
	if torture() {
		files, age = 10_000, 30*time.Second
	}
	const rounds = 12
	logs := t.TempDir()
	b, err := bucket.Start(int64(files * rounds * len(line(0, 0))))
	must(t, err)
	var a *processes.Agent
	begun := time.Now()
	for n := range rounds { // over four times the age
		for i := range files {
			f, err := os.OpenFile(filepath.Join(logs, fmt.Sprintf("%05d.log", i)), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
			must(t, err)
			_, err = f.Write(line(i, n))
			must(t, err)
			must(t, f.Close())
		}
		if n == 0 {
			begun = time.Now()
			a, err = processes.Start(t.Context(), t.TempDir(), "", shared.program, fmt.Sprintf(archive, logs+"/*.log", b.URL, age))
			must(t, err)
		}
		time.Sleep(time.Until(begun.Add(time.Duration(n+1) * age / 3)))
	}
	var early error
	select {
	case <-b.Reached:
	case <-time.After(time.Minute + age):
		early = fmt.Errorf("not done: %+v", b.Stop())
	}
	took := time.Since(begun)
	must(t, a.End(early))
	put := b.Stop()
	most := int64(files) * (int64(took/age) + 1)
	t.Logf("%d files, a line each %s for %s: %d objects, at most %d; %d MiB of memory, %.1f CPU s", files, age/3, took.Round(time.Second), put.Objects, most, a.PeakAnon>>20, a.Used())
	if put.Objects > most || put.Objects < int64(files) {
		t.Errorf("%d objects, want %d to %d", put.Objects, files, most)
	}
	if put.Raw != int64(files*rounds*len(line(0, 0))) {
		t.Errorf("%d bytes", put.Raw)
	}
	if a.PeakAnon > memory+int64(files*perFile) {
		t.Errorf("%d bytes of memory", a.PeakAnon)
	}
}
