package logfile

import (
	"context"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"shipper/inputs/logfile/vfs"
)

// listing calls back before each directory is listed.
type listing struct {
	vfs.FS
	before func()
}

func (l listing) List(dir vfs.Place, visit func(*vfs.Entry)) (vfs.Info, error) {
	l.before()
	return l.FS.List(dir, visit)
}

// TestNeedsWhatItMayNotKnow: a file that an input does not know may be one that it has
// to ship as long as its first scan is not over, and again when it looks no more. In
// between only what it knows counts.
func TestNeedsWhatItMayNotKnow(t *testing.T) {
	r := newRig(t, nil)
	r.stop()
	r.write("app.log", "one\n")
	var stat syscall.Stat_t
	if err := syscall.Stat(r.path("app.log"), &stat); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(r.path("other"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var other syscall.Stat_t
	if err := syscall.Stat(r.path("other"), &other); err != nil {
		t.Fatal(err)
	}
	needs := func(s *syscall.Stat_t) bool { return r.in.Needs(s.Dev, s.Ino) }
	var once sync.Once
	r.fs = listing{vfs.OS, func() {
		once.Do(func() {
			if !needs(&stat) || !needs(&other) {
				t.Error("a file is not needed while the first scan goes on")
			}
		})
	}}
	r.start()
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = r.in.Run(ctx) })
	for deadline := time.Now().Add(20 * time.Second); needs(&other); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("a file that does not match is needed")
		}
	}
	if !needs(&stat) {
		t.Error("a file that is unread is not needed")
	}
	cancel()
	running.Wait()
	if !needs(&other) {
		t.Error("a file that came since the last look is not needed")
	}
}
