package logfile

import (
	"slices"

	"shipper/inputs/logfile/names"
	"shipper/inputs/logfile/packed"
	"shipper/inputs/logfile/proofs"
)

// This file tells whether the bytes of a generation are in another file.

// candidate is a generation that a newcomer may hold the bytes of: one whose
// file is gone (absence), of which nothing was shipped (claim alone), or whose
// file is at hand.
type candidate struct {
	absence *absence
	claim   *claim
	file    *file

	id          uint64
	truncations uint32 // of file
	proofs.Known
}

// same tells, under mu, whether k, of an earlier look, is what now is of this
// one: since then it may have been begun, or its file may be gone.
func (k *candidate) same(now *candidate) bool {
	id := k.id
	if id == 0 && k.file != nil && k.file.truncations == k.truncations {
		if k.file == now.file {
			return true
		}
		id = k.file.id
	}
	if id == 0 && now.id == 0 {
		return k.HeadLength == now.HeadLength && k.HeadHash == now.HeadHash
	}
	return id == now.id
}

func ofAbsence(a *absence) candidate { return candidate{absence: a, id: a.ID, Known: a.Known()} }

func ofFile(f *file) candidate {
	k := candidate{file: f, id: f.id, truncations: f.truncations, Known: proofs.Known{Size: f.size}}
	k.HeadLength, k.HeadHash = f.longestHead()
	if f.cut() > 0 {
		k.Size = f.proven // before it was cut short
	}
	for r := range f.routes {
		k.Positions = append(k.Positions, f.routes[r].pos)
	}
	return k
}

// knownOf lists what the candidates are known by.
func knownOf(list []candidate) []proofs.Known {
	known := make([]proofs.Known, len(list))
	for i := range list {
		known[i] = list[i].Known
	}
	return known
}

// sample reads what the candidates are to be compared by.
func (in *Input) sample(f *file, list []proofs.Known) proofs.Sample {
	s, place := proofs.Sample{}, f.place
	if !in.patiently(f.key.device, func() { s = proofs.Take(in.fs, place, f.key.device, f.key.inode, list) }) {
		return proofs.Sample{Err: errHangs}
	}
	return s
}

// beginAlike tells whether f has the same first bytes as g, as far as it goes.
// Where that can't be told it may be so.
func (in *Input) beginAlike(f, g *file) bool {
	s := in.sample(f, []proofs.Known{{HeadLength: uint32(min(f.size, proofs.HeadMax))}})
	if s.Err != nil || s.Size == 0 {
		return true
	}
	alike := true
	told := in.patiently(g.key.device, func() {
		h, err := in.acquire(g, true)
		if err != nil {
			return
		}
		defer in.env.Descriptors.Release(h)
		for n, b := range s.Excerpts {
			ok, err := proofs.HeadMatches(h, uint32(n), proofs.Hash(b))
			alike = ok || err != nil
		}
	})
	return !told || alike
}

// candidates lists, under mu, the generations of the stream that the newcomer f
// may hold, by what is known without reading it.
//
//   - A compressed file may be any that is older than itself.
//   - A plain one with a rotated name may be a copy of the live one, made before
//     that is or was truncated. Of another it may not: a log that repeats itself
//     is rotated by renaming, too.
//   - A file that is older than its inode was restored or moved from elsewhere,
//     as was one on another device: it may be any whose file is gone.
func (in *Input) candidates(f *file, s *stream) []candidate {
	compressed := f.format != packed.None
	rotated := compressed || f.name.Kind != names.Live
	restored := f.birth != 0 && f.modified < f.birth
	var list []candidate
	for _, c := range in.claims {
		if c.absence.ID == 0 && c.heir == nil && c.stream == s && rotated {
			k := ofAbsence(c.absence)
			k.claim = c
			list = append(list, k)
		}
	}
	for _, a := range in.kin(s.public.Name) {
		if !in.absent.Has(a) || a.HeadLength == 0 {
			continue
		}
		holder := in.files[key{a.Device, a.Inode}]
		ended := a.Ended || (holder != nil && holder.birth == a.Birth && holder.truncations > a.Truncations)
		likely := compressed || (ended && rotated) || restored || a.Device != f.key.device
		if likely && (ended || in.couldSee(a)) {
			list = append(list, ofAbsence(a))
		}
	}
	for _, g := range slices.Concat(in.joining, s.All()) {
		if g.stream != s {
			continue
		}
		if g == f || copied(g, f) || g.format != packed.None || (f.birth != 0 && f.birth < g.birth) {
			continue
		}
		if compressed || (rotated && g.name.Kind == names.Live) || (restored && len(g.names) == 0) {
			// Of one that was not read only the head is known. That will do for a
			// file that can't have been rotated before the live one was made.
			// Of one made in the same tick the size must be the same, too.
			k := ofFile(g)
			k.Whole = g.id == 0 && f.birth == g.birth
			if k.HeadLength > 0 && (g.id != 0 || (g.birth != 0 && (f.birth > g.birth || len(g.names) == 0))) {
				list = append(list, k)
			}
		}
	}
	return list
}

