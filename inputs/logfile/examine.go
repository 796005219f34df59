package logfile

import (
	"errors"
	"time"

	"shipper/inputs/logfile/packed"
)

// verdict is what an examination found.
type verdict struct {
	size int64 // of the content
	like map[uint64]likeness
}

// examination decodes one compressed newcomer to its end mark and compares it.
type examination struct {
	file    *file
	list    []candidate
	verdict verdict
	err     error
}

// nextExamination chooses the newcomer that has waited longest.
func (in *Input) nextExamination() *examination {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.now().Before(in.examineAt) {
		return nil
	}
	var next *file
	for f, since := range in.unexamined {
		if f.beside.exam == nil && f.err == nil && len(f.names) > 0 && (next == nil || since.Before(in.unexamined[next])) {
			next = f
		}
	}
	if next == nil {
		return nil
	}
	x := &examination{file: next}
	if next.saved == nil {
		x.list = in.candidates(next, next.stream)
	}
	return x
}

// examine may run in any goroutine: it takes as long as decoding does.
func (in *Input) examine(x *examination, stop func() error) {
	f := x.file
	h, err := in.acquire(f, false)
	if err != nil {
		x.err = err
		return
	}
	defer in.env.Descriptors.release(h)
	d, err := in.env.Descriptors.lend(f, -1, h, in.now())
	if err != nil {
		x.err = err
		return
	}
	defer in.env.Descriptors.giveBack(d, true, in.now())
	ex := excerpts{}
	x.verdict.size, x.err = packed.Examine(h.File, f.format, marks(x.list), headMax,
		func(mark int64, b []byte) { ex[mark] = append([]byte(nil), b...) }, stop)
	x.verdict.like = map[uint64]likeness{}
	for i := range x.list {
		x.verdict.like[x.list[i].key()] = x.list[i].compare(x.verdict.size, ex)
	}
}

// finish takes in what an examination found. A file that can't be decoded is
// looked at again when it has changed.
func (in *Input) finish(x *examination) {
	f := x.file
	if x.err == nil {
		in.mu.Lock()
		f.beside.exam = &x.verdict
		in.mu.Unlock()
		return
	}
	if errors.Is(x.err, errNoDecoder) {
		in.examineAt = in.now().Add(time.Second)
		return
	}
	in.failed(f, x.err)
}
