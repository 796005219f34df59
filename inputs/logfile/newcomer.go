package logfile

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"shipper/inputs/logfile/lineage"
	"shipper/inputs/logfile/names"
	"shipper/inputs/logfile/packed"
	"shipper/inputs/logfile/proofs"
	"shipper/inputs/logfile/vfs"
)

// copyQuiet is for how long a file that begins as another one does must not have
// grown before it is taken for something else than a copy under way.
const copyQuiet = 10 * time.Second

// decision is what becomes of a newcomer.
type decision uint8

const (
	joins   decision = iota // it takes its place in the stream
	waits                   // it is not known yet, or its bytes are read elsewhere
	ignored                 // it is history that is not to be read
)

// judgeAll decides about all newcomers and returns those that take their place
// now; the others stay in fresh or are put aside for good.
func (in *Input) judgeAll(first bool, newStreams map[*stream]bool) []*file {
	in.newcomers, in.fresh, in.headed = in.fresh, nil, nil
	in.forgetKin()
	in.joining = nil
	// Those that others may be copies of come first.
	slices.SortStableFunc(in.newcomers, func(a, b *file) int { return a.derived() - b.derived() })
	crowd := len(in.newcomers) > 0 && in.newcomers[len(in.newcomers)-1].derived() > 0
	for _, f := range in.newcomers {
		in.mu.Lock()
		vanished := in.files[f.key] != f
		in.mu.Unlock()
		if vanished {
			continue
		}
		s, created, err := in.streamOf(f)
		if err != nil {
			in.problems.Report(Problem{Path: f.path(), What: fmt.Sprintf("%q: %v", f.path(), err), Cure: "correct the input's expressions"})
			in.fresh = append(in.fresh, f) // tried again with the next scan
			continue
		}
		if created && !s.Known() {
			newStreams[s] = true
		}
		switch in.judge(f, s, first && in.atEnd(f) && !in.hadState && newStreams[s]) {
		case joins:
			in.joining = append(in.joining, f)
			if crowd && f.derived() == 0 {
				in.patiently(f.key.device, func() { in.openEarly(f) })
			}
		case waits:
			in.fresh = append(in.fresh, f)
			in.mu.Lock()
			in.noteKin(f)
			in.mu.Unlock()
		case ignored:
		}
	}
	return in.joining
}

// noteKin notes, under mu, for number, what is older than a newcomer and what is newer:
// what is gone when that is asked would be taken for the other. Of what is gone already
// dates and births tell, but of one that was truncated not that it is older; what the
// same inode held before is.
func (in *Input) noteKin(f *file) {
	s := f.stream
	for _, g := range s.All() {
		if c := lineage.Older(f, g); c > 0 {
			f.more().bounds.IsNewer(g.order)
		} else if c < 0 && g.id != 0 {
			f.more().bounds.IsOlder(g.order)
		}
	}
	if f.format != packed.None {
		return
	}
	// A file that was truncated holds what is newer than its birth, the live one the newest.
	old := f.birth != 0 && f.truncations == 0 && (f.name.Kind != names.Live || len(f.names) == 0)
	if e := in.elders[s]; e.Order > 0 {
		switch {
		case f.birth > e.Until:
			f.more().bounds.IsNewer(e.Order)
		case old && f.birth < e.Birth:
			f.more().bounds.IsOlder(e.Order)
		}
	}
	for _, a := range in.kin(s.public.Name) {
		if a.Birth == 0 || f.birth == 0 {
			continue
		}
		switch {
		case a.Birth < f.birth && a.Truncations == 0,
			a.Inode == f.key.inode && a.Birth == f.birth && a.Truncations < f.truncations:
			f.more().bounds.IsNewer(a.Order)
		case old && a.Birth > f.birth && !in.datedBehind(f, a):
			f.more().bounds.IsOlder(a.Order)
		}
	}
}

// datedBehind tells whether dated names say that a newcomer is newer than what is gone.
func (in *Input) datedBehind(f *file, a *absence) bool {
	if f.name.Kind != names.Dated {
		return false
	}
	n, _ := in.globs.Classify(path.Dir(a.Path), path.Base(a.Path), in.cfg.Rotated)
	return n.Kind == names.Dated && names.Compare(&f.name, &n) > 0
}

// derived is 1 for a file that by its name may hold the bytes of another one.
func (f *file) derived() int {
	if f.savedAs() == nil && (f.format != packed.None || f.name.Kind != names.Live) {
		return 1
	}
	return 0
}

// judge decides about a newcomer of stream s. history says that files which are
// there already are to be passed over.
func (in *Input) judge(f *file, s *stream, history bool) decision {
	in.mu.Lock()
	f.stream, f.aside = s, true
	if f.origin() != nil {
		in.mu.Unlock()
		return waits
	}
	recognised := f.savedAs() != nil
	examined := f.beside != nil && f.beside.exam != nil
	in.mu.Unlock()
	var list []candidate
	if !recognised {
		if f.derived() > 0 && !examined {
			in.knowHeads(s)
		}
		in.mu.Lock()
		list = in.candidates(f, s)
		in.mu.Unlock()
	}
	if f.format != packed.None {
		return in.judgeCompressed(f, s, list, history)
	}
	if len(list) == 0 {
		return joins
	}
	young := in.now().Sub(timeOf(f.changed)) < copyQuiet
	sample := in.sample(f, knownOf(list))
	if sample.Err != nil && (young || errors.Is(sample.Err, errHangs)) {
		return waits
	}
	short := false
	for i := range list {
		switch list[i].Compare(sample.Size, sample.Excerpts) {
		case proofs.Alike:
			return in.adopt(f, &list[i], sample.Size)
		case proofs.TooShort:
			// A copy was complete before the truncation: only one of a file
			// that is still whole can be under way.
			short = short || (list[i].file != nil && in.beginAlike(f, list[i].file))
		case proofs.Unlike:
		}
	}
	if short && young {
		return waits
	}
	return joins
}