// knowHeads sees to it that the stream's files can be compared: one that was opened
// when it held little, and not read since, has more to be known by now, and one that was
// truncated is another generation. Each is asked once for all newcomers of a pass.
func (in *Input) knowHeads(s *stream) {
	in.mu.Lock()
	var list []*file
	for _, g := range slices.Concat(in.joining, s.All()) {
		if _, done := in.headed[g]; done {
			continue
		}
		if g.stream == s && g.format == packed.None && (max(g.headLength, g.firstLength) < proofs.HeadMax || g.name.Kind == names.Live) {
			list = append(list, g)
		}
	}
	since := in.tick
	in.mu.Unlock()
	if in.headed == nil {
		in.headed = map[*file]struct{}{}
	}
	for _, g := range list {
		in.headed[g] = struct{}{}
		in.patiently(g.key.device, func() { in.knowHead(g, since) })
	}
}

// knowHead does so for one of them. since is the tick before.
func (in *Input) knowHead(g *file, since uint64) {
	h, err := in.acquire(g, true)
	if err != nil {
		return // reading it will say so
	}
	defer in.env.Descriptors.Release(h)
	info, err := h.Stat()
	if err != nil {
		return
	}
	in.mu.Lock()
	in.restat(g, &info, since)
	length, sum := g.longestHead()
	truncations, here := g.truncations, in.files[g.key] == g
	in.mu.Unlock()
	if here {
		_ = in.proveHead(g, h, truncations, length, sum) // says so, or reading will
	}
	in.noteFirst(g, h)
}

// kin lists, under mu, the absent generations of a stream.
func (in *Input) kin(name string) []*absence {
	if in.kinship == nil {
		in.kinship = map[string][]*absence{}
		for a := range in.absent.All() {
			in.kinship[a.Stream] = append(in.kinship[a.Stream], a)
		}
	}
	return in.kinship[name]
}

// forgetKin has kin list them anew. A lane that finds a truncation adds to the list.
func (in *Input) forgetKin() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.kinship = nil
}

// bind notes, under mu, that the newcomer f is a copy of g: its bytes are read from g.
func (f *file) bind(g *file) { f.more().origin, g.more().copy = g, f }

// unbind ends, under mu, what bind began, at either end: g is gone, or is another
// generation now, and its copy is judged anew; or the copy is gone.
func (f *file) unbind() {
	b := f.beside
	if b == nil {
		return
	}
	if b.copy != nil {
		b.copy.beside.origin, b.copy = nil, nil
	}
	if b.origin != nil {
		b.origin.beside.copy, b.origin = nil, nil
	}
}

// copied tells, under mu, whether another newcomer than f holds g's bytes.
func copied(g, f *file) bool {
	return g.beside != nil && g.beside.copy != nil && g.beside.copy != f
}

// origin is a file at hand whose bytes the newcomer f holds, or nil.
func (f *file) origin() *file {
	if f.beside == nil {
		return nil
	}
	return f.beside.origin
}
