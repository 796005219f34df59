package local

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"shipper/inputs"
	"shipper/outputs"
)

var testGen = &inputs.Generation{ID: 1, Stream: &inputs.Stream{Input: "i", Name: "/l"}, Path: "/l", Host: "h"}

// lines makes a batch of plain lines.
func lines(values ...string) *outputs.Batch {
	seg := inputs.Segment{Gen: testGen}
	for _, v := range values {
		seg.Data = append(append(seg.Data, v...), '\n')
		seg.Ends = append(seg.Ends, uint32(len(seg.Data)))
	}
	seg.End = int64(len(seg.Data))
	return &outputs.Batch{Segments: []inputs.Segment{seg}, Time: time.UnixMilli(1_700_000_000_123)}
}

// write makes one attempt and wants a state, and the words in its error.
func write(t *testing.T, o outputs.Output, b *outputs.Batch, want outputs.State, words ...string) {
	t.Helper()
	o.Write(t.Context(), []*outputs.Batch{b})
	if b.Fate.State != want {
		t.Fatalf("fate %v (%v), want %v", b.Fate.State, b.Fate.Err, want)
	}
	if (b.Fate.Err == nil) != (want == outputs.Acked) {
		t.Fatalf("fate %v with error %v", b.Fate.State, b.Fate.Err)
	}
	for _, w := range words {
		if !strings.Contains(b.Fate.Err.Error(), w) {
			t.Errorf("error %q does not say %q", b.Fate.Err, w)
		}
	}
}

func wantFile(t *testing.T, path, want string) {
	t.Helper()
	if got := string(readFile(t, path)); got != want {
		t.Fatalf("%s holds %q, want %q", filepath.Base(path), got, want)
	}
}

func newFile(t *testing.T, path string, f *faults) *File {
	t.Helper()
	file, err := openFile(FileConfig{Path: path}, f.open)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close(context.Background()) }) // closed once more where a test closes
	return file
}

func TestFileDiskFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	faults := &faults{}
	f := newFile(t, path, faults)
	write(t, f, lines("one"), outputs.Acked)

	faults.limited, faults.room = true, 5
	write(t, f, lines("second", "third"), outputs.Refused, path, "no space left", "free disk space")
	wantFile(t, path, "one\n")
	if s := f.Status(); s.Healthy || !strings.Contains(s.LastError, "no space left") || s.Peers[0].Healthy {
		t.Errorf("status %+v on a full disk", s)
	}

	faults.limited = false
	write(t, f, lines("two"), outputs.Acked)
	wantFile(t, path, "one\ntwo\n")
	if s := f.Status(); !s.Healthy || s.LastError != "" {
		t.Errorf("status %+v when there is room again", s)
	}
}

// TestFileUnresolved leaves bytes behind that can't be cut off, and goes on in
// both ways: by a repeat, and by other records after giving the receipt up.
func TestFileUnresolved(t *testing.T) {
	for _, repeat := range []bool{true, false} {
		path := filepath.Join(t.TempDir(), "out")
		faults := &faults{}
		f := newFile(t, path, faults)
		write(t, f, lines("one"), outputs.Acked)

		faults.limited, faults.room, faults.cuts = true, 3, 2
		b := lines("two")
		write(t, f, b, outputs.Unresolved)
		wantFile(t, path, "one\ntwo")
		faults.limited = false

		if repeat {
			b.Repeat = true
			write(t, f, b, outputs.Unresolved, "cut back to 4 bytes")
			write(t, f, b, outputs.Acked)
			wantFile(t, path, "one\ntwo\n")
		} else {
			write(t, f, lines("2"), outputs.Refused, "cut back")
			write(t, f, lines("2"), outputs.Acked)
			wantFile(t, path, "one\n2\n")
		}
	}
}

// TestFileSyncFails: the descriptor is not trusted again, and a repeat that can't
// open the file keeps the batch unresolved.
func TestFileSyncFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	faults := &faults{}
	f := newFile(t, path, faults)
	write(t, f, lines("one"), outputs.Acked)

	faults.syncs, faults.opens = 1, 1
	b := lines("two", "three")
	write(t, f, b, outputs.Unresolved, "sync")
	b.Repeat = true
	write(t, f, b, outputs.Unresolved)
	write(t, f, b, outputs.Acked)
	wantFile(t, path, "one\ntwo\nthree\n")
}

