package logfile

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"shipper/inputs/logfile/notices"
	"shipper/inputs/logfile/settings"
	"shipper/inputs/logfile/vfs"
	"shipper/testing/await"
)

// TestElsewhereComesBeforeWhatFollowed: the rest of a generation that was truncated, with no
// copy beside it, is shipped before what the file holds now.
func TestElsewhereComesBeforeWhatFollowed(t *testing.T) {
	r := newRig(t, nil)
	r.stop()
	text := "one\ntwo\nthree\n"
	r.beside = &aside{end: int64(len(text)), data: []byte(text)}
	r.start()
	r.write("app.log", text)
	r.in.scan()
	r.ship(4)
	r.truncate("app.log", 0)
	r.write("app.log", "n1\n")
	for range 4 {
		r.clock = r.clock.Add(20 * time.Second)
		r.step()
	}
	r.want("one", "two", "three", "n1")
	r.wantLate()
}

// TestPolledLookFindsTheHeir: what is gone with the look that finds its compressed file is
// not let go of before that is known.
func TestPolledLookFindsTheHeir(t *testing.T) {
	r := newRig(t, nil)
	r.stop()
	r.cfg.Paths = []string{r.dir + "/app.log", r.dir + "/other.log"}
	r.start()
	r.in.tree.Lock()
	r.in.tree.Start(func() (notices.Watcher, error) { return nil, errors.New("no instances") })
	r.in.tree.Unlock()
	for i, name := range []string{"a", "b", "c"} {
		if i > 0 {
			r.rename("app.log", fmt.Sprint("app.log.", 3-i))
			await.Tick(t) // births stand still between ticks
		}
		r.append("app.log", numbered(name, 0, 60)...)
		r.step()
	}
	r.clock = r.clock.Add(2 * time.Minute)
	r.append("other.log", "other")
	r.step()
	r.append("other.log", "more")
	r.step()
	r.remove("other.log")
	r.in.onTick()
	r.clock = r.clock.Add(2 * time.Second)
	r.in.onTick()
	if len(r.in.nameless) == 0 || !r.in.tree.Unwatched() {
		t.Fatal("nothing without a name, or nothing polled")
	}
	want := slices.Clone(r.lines)
	r.compress("app.log.1", ".gz")
	for range 5 {
		r.clock = r.clock.Add(2 * time.Second)
		r.in.onTick()
		r.examine()
		r.ship(0)
	}
	r.step()
	r.want(want...)
}

// member is lines as a compressed file holds them.
func (r *rig) member(lines []string) string {
	r.t.Helper()
	r.append("more", lines...)
	r.compress("more", ".gz")
	b, err := os.ReadFile(r.path("more.gz"))
	if err != nil {
		r.t.Fatal(err)
	}
	return string(b)
}

// TestCompressedFileThatGrows: what is added to a compressed file that was read is shipped, as
// the next process would do, and by no means deleted.
func TestCompressedFileThatGrows(t *testing.T) {
	a, b, more := numbered("a", 0, 60), numbered("b", 0, 10), numbered("m", 0, 10)
	r := confirming(t, func(c *Config) { c.OnComplete = settings.Delete })
	r.append("app.log.1", a...)
	r.compress("app.log.1", ".gz")
	r.append("app.log", b...)
	r.step()
	r.want(slices.Concat(a, b)...)
	r.write("app.log.1.gz", r.member(more))
	for range 4 {
		r.in.scan()
		r.quiet()
	}
	r.want(slices.Concat(a, b, more)...)
	r.wantLate(more...)
	if r.exists("app.log.1.gz") {
		t.Errorf("not deleted\n%s", r.log.String())
	}
}

// TestCompressedFileThatNeverEnds: a compressed file that was read, and is written to again
// and again without an end, holds up what is newer for OrderWait in all.
func TestCompressedFileThatNeverEnds(t *testing.T) {
	r := newRig(t, nil)
	r.append("app.log.1", numbered("o", 0, 60)...)
	r.compress("app.log.1", ".gz")
	r.append("app.log", "first")
	r.step()
	n := len(r.lines)
	member := r.member(numbered("m", 0, 5000))
	const rounds = 20
	for i := range rounds {
		r.write("app.log.1.gz", member[i*10:(i+1)*10])
		r.append("app.log", "live")
		r.clock = r.clock.Add(15 * time.Second)
		r.step()
		r.in.onTick()
		r.ship(0)
	}
	if n = len(r.lines) - n; n != rounds {
		t.Errorf("%d of %d lines came", n, rounds)
	}
}

// reborn is a file system on which one inode is as old as it is said to be.
type reborn struct {
	vfs.FS
	inode uint64
	birth int64
}

func (b *reborn) List(dir vfs.Place, visit func(*vfs.Entry)) (vfs.Info, error) {
	return b.FS.List(dir, func(e *vfs.Entry) {
		info, err := e.Stat(false)
		visit(&vfs.Entry{Name: e.Name, Inode: e.Inode, Kind: e.Kind, Stater: answer{b.of(info), err}})
	})
}

func (b *reborn) Open(p vfs.Place) (vfs.File, error) {
	f, err := b.FS.Open(p)
	return rebornFile{f, b}, err
}

func (b *reborn) of(info vfs.Info) vfs.Info {
	if info.Inode == b.inode {
		info.Birth = b.birth
	}
	return info
}

type answer struct {
	info vfs.Info
	err  error
}

func (s answer) StatEntry(*vfs.Entry, bool) (vfs.Info, error) { return s.info, s.err }

type rebornFile struct {
	vfs.File
	fs *reborn
}

func (f rebornFile) Stat() (vfs.Info, error) {
	info, err := f.File.Stat()
	return f.fs.of(info), err
}

// TestInodeReusedBeforeTheHeirIsKnown: a look shows another file in the inode of one that was
// not read to its end, and the compressed file that holds its bytes: they are not told as
// lost.
func TestInodeReusedBeforeTheHeirIsKnown(t *testing.T) {
	for _, begun := range []bool{false, true} {
		r := newRig(t, nil)
		a, b := numbered("a", 0, 60), numbered("b", 0, 10)
		r.append("app.log", a...)
		r.in.scan()
		if begun {
			r.ship(600)
		}
		r.closeAll()
		r.compressed("app.log", "app.log.1.gz")
		r.truncate("app.log", 0)
		r.append("app.log", b...)
		r.see(&reborn{FS: vfs.OS, inode: inode(t, r.path("app.log")), birth: time.Now().UnixNano()})
		r.step()
		r.step()
		r.want(slices.Concat(a, b)...)
		r.wantLate()
		if n := r.in.Counters().BytesLost; n != 0 {
			t.Errorf("begun %v: %d bytes lost\n%s", begun, n, r.log.String())
		}
	}
}
