package window

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"shipper/inputs"
	"shipper/inputs/logfile/proofs"
	"shipper/inputs/logfile/split"
	"shipper/inputs/logfile/vfs"
)

// memory is a file without holes.
type memory struct {
	b    []byte
	read int // bytes
}

func (m *memory) Pread(p []byte, offset int64) (int, error) {
	n := copy(p, m.b[min(offset, int64(len(m.b))):])
	m.read += n
	return n, nil
}

func (m *memory) Stat() (vfs.Info, error) { return vfs.Info{Size: int64(len(m.b))}, nil }
func (m *memory) Close() error            { return nil }

func at(text string, offset int) Window {
	p := proofs.After(int64(offset), []byte(text[:offset]))
	return Window{Config: &split.Config{MaxLine: 100 << 10}, At: p, Proof: int(p.ProofLength)}
}

// TestRead: what is handed out of a text, and what is known of the file's end after it.
func TestRead(t *testing.T) {
	long := strings.Repeat("x", 300)
	for name, x := range map[string]struct {
		text           string
		from, limit    int
		size           int // of the buffer
		policy         split.Policy
		maxLine        int
		ending         split.Ending
		want           string
		outcome        Outcome
		ended, gap     bool
		tail           int64
		nuls, unproven bool
	}{
		"lines":                    {text: "a\nb\n", want: "a\nb\n", outcome: Records, ended: true, tail: 4},
		"behind a position":        {text: "a\nb\n", from: 2, want: "b\n", outcome: Records, ended: true, tail: 4},
		"unterminated":             {text: "a\nbc", want: "a\n", outcome: Records, ended: true, tail: 4},
		"only unterminated":        {text: "a\nbc", from: 2, outcome: Nothing, ended: true, tail: 4},
		"unterminated and sealed":  {text: "a\nbc", from: 2, ending: split.Sealed, want: "bc", outcome: Records, ended: true, tail: 4},
		"limit":                    {text: "a\nb\nc\n", limit: 4, want: "a\nb\n", outcome: Records},
		"first above limit":        {text: long + "\nb\n", limit: 10, want: long + "\n", outcome: Records},
		"too long":                 {text: long + "\nb\n", maxLine: 100, want: long + "\nb\n", outcome: Records, ended: true, tail: 303},
		"rest of too long":         {text: long + "\nb\n", maxLine: 200, from: 200, want: long[200:] + "\nb\n", outcome: Records, ended: true, tail: 303},
		"rest of skipped":          {text: long + "\nb\n", maxLine: 100, policy: split.Skip, from: 200, want: long[200:] + "\nb\n", outcome: Records, ended: true, tail: 303},
		"no room":                  {text: "a\n", from: 2, size: 2, outcome: NoRoom},
		"cut where the room ends":  {text: long + "\n", size: 100, want: long[:99], outcome: Records},
		"other bytes before":       {text: "a\nb\n", from: 2, unproven: true},
		"NULs at the end":          {text: "a\n\x00\x00", want: "a\n", outcome: Records, ended: true, tail: 2 + 2, nuls: true},
		"only NULs":                {text: "a\n\x00\x00", from: 2, outcome: Nothing, ended: true, tail: 4, nuls: true},
		"NULs of a sealed file":    {text: "a\n\x00\x00", from: 2, ending: split.Sealed, outcome: Records, gap: true},
		"NULs at the start":        {text: "\x00\x00a\n", outcome: Records, gap: true},
		"NULs that are data":       {text: "a\n\x00\x00b\n", from: 2, want: "\x00\x00b\n", outcome: Records, ended: true, tail: 6},
		"NULs behind a short read": {text: "a\x00\x00b\n", limit: 2, want: "a\x00\x00b\n", outcome: Records, ended: true, tail: 5},
	} {
		t.Run(name, func(t *testing.T) {
			w := at(x.text, x.from)
			w.Config.OnLongLine = x.policy
			if x.maxLine > 0 {
				w.Config.MaxLine = x.maxLine
			}
			if x.unproven {
				w.At.ProofHash++
			}
			if x.limit == 0 {
				x.limit = 1 << 20
			}
			if x.size == 0 {
				x.size = 1 << 10
			}
			f, buf := &memory{b: []byte(x.text)}, inputs.NewBuffer(x.size)
			seg, got, err := w.Read(f, buf, x.limit, x.ending)
			if x.unproven {
				if !errors.Is(err, ErrChanged) || len(buf.Data) > 0 {
					t.Fatalf("error %v", err)
				}
				return
			}
			if err != nil || got != x.outcome || string(seg.Data) != x.want {
				t.Fatalf("outcome %d with %q, error %v", got, seg.Data, err)
			}
			if w.Ended != x.ended || w.Gap != x.gap || w.Tail != x.tail || w.NULs != x.nuls {
				t.Errorf("ended %t at %d, gap %t, NULs %t", w.Ended, w.Tail, w.Gap, w.NULs)
			}
			if got != Records {
				return
			}
			if seg.Start != int64(x.from) || seg.End != w.End || w.After.Offset != seg.End || (!x.gap && seg.End-seg.Start != int64(len(x.want))) {
				t.Errorf("segment from %d to %d, position %d", seg.Start, seg.End, w.After.Offset)
			}
			again(t, f, &w, &seg, x.size)
		})
	}
}

// again has the same bytes read once more, and others.
func again(t *testing.T, f *memory, read *Window, seg *inputs.Segment, size int) {
	t.Helper()
	w := Window{Config: read.Config, At: read.At, Proof: read.Proof}
	second, err := w.Again(f, inputs.NewBuffer(size), seg.End, read.Last())
	if err != nil || !bytes.Equal(second.Data, seg.Data) || second.Len() != seg.Len() || w.After != read.After {
		t.Errorf("again: %q, %v", second.Data, err)
	}
	if _, err := w.Again(&memory{b: f.b[:seg.End-1]}, inputs.NewBuffer(size), seg.End, read.Last()); !errors.Is(err, ErrGone) {
		t.Errorf("of a file that is shorter: %v", err)
	}
	if _, err := w.Again(f, inputs.NewBuffer(0), seg.End, read.Last()); !read.Gap && !errors.Is(err, ErrUnlike) {
		t.Errorf("into no room: %v", err)
	}
}

// TestWaitingLine: of a long line without its end only what is new is read, until the end
// is there, or the line is too long to wait for it.
func TestWaitingLine(t *testing.T) {
	text := strings.Repeat("x", 50<<10)
	f, buf := &memory{b: []byte(text)}, inputs.NewBuffer(256<<10)
	w := at(text, 0)
	w.Tail = 40 << 10
	if _, got, err := w.Read(f, buf, 1<<20, split.Open); got != Nothing || err != nil || w.Tail != 50<<10 || f.read != 10<<10 {
		t.Fatalf("outcome %d, %v, up to %d; %d bytes were read", got, err, w.Tail, f.read)
	}
	f.b = append(f.b, "y\n"...)
	if seg, got, err := w.Read(f, buf, 1<<20, split.Open); got != Records || err != nil || len(seg.Data) != 50<<10+2 {
		t.Fatalf("outcome %d, %v, %d bytes", got, err, len(seg.Data))
	}
	buf.Reset()
	f.b = bytes.Repeat([]byte("x"), 101<<10)
	w = at(text, 0)
	w.Tail = 50 << 10
	if seg, got, err := w.Read(f, buf, 1<<20, split.Open); got != Records || err != nil || len(seg.Data) != 100<<10 {
		t.Fatalf("of a line that is too long: outcome %d, %v, %d bytes", got, err, len(seg.Data))
	}
}