// adopt makes f the file of a generation whose bytes it holds, or, where that
// has a file of its own still, puts it aside.
func (in *Input) adopt(f *file, k *candidate, size int64) decision {
	in.mu.Lock()
	if g := k.file; g != nil {
		if in.files[g.key] == g && g.truncations == k.truncations { // else it is judged anew
			f.bind(g)
			in.needsNoLook(f)
		}
		in.mu.Unlock()
		return waits
	}
	f.size, f.proven = max(f.size, size), size
	if f.format != packed.None {
		f.size = size
	}
	for _, c := range in.claims {
		if c.absence == k.absence {
			c.heir = f
		}
	}
	if k.claim != nil { // nothing of it was shipped: it begins as any file does, in its place
		f.order = k.absence.Order
		in.mu.Unlock()
		return joins
	}
	in.resume(f, k.absence)
	f.gen, f.unsaved = k.absence.Gen, true
	id, from := f.identity(), k.absence.Path
	in.mu.Unlock()
	in.log.Info("a file holds the bytes of one that is gone and goes on from its offset",
		"path", f.path(), "from", from, "generation", id.ID, "offset", f.maxOffset(), "size", size)
	for r := range f.routes {
		if pos := f.routes[r].pos; pos.Offset > 0 && in.env.Skip != nil {
			in.env.Skip(r, []Progress{{Generation: id.ID, Identity: &id, Position: pos}})
		}
	}
	return joins
}

// judgeCompressed decides about a compressed newcomer: it waits while the plain
// file is there, and is examined once that is gone. If it joins, it is among the
// unexamined, and holds what is newer, until it has its place.
func (in *Input) judgeCompressed(f *file, s *stream, list []candidate, history bool) decision {
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(f.names) == 0 {
		in.needsNoLook(f)
		return waits // until it is gone for good
	}
	if x := f.names[0]; f.savedAs() == nil {
		if plain := x.Dir.Shown(strings.TrimSuffix(x.Name, path.Ext(x.Name))); plain != nil && plain.File != nil {
			return waits
		}
	}
	if f.beside.exam == nil {
		if !f.beside.asked && f.savedAs() == nil {
			f.beside.history = history || (in.cfg.History && in.predates(f, s))
		}
		f.beside.asked = true
		if f.beside.history && len(list) == 0 {
			in.counters.CompressedIgnored++
			return ignored
		}
		if _, ok := in.unexamined[f]; !ok {
			in.unexamined[f] = in.now()
		}
		return waits
	}
	f.size, f.proven = f.beside.exam.size, f.beside.exam.size
	if f.savedAs() != nil {
		for r := range f.routes {
			if t := &f.routes[r]; t.pos.Offset == f.size {
				*t = route{pos: t.pos, tail: f.size, seq: f.seq}
			} else if t.since == 0 {
				t.since, t.mark = in.now().UnixNano(), f.size
			}
		}
		return joins
	}
	for i := range list {
		if f.beside.exam.says(&list[i]) == proofs.Alike {
			in.mu.Unlock()
			d := in.adopt(f, &list[i], f.beside.exam.size)
			in.mu.Lock()
			return d
		}
	}
	f.beside.exam.list = nil // nobody asks it any more
	if f.beside.history {
		in.needsNoLook(f)
		in.counters.CompressedIgnored++
		return ignored
	}
	f.beside.own = true
	return joins
}

// needsNoLook takes f, under mu, from those to be examined; its stream may have waited.
func (in *Input) needsNoLook(f *file) {
	delete(in.unexamined, f)
	in.rouse(f.stream)
}

// predates tells, under mu, whether f is older than everything that is known of a
// stream: it was there before, and was not to be read then. Where nothing is known any
// more it is not.
func (in *Input) predates(f *file, s *stream) (older bool) {
	for _, g := range slices.Concat(s.All(), in.newcomers) {
		if g.aside && (g.savedAs() == nil || g.savedAs().Stream != s.public.Name) {
			continue
		}
		if lineage.Older(f, g) >= 0 {
			return false
		}
		older = true
	}
	for _, a := range in.kin(s.public.Name) {
		// One that was compressed later was born later than what it holds.
		n, _ := in.globs.Classify(path.Dir(a.Path), path.Base(a.Path), in.cfg.Rotated)
		if names.Compare(&f.name, &n) > 0 || (a.Birth != 0 && f.modified >= a.Birth) {
			return false
		}
		older = true
	}
	return older
}

// restatCompressed is restat for a compressed file, whose size on disk is not
// that of its content.
func (in *Input) restatCompressed(f *file, info *vfs.Info) bool {
	f.unlinked = f.unlinked || info.Links == 0
	if info.Size == f.more().stored && info.Modified == f.modified {
		return false
	}
	f.more().stored, f.modified, f.changed = info.Size, info.Modified, in.now().UnixNano()
	f.beside.exam = nil
	in.env.Descriptors.EndDecoders(f)
	if f.aside {
		f.err = nil
	} else { // it is not examined once more: reading it tells what there is behind the end
		f.retry = f.err != nil
		in.stirred(f, in.now())
	}
	return false
}

// compressedKind tells how a name says that its file is compressed.
func compressedKind(n *names.Name, name string) packed.Format {
	if !n.Compressed {
		return packed.None
	}
	return packed.FormatOf(name)
}
