package logfile

import (
	"errors"
	"io/fs"
	"path"

	"shipper/inputs"
	"shipper/inputs/logfile/descriptors"
	"shipper/inputs/logfile/packed"
	"shipper/inputs/logfile/proofs"
	"shipper/inputs/logfile/trouble"
	"shipper/inputs/logfile/vfs"
)

// acquire returns f's descriptor, opened and proven if need be. The caller
// releases it. early means that nothing is to be read now: then it costs no
// unread file its descriptor.
func (in *Input) acquire(f *file, early bool) (*descriptors.Handle, error) {
	budget := in.env.Descriptors
	in.mu.Lock()
	if h := f.handle; h != nil {
		if budget.Use(h) {
			f.opened()
			in.mu.Unlock()
			return h, nil
		}
		f.handle = nil
	}
	place, named := f.place, len(f.names) > 0
	k, birth, since := f.key, f.birth, in.tick
	offset, truncations := f.maxOffset(), f.truncations // before stat: others may read on
	in.mu.Unlock()
	if f.isElsewhere() {
		return in.acquireElsewhere(f, early)
	}
	if !named {
		return nil, errNameless
	}
	if !budget.Take(early) {
		return nil, trouble.ErrNoneFree
	}
	opened, err := in.fs.Open(place)
	if err != nil {
		budget.Untake()
		return nil, err
	}
	if f.format == packed.None {
		opened = f.within(opened)
	}
	h := descriptors.NewHandle(opened)
	info, err := opened.Stat()
	if err == nil {
		switch {
		case info.Kind != vfs.Regular:
			err = trouble.ErrNotRegular
		case info.Inode != k.inode || info.Device != k.device || info.Birth != birth:
			err = errReplaced
		case f.format != packed.None: // reading proves it, which decodes it
		case info.Size < offset:
			err = in.truncated(f, h, truncations, "it is shorter than the offset")
		default:
			err = in.prove(f, h)
		}
	}
	if err != nil {
		budget.Drop(h)
		budget.Release(h)
		return nil, err
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if h, err = in.keep(f, h); err == nil {
		in.restat(f, &info, since)
	}
	return h, err
}

// keep makes h, under mu, the descriptor of f, unless it has one already. One that was let
// go of while it was opened gets none: nobody would close it.
func (in *Input) keep(f *file, h *descriptors.Handle) (*descriptors.Handle, error) {
	budget := in.env.Descriptors
	known := !in.closed && in.files[f.key] == f
	if other := f.handle; !known || (other != nil && budget.Use(other)) { // another route was faster
		budget.Drop(h)
		budget.Release(h)
		h = other
	}
	if !known {
		return nil, errNameless
	}
	f.handle = h
	budget.SetClass(h, f.class())
	f.opened()
	return h, nil
}

// prove compares a file that was just opened with what is known of f.
func (in *Input) prove(f *file, h *descriptors.Handle) error {
	in.mu.Lock()
	length, want, truncations := f.headLength, f.headHash, f.truncations
	in.mu.Unlock()
	return in.proveHead(f, h, truncations, length, want)
}

// proveHead ends f's generation if its file begins otherwise than is known.
func (in *Input) proveHead(f *file, h *descriptors.Handle, truncations, length uint32, want uint64) error {
	ok, err := proofs.HeadMatches(h, length, want)
	if err == nil && !ok {
		err = in.truncated(f, h, truncations, "its beginning has changed")
	}
	return err
}

// opened notes, under mu, that f can be opened again. If it could be opened all
// the time and not be read, only reading shows that it recovered.
func (f *file) opened() {
	if !f.unreadable {
		f.err, f.retry = nil, false
	}
}

// wasRead notes, under mu, that f can be read.
func (f *file) wasRead() {
	if f.unreadable {
		f.unreadable, f.err, f.retry = false, nil, false
	}
}

// retryFailed has, under mu, what failed tried again.
func (in *Input) retryFailed() {
	for f := range in.failing {
		if f.retry = f.err != nil; !f.retry || in.files[f.key] != f {
			delete(in.failing, f)
		} else if f.stream != nil {
			in.rouse(f.stream)
		}
	}
}

// failed notes that f could not be opened or read.
func (in *Input) failed(f *file, err error) {
	if errors.Is(err, errTruncated) {
		return
	}
	in.mu.Lock()
	in.counters.ReadErrors++
	if errors.Is(err, trouble.ErrNoneFree) {
		in.counters.Unopened++
	}
	tell, suppressed := false, 0
	if f.err == nil {
		f.more().since = in.now().UnixNano()
		if !missing(err) {
			tell, suppressed = in.problems.Allow()
		}
	}
	f.err, f.retry = err, false
	in.failing[f] = struct{}{}
	place := f.place
	in.mu.Unlock()
	if missing(err) {
		in.tree.Hint(path.Dir(place.Path()))
		return
	}
	if tell {
		p := trouble.Of(place.Path(), err)
		in.log.Warn("a file can't be read; it is tried again with every scan", "path", p.Path, "error", err, "cure", p.Cure, "not_logged", suppressed)
	}
}

// missing tells whether an error says that the name is not there, or not the
// file's any more.
func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, errReplaced) || errors.Is(err, errNameless)
}

