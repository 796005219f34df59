package logfile

import (
	"slices"
	"strings"
	"testing"

	"shipper/inputs/logfile/vfs"
)

// preading is a file system on which something happens once a read has returned.
type preading struct {
	vfs.FS
	read func() // once, behind the head
}

func (p *preading) Open(at vfs.Place) (vfs.File, error) {
	f, err := p.FS.Open(at)
	return preadingFile{f, p}, err
}

type preadingFile struct {
	vfs.File
	fs *preading
}

func (f preadingFile) Pread(b []byte, offset int64) (int, error) {
	n, err := f.File.Pread(b, offset)
	if read := f.fs.read; read != nil && offset > 0 {
		f.fs.read = nil
		read()
	}
	return n, err
}

// TestCutWhileItIsRead: what was read before it was cut off is shipped, and not told as lost.
func TestCutWhileItIsRead(t *testing.T) {
	r := newRig(t, nil)
	lines := numbered("a", 0, 100)
	r.append("app.log", lines[:40]...)
	r.step()
	r.append("app.log", lines[40:60]...)
	size := r.sizeOf("app.log")
	r.append("app.log", lines[60:]...)
	r.in.scan()
	r.closeAll()
	fs := &preading{FS: vfs.OS}
	fs.read = func() {
		r.truncate("app.log", size)
		r.in.scan()
	}
	r.see(fs)
	for range 3 {
		r.step()
	}
	if fs.read != nil {
		t.Fatal("nothing happened meanwhile")
	}
	r.want(slices.Concat(lines, lines[:60])...) // it may be another generation
	if n := r.in.Counters().BytesLost; n != 0 {
		t.Errorf("%d bytes lost\n%s", n, r.log.String())
	}
}

// TestCutWhileItIsUnderWay: what a reading told of a file's end holds no more when that was
// cut off while the records were under way. It is told as lost once, and what was written
// since is read.
func TestCutWhileItIsUnderWay(t *testing.T) {
	for _, x := range []struct{ unfinished, more string }{
		{"unfinished", ""},
		{strings.Repeat("u", 8<<10), "\n" + strings.Repeat("v", 9<<10)},
	} {
		r := newRig(t, nil)
		lines := numbered("a", 0, 40)
		r.append("app.log", lines...)
		size := r.sizeOf("app.log")
		r.write("app.log", x.unfinished)
		r.in.scan()
		ack := r.send(512 << 10)
		r.truncate("app.log", size+2)
		r.in.scan()
		r.write("app.log", x.more)
		r.in.scan()
		ack()
		r.ship(0)
		r.step()
		r.step()
		if x.more != "" {
			lines = append(lines, x.unfinished[:2])
		}
		r.want(lines...)
		if got, want := r.in.Files()[0].Size, r.sizeOf("app.log"); got != want {
			t.Errorf("it is taken to have %d bytes, and has %d", got, want)
		}
		if got, want := r.in.Counters().BytesLost, len(x.unfinished)-2; got != uint64(want) {
			t.Errorf("%d bytes lost, not %d\n%s", got, want, r.log.String())
		}
	}
}