func TestFileUnfinishedLine(t *testing.T) {
	long := strings.Repeat("x", 10_000)
	for _, c := range []struct{ name, before, after string }{
		{"torn", "one\nto", "one\nnew\n"},
		{"torn beyond a block", "one\n" + long, "one\nnew\n"},
		{"whole", "one\n", "one\nnew\n"},
		{"newline at a block's end", "one\n" + long[:4095], "one\nnew\n"},
		{"empty", "", "new\n"},
		{"without any newline", "foreign", "foreign\nnew\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "out")
			if err := os.WriteFile(path, []byte(c.before), 0o600); err != nil {
				t.Fatal(err)
			}
			write(t, newFile(t, path, &faults{}), lines("new"), outputs.Acked)
			wantFile(t, path, c.after)
		})
	}
}

func TestFileMoved(t *testing.T) {
	dir := t.TempDir()
	path, moved := filepath.Join(dir, "out"), filepath.Join(dir, "out.1")
	faults := &faults{}
	f := newFile(t, path, faults)
	write(t, f, lines("one"), outputs.Acked)
	if err := os.Rename(path, moved); err != nil {
		t.Fatal(err)
	}
	write(t, f, lines("two"), outputs.Acked)
	wantFile(t, moved, "one\n")
	wantFile(t, path, "two\n")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	write(t, f, lines("three"), outputs.Acked)
	wantFile(t, path, "three\n")
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	faults.limited, faults.room = true, 2
	write(t, f, lines("four"), outputs.Refused)
	wantFile(t, path, "") // and no hole up to the old end
}

func TestFilePathsThatCannotBe(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	held := filepath.Join(dir, "held")
	write(t, newFile(t, held, &faults{}), lines("mine"), outputs.Acked)
	for _, c := range []struct {
		name, path string
		words      []string
		probed     bool // seen without opening
	}{
		{"no directory", filepath.Join(dir, "no\x1b", "out"), []string{`no\x1b`, "create the directory"}, true},
		{"a directory", dir, []string{"regular file"}, true},
		{"a FIFO", fifo, []string{"regular file"}, true},
		{"below a file", filepath.Join(held, "out"), []string{"create the directory"}, true},
		{"held by another", held, []string{"another output or process", "name another file"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFile(t, c.path, &faults{})
			if got := !f.Status().Healthy; got != c.probed {
				t.Errorf("status %+v before the first write", f.Status())
			}
			finding := f.Check(t.Context(), nil)[0]
			if got := finding.Severity == outputs.Problem; got != c.probed || strings.Contains(finding.Message, "\x1b") {
				t.Errorf("finding %+v", finding)
			}
			write(t, f, lines("x"), outputs.Refused, c.words...)
			if strings.Contains(f.Status().LastError, "\x1b") {
				t.Errorf("raw escape in %q", f.Status().LastError)
			}
		})
	}
	wantFile(t, held, "mine\n")
}

// TestFileCheckChangesNothing: `check` runs as any user beside the agent.
func TestFileCheckChangesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	f := newFile(t, path, &faults{})
	if got := f.Check(t.Context(), nil); got[0].Severity == outputs.Problem {
		t.Errorf("findings %+v", got)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the file is there: %v", err)
	}
}

func TestFileConfig(t *testing.T) {
	for _, c := range []struct {
		config FileConfig
		want   string
	}{
		{FileConfig{Path: "relative"}, "not absolute"},
		{FileConfig{}, "not absolute"},
	} {
		if _, err := OpenFile(c.config); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v, want one that says %s", c.config, err, c.want)
		}
	}
}

// TestFileLateDirectory: a directory that appears later is found without help.
func TestFileLateDirectory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", "out")
	f := newFile(t, path, &faults{})
	write(t, f, lines("one"), outputs.Refused, "directory")
	if err := os.Mkdir(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	write(t, f, lines("one"), outputs.Acked)
	wantFile(t, path, "one\n")
}

func TestJSONObject(t *testing.T) {
	b := lines("caf\u00e9 \"q\" \\ \x01\t", "\xff")
	b.Segments[0].Gen = &inputs.Generation{Host: "h\xff", Path: "/a\nb", Captures: []inputs.Header{
		{Key: "app", Value: []byte("web")}, {Key: "n", Value: []byte(`"`)},
	}}
	e := encoder{json: true}
	var got []byte
	if err := e.encode(b, func(p []byte) error { got = append(got, p...); return nil }); err != nil {
		t.Fatal(err)
	}
	rest := `,"host":"h` + "\uFFFD" + `","path":"/a\nb","captures":{"app":"web","n":"\""},"time":"2023-11-14T22:13:20.123Z"}` + "\n"
	want := `{"line":"café \"q\" \\ \u0001\t"` + rest + `{"line_base64":"/w=="` + rest
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