// restat takes over, under mu, what stat said of f, and tells whether its size
// is another. since is the tick before stat was asked.
func (in *Input) restat(f *file, info *vfs.Info, since uint64) bool {
	if f.format != packed.None {
		return in.restatCompressed(f, info)
	}
	f.sized = max(f.sized, since)
	if f.touched > since { // more is known by now
		if info.Size > f.size { // but not of these bytes, or they were cut off
			in.stirred(f, in.now())
		}
		return false
	}
	if info.Size == f.size && info.Modified == f.modified {
		return false
	}
	grown := info.Size != f.size
	in.tick++
	f.touched = in.tick
	if info.Size < f.size {
		f.more().cut = max(f.size, f.proven) - info.Size
		f.proven = max(f.size, f.proven)
		if f.headLength+f.firstLength == 0 { // nothing shows that what is there now was there before
			f.more().cut = f.proven
			in.cutShort(f, info.Size)
		}
	}
	f.size, f.modified = info.Size, info.Modified
	f.unlinked = f.unlinked || info.Links == 0
	for r := range f.routes {
		f.routes[r].tail = min(f.routes[r].tail, f.size)
	}
	in.stirred(f, in.now())
	return grown
}

// cutShort counts, under mu, what was cut off behind what was read. If it turns
// out that the file begins anew, its generation is ended instead.
func (in *Input) cutShort(f *file, size int64) {
	lost := f.beside.cut
	f.beside.cut, f.proven = 0, min(f.proven, size)
	in.counters.Truncations++
	in.lost(lost, "a file was truncated before it was read to its end; the bytes cut off are lost",
		"path", f.path(), "offset", f.maxOffset(), "cure", noCopytruncate)
}

// noteFirst notes how a file begins of which little was acknowledged, so that it
// is known when it is truncated, or met again compressed.
func (in *Input) noteFirst(f *file, h vfs.File) {
	in.mu.Lock()
	known, sumKnown := f.longestHead()
	enough := known >= proofs.HeadMax || int64(known) >= f.size
	truncations := f.truncations
	in.mu.Unlock()
	if enough {
		return
	}
	length, sum, same := uint32(0), uint64(0), false
	err := proofs.ReadHead(h, proofs.HeadMax, func(b []byte) {
		length, sum = uint32(len(b)), proofs.Hash(b)
		same = length > known && (known == 0 || proofs.Hash(b[:known]) == sumKnown)
	})
	if err != nil || !same {
		return // reading it will say so
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if f.truncations == truncations && length > max(f.headLength, f.firstLength) {
		f.firstLength, f.firstHash = length, sum
	}
}

const noCopytruncate = "rotate by renaming (logrotate: create instead of copytruncate)"

// truncated ends f's generation and begins the next one of the same inode, from
// its start. It returns errTruncated, or what kept it from finding out.
func (in *Input) truncated(f *file, h *descriptors.Handle, truncations uint32, why string) error {
	info, err := h.Stat()
	if err != nil {
		return err
	}
	strangers, unseen := in.strangers(f)
	in.mu.Lock()
	if f.truncations != truncations {
		in.mu.Unlock()
		return errTruncated
	}
	if f.format != packed.None {
		info.Size = f.size
	}
	const text = "a file was truncated or replaced in place; it is read from its start"
	attrs := []any{
		"path", f.path(), "why", why, "generation", f.id, "offset", f.maxOffset(),
		"size_before", f.proven, "size", info.Size, "cure", noCopytruncate,
	}
	in.counters.Truncations++
	a := in.absentAs(f)
	a.Ended, a.Size = true, f.proven
	if b := f.beside; b != nil {
		b.cut, b.bounds.OlderThan = 0, 0
	}
	if f.stream == nil || !f.stream.Renumber(f) {
		f.order = 0 // its place is that of a new file
	}
	if f.id != 0 {
		in.addAbsent(a)
	}
	if strangers { // it was perhaps copied before
		c := in.claimFor(f, a, f.proven, text, attrs...)
		if unseen {
			in.tick++
			c.due = in.tick
		}
	} else {
		lost := f.proven - f.minOffset()
		if end := in.standIn(a, f.stream); end > 0 {
			lost = max(0, f.proven-end)
		}
		in.lost(lost, text, attrs...)
	}
	f.truncations++
	delete(in.endings, f)
	f.id, f.gen, f.headLength, f.headHash, f.unsaved = 0, nil, 0, 0, false
	f.firstLength, f.firstHash = 0, 0
	f.unbind()
	for r := range f.routes {
		f.routes[r] = route{}
	}
	f.size, f.proven, f.modified = info.Size, info.Size, info.Modified
	in.tick++
	f.found, f.touched = in.tick, in.tick
	in.stirred(f, in.now())
	dir := path.Dir(f.path())
	in.mu.Unlock()
	if strangers {
		in.tree.Hint(dir)
	}
	in.flush()
	return errTruncated
}

// describe makes, under mu, the generation that f's segments refer to.
func (in *Input) describe(f *file) error {
	if f.gen != nil {
		return nil
	}
	p := f.path()
	if p == f.stream.public.Name {
		p = f.stream.public.Name // one string for both
	}
	vars := Vars{Host: in.env.Host, Path: p, Input: in.cfg.Label, Match: f.stream.match}
	gen := &inputs.Generation{
		ID: f.id, Stream: f.stream.public, Path: p, Host: in.env.Host, Captures: f.stream.captures,
		File: inputs.File{Device: f.key.device, Inode: f.key.inode, Birth: f.birth, Truncations: f.truncations, Order: f.order},
	}
	for _, h := range in.cfg.Headers {
		v, err := h.Value(vars)
		if err != nil {
			return err
		}
		gen.Headers = append(gen.Headers, inputs.Header{Key: h.Key, Value: []byte(v)})
	}
	f.gen = gen
	return nil
}
