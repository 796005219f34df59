package preview

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"shipper/inputs/logfile/split"
	"shipper/testing/await"
)

// screen is written by the preview and read by the test.
type screen struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// TestWhatIsThere holds a preview of what a file holds against what is expected
// of it.
func TestWhatIsThere(t *testing.T) {
	long := strings.Repeat("long ", 20<<10)
	for _, c := range []struct {
		name, text string
		lines      int
		config     split.Config
		want       string
		unfinished int64
	}{
		{"empty", "", 10, split.Config{MaxLine: 1024}, "", 0},
		{"no newline", "abc", 10, split.Config{MaxLine: 1024}, "", 3},
		{"last lines", "a\nb\nc\n", 2, split.Config{MaxLine: 1024}, "b\nc\n", 0},
		{"fewer than asked for", "a\nb\n", 5, split.Config{MaxLine: 1024}, "a\nb\n", 0},
		{"all", "a\n\nc\nd", -1, split.Config{MaxLine: 1024}, "a\n\nc\n", 1},
		{"none", "a\nb\n", 0, split.Config{MaxLine: 1024}, "", 0},
		{"blocks away", long + "\n" + long + "\n", 1, split.Config{MaxLine: 1 << 20}, long + "\n", 0},
		{"pieces", "0123456789\nx\n", -1, split.Config{MaxLine: 4}, "[first part] 0123\n[middle part] 4567\n[last part] 89\nx\n", 0},
		{"filtered", "a\nno\nb\n", -1, split.Config{MaxLine: 1024, Exclude: []*regexp.Regexp{regexp.MustCompile("no")}}, "a\nb\n", 0},
		{"joined", "2026 a\n  at b\n2026 c\n  at d\n", -1, split.Config{MaxLine: 1024, Start: regexp.MustCompile("^2026")},
			"\"2026 a\\n  at b\"\n\"2026 c\\n  at d\"\n", 0},
		{"odd bytes", "\xff\x00\x1b[2J\nb\n", -1, split.Config{MaxLine: 1024}, "\"\\xff\\x00\\x1b[2J\"\nb\n", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.log")
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			var shown screen
			p := Preview{Path: path, Split: &c.config, Lines: c.lines}
			r, err := p.Run(context.Background(), &shown)
			if err != nil {
				t.Fatal(err)
			}
			if shown.String() != c.want || r.Unfinished != c.unfinished || r.Records != strings.Count(c.want, "\n") {
				t.Errorf("shown %q, %+v", shown.String(), r)
			}
		})
	}
}

// TestFollow stays with the file while it is renamed and truncated.
func TestFollow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	out, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	var shown screen
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		p := Preview{Path: path, Split: &split.Config{MaxLine: 1024}, Lines: -1, Follow: true}
		_, err := p.Run(ctx, &shown)
		ended <- err
	}()
	step := func(text, want string) {
		t.Helper()
		if _, err := out.WriteString(text); err != nil {
			t.Fatal(err)
		}
		await.OK(t, time.Minute, func() error {
			if got := shown.String(); got != want {
				return fmt.Errorf("shown %q, want %q", got, want)
			}
			return nil
		})
	}
	step("one\ntw", "one\n")
	step("o\n", "one\ntwo\n")
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("another file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	step("three\n", "one\ntwo\nthree\n")
	if err := os.Remove(path + ".1"); err != nil {
		t.Fatal(err)
	}
	step("four\n", "one\ntwo\nthree\nfour\n")
	if err := out.Truncate(0); err != nil {
		t.Fatal(err)
	}
	step("5\n", "one\ntwo\nthree\nfour\n5\n")
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}
