package reload

import (
	"context"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"shipper/testing/await"
)

// TestWatch: every kind of change is noticed, and none before the files have been
// the same for a moment.
func TestWatch(t *testing.T) {
	dir := t.TempDir()
	main, drop, secret := filepath.Join(dir, "shipper.hcl"), filepath.Join(dir, "conf.d", "a.hcl"), filepath.Join(dir, "password")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	put := func(path, text string) {
		t.Helper()
		must(os.WriteFile(path, []byte(text), 0o600))
	}
	must(os.Mkdir(filepath.Dir(drop), 0o700))
	put(main, "main")
	put(secret, "hunter2")

	var calls, asked atomic.Int32
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	files := func() []string {
		asked.Add(1)
		return []string{main, filepath.Dir(drop), secret}
	}
	go func() {
		defer close(done)
		Watch(ctx, files, time.Now().Add(time.Hour), func() { calls.Add(1) })
	}()
	defer func() {
		cancel()
		<-done
	}()
	await.True(t, time.Minute, "there was a first look", func() bool { return asked.Load() > 1 })
	for _, change := range []struct {
		what string
		do   func()
	}{
		{"a drop-in appears", func() { put(drop, "one") }},
		{"it is written in two halves", func() {
			put(drop, "tw")
			time.Sleep(poll / 2)
			put(drop, "two!")
		}},
		{"it is replaced", func() {
			put(drop+".new", "three")
			must(os.Rename(drop+".new", drop))
		}},
		{"it is replaced by one of the same size and time", func() {
			info, err := os.Stat(drop)
			must(err)
			put(drop+".new", "eerht")
			must(os.Chtimes(drop+".new", time.Time{}, info.ModTime()))
			must(os.Rename(drop+".new", drop))
		}},
		{"the main file changes", func() { put(main, "other") }},
		{"a secret changes", func() { put(secret, "hunter3!") }},
		{"the drop-in goes", func() { must(os.Remove(drop)) }},
		{"its directory goes", func() { must(os.Remove(filepath.Dir(drop))) }},
	} {
		before, begun := calls.Load(), time.Now()
		change.do()
		most := int32(1)
		if time.Since(begun) > poll { // a busy machine makes two changes of two halves
			most = 2
		}
		await.True(t, time.Minute, change.what, func() bool { return calls.Load() > before })
		time.Sleep(time.Duration(most) * 3 * poll) // and no second time
		if n := calls.Load() - before; n > most {
			t.Fatalf("%s: noticed %d changes, want 1", change.what, n)
		}
	}
}

// TestChangedWhileStarting: what changed after the configuration was read, and before
// anybody watched it, is noticed, once.
func TestChangedWhileStarting(t *testing.T) {
	dir := t.TempDir()
	begun := time.Now()
	if err := os.WriteFile(filepath.Join(dir, "late.hcl"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var calls atomic.Int32
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		Watch(ctx, func() []string { return []string{dir} }, begun, func() { calls.Add(1) })
	}()
	deadline := time.Now().Add(time.Minute)
	for calls.Load() == 0 && time.Now().Before(deadline) {
		time.Sleep(poll / 10)
	}
	time.Sleep(3 * poll) // and no second time
	cancel()
	<-done
	if n := calls.Load(); n != 1 {
		t.Fatalf("noticed %d changes, want 1", n)
	}
}
