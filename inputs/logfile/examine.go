package logfile

import (
	"errors"
	"time"

	"shipper/inputs/logfile/descriptors"
	"shipper/inputs/logfile/packed"
	"shipper/inputs/logfile/proofs"
)

// verdict is what an examination found.
type verdict struct {
	size int64 // of the content
	list []candidate
	like []proofs.Likeness // of each in list
}

// says, under mu, how the file compares with a generation.
func (v *verdict) says(k *candidate) proofs.Likeness {
	for i := range v.list {
		if v.list[i].same(k) {
			return v.like[i]
		}
	}
	return proofs.Unlike
}

// examination decodes one compressed newcomer to its end mark and compares it.
type examination struct {
	file    *file
	verdict verdict
	err     error
	opened  bool
}

// nextExamination chooses the newcomer that has waited longest.
func (in *Input) nextExamination() *examination {
	in.mu.Lock()
	if in.now().Before(in.examineAt) {
		in.mu.Unlock()
		return nil
	}
	var next *file
	for f, since := range in.unexamined {
		if f.beside.exam == nil && f.examinable() && len(f.names) > 0 && (next == nil || since.Before(in.unexamined[next])) {
			next = f
		}
	}
	in.mu.Unlock()
	if next == nil {
		return nil
	}
	x := &examination{file: next}
	if next.savedAs() == nil {
		in.knowHeads(next.stream)
		in.mu.Lock()
		x.verdict.list = in.candidates(next, next.stream)
		in.mu.Unlock()
	}
	return x
}

// examinable tells whether the file may be decoded: what the disk refused is
// tried with every scan, what does not decode when it has changed.
func (f *file) examinable() bool { return f.err == nil || (f.retry && !packed.IsFault(f.err)) }

// examine may run in any goroutine: it takes as long as decoding does.
func (in *Input) examine(x *examination, stop func() error) {
	f := x.file
	h, err := in.acquire(f, false)
	if err != nil {
		x.err = err
		return
	}
	defer in.env.Descriptors.Release(h)
	x.opened = true
	d, err := in.env.Descriptors.Lend(f, f.format, -1, h, in.now())
	if err != nil {
		x.err = err
		return
	}
	defer in.env.Descriptors.GiveBack(d, true, false, in.now())
	ex := proofs.Excerpts{}
	x.verdict.size, x.err = packed.Examine(h.File, f.format, proofs.Marks(knownOf(x.verdict.list)), proofs.HeadMax,
		func(mark int64, b []byte) { ex[mark] = append([]byte(nil), b...) }, stop)
	for i := range x.verdict.list {
		x.verdict.like = append(x.verdict.like, x.verdict.list[i].Compare(x.verdict.size, ex))
	}
}

// finish takes in what an examination found. A file that can't be decoded is
// looked at again when it has changed.
func (in *Input) finish(x *examination) {
	f := x.file
	if x.err == nil {
		in.mu.Lock()
		f.beside.exam = &x.verdict
		f.wasRead()
		in.mu.Unlock()
		return
	}
	if errors.Is(x.err, descriptors.ErrNoDecoder) {
		in.examineAt = in.now().Add(time.Second)
		return
	}
	in.mu.Lock()
	f.unreadable = x.opened
	in.mu.Unlock()
	in.failed(f, x.err)
}
