package logfile

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"time"

	"shipper/inputs"
	"shipper/inputs/logfile/lineage"
	"shipper/inputs/logfile/names"
	"shipper/inputs/logfile/part"
	"shipper/inputs/logfile/proofs"
)

func timeOf(nanoseconds int64) time.Time { return time.Unix(0, nanoseconds) }

// insertFresh puts the files just found into their streams. first says that
// this is the first scan, when Config.StartAtEnd applies, if no state is there:
// a file that appeared while the agent was stopped must not be skipped.
func (in *Input) insertFresh(first bool) {
	newStreams := map[*stream]bool{}
	fresh := in.judgeAll(first, newStreams)
	slices.SortStableFunc(fresh, func(a, b *file) int {
		if c := cmp.Compare(a.stream.public.Name, b.stream.public.Name); c != 0 {
			return c // names and times of different logs are not to be compared
		}
		switch { // those with a place first
		case a.order != 0 && b.order == 0:
			return -1
		case a.order == 0 && b.order != 0:
			return 1
		}
		return lineage.Older(a, b)
	})
	skip := in.unskipped
	in.unskipped = nil
	for _, f := range fresh {
		in.mu.Lock()
		s := f.stream
		f.more().saved, f.aside = nil, false
		if f.order == 0 {
			in.noteKin(f)
		}
		s.Insert(f)
		delete(in.unexamined, f)
		f.tidy()
		in.mayEnd(f)
		if i := slices.Index(s.All(), f); i > 0 {
			in.mayEnd(s.All()[i-1]) // it has a successor now
		}
		for r := range f.routes {
			if f.routes[r].pos.Offset > 0 {
				s.cursors[r].begun = max(s.cursors[r].begun, f.order)
			}
		}
		skipped := false
		if first && in.atEnd(f) {
			for r := range f.routes {
				if in.fresher[r] || !in.hadState && f.id == 0 && newStreams[s] {
					f.routes[r].seq = f.seq // not to be read before it is skipped
					skipped = true
				}
			}
		}
		if skipped {
			f.more().unskipped = true
			skip = append(skip, unskipped{f, f.size})
		} else {
			in.rouse(s)
		}
		in.mu.Unlock()
	}
	in.skip(skip)
	in.openNew(fresh)
	in.settleClaims()
	in.standInForAll()
	in.newcomers, in.joining, in.headed = nil, nil, nil
	in.forgetKin()
}

// atEnd tells whether a file that is there when the agent is installed starts at
// its end. One that was written to since StartAt is read from its beginning:
// nothing tells which of its lines are older.
func (in *Input) atEnd(f *file) bool {
	return in.cfg.StartAtEnd || timeOf(f.modified).Before(in.cfg.StartAt)
}

// streamOf finds or makes the stream of a file just found.
func (in *Input) streamOf(f *file) (_ *stream, created bool, err error) {
	in.mu.Lock()
	p, saved := f.path(), f.savedAs()
	live := path.Join(path.Dir(p), f.name.Stem)
	in.mu.Unlock()
	if saved != nil {
		live = names.StreamPath(saved.Path)
	}
	vars := Vars{Host: in.env.Host, Path: live, Input: in.cfg.Label}
	captures, err := in.cfg.Captures(&vars, p)
	if err != nil {
		return nil, false, err
	}
	public := &inputs.Stream{Input: in.cfg.Label, Name: live}
	switch {
	case saved != nil && saved.Stream != "":
		public.Name = saved.Stream // a generation keeps its stream
	case in.cfg.StreamName != nil:
		if public.Name, err = in.cfg.StreamName(vars); err != nil {
			return nil, false, fmt.Errorf("evaluate stream: %w", err)
		}
	}
	in.mu.Lock()
	s := in.streams[public.Name]
	in.mu.Unlock()
	if s != nil {
		return s, false, nil
	}
	if in.cfg.Topic != nil {
		if public.Topic, err = in.cfg.Topic(vars); err != nil {
			return nil, false, fmt.Errorf("evaluate topic: %w", err)
		}
	}
	if in.cfg.Key != nil {
		key, err := in.cfg.Key(vars)
		if err != nil {
			return nil, false, fmt.Errorf("evaluate key: %w", err)
		}
		public.Key = []byte(key)
	}
	s = &stream{public: public, captures: captures, match: vars.Match}
	for r := range in.env.Routes {
		s.cursors = append(s.cursors, &Cursor{in: in, stream: s, route: r})
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if former := in.absent.TakeFormer(public.Name); former != nil {
		s.Recall(former.First, former.Last)
		for r, order := range former.Begun {
			if r < len(s.cursors) {
				s.cursors[r].begun = order
			}
		}
	}
	in.streams[public.Name] = s
	return s, true, nil
}

// begins tells whether a route reads files of this input for the first time.
func (in *Input) begins(route int) bool { return !in.hadState || in.fresher[route] }

// unskipped is a file to be skipped up to the last newline before its size when it was
// found.
type unskipped struct {
	file *file
	size int64
}

// skip passes over everything that was in the files. One whose file system does not
// answer is skipped later; until then nothing of its stream is read.
func (in *Input) skip(files []unskipped) {
	progress := make([][]Progress, in.env.Routes)
	for _, x := range files {
		f := x.file
		var pos Position
		var err error
		if !in.patiently(f.key.device, func() { pos, err = in.lastLine(f, x.size) }) {
			in.unskipped = append(in.unskipped, x)
			continue
		}
		in.mu.Lock()
		f.more().unskipped = false
		f.tidy()
		if err != nil {
			for r := range f.routes {
				if in.begins(r) {
					f.routes[r].seq = f.seq - 1
				}
			}
			in.later("the end of a file can't be found, where it was to be started; it is read from its beginning",
				"path", f.path(), "error", err)
		} else {
			for r := range f.routes {
				if !in.begins(r) {
					continue
				}
				f.routes[r] = route{pos: pos, tail: pos.Offset, seq: f.seq - 1}
				if pos.Offset > 0 {
					c := f.stream.cursors[r]
					c.begun = max(c.begun, f.order)
				}
				id := f.identity()
				progress[r] = append(progress[r], Progress{Generation: f.id, Identity: &id, Position: pos})
			}
		}
		in.mu.Unlock()
	}
	for r, p := range progress {
		if len(p) > 0 && in.env.Skip != nil {
			in.env.Skip(r, p)
		}
	}
	in.mu.Lock()
	for _, x := range files {
		in.rouse(x.file.stream)
	}
	in.mu.Unlock()
}

// lastLine gives f its identity and returns the position after its last newline before
// size. An empty file gets an identity, too: it must not be taken for one never seen
// after it has grown.
func (in *Input) lastLine(f *file, size int64) (Position, error) {
	in.mu.Lock()
	truncations := f.truncations
	in.mu.Unlock()
	h, err := in.acquire(f, false)
	if err != nil {
		return Position{}, err
	}
	defer in.env.Descriptors.Release(h)
	pos, err := proofs.LastLine(part.File{File: h, End: size})
	if err != nil {
		return Position{}, err
	}
	length, sum := uint32(min(pos.Offset, proofs.HeadMax)), uint64(0)
	id := uint64(0)
	err = proofs.ReadHead(h, proofs.HeadMax, func(b []byte) {
		id = proofs.GenerationID(in.env.AgentID, f.key.inode, f.birth, truncations, b)
		length = min(length, uint32(len(b)))
		sum = proofs.Hash(b[:length])
	})
	if err != nil {
		return Position{}, err
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	switch {
	case f.truncations != truncations: // meanwhile
		return Position{}, errTruncated
	case f.id == 0:
		f.id, f.headLength, f.headHash = id, length, sum
	}
	return pos, nil
}

// settleNameless looks at the files that have no name in any directory we look
// at. full says that all directories were just looked at.
func (in *Input) settleNameless(full bool) {
	in.mu.Lock()
	list := slices.Collect(maps.Keys(in.nameless))
	in.mu.Unlock()
	for _, f := range list {
		if f.isElsewhere() {
			in.settleElsewhere(f)
			continue
		}
		a := in.askFor(f, true)
		if a.opened {
			if a.err != nil {
				continue // an error is never "gone"
			}
			in.mu.Lock()
			if len(f.names) == 0 {
				if a.info.Links == 0 && !f.unlinked {
					f.unlinked = true
					in.mayEnd(f)
					in.rouse(f.stream) // its last line may be complete now
				}
				in.restat(f, &a.info, a.since)
				switch {
				case in.now().Sub(timeOf(f.changed)) < in.cfg.QuietAfter:
				case f.finished() && in.announces(f):
					in.closeHandle(f) // it needs no room on the disk to be told of
				case f.finished() || in.isSafe(f):
					in.vanish(f, "")
				}
			}
			in.mu.Unlock()
			continue
		}
		in.mu.Lock()
		if len(f.names) == 0 {
			if full && (f.finished() || !in.tree.Failing()) { // else it may be where an error is
				f.missed++
			}
			// Twice, since it may have been moved from a directory not yet
			// visited to one already visited.
			if f.missed >= 2 && !(f.finished() && in.announces(f)) {
				in.vanish(f, "it was deleted or moved out of sight while no descriptor was held")
			}
		}
		in.mu.Unlock()
	}
	in.mu.Lock()
	gone := in.gone
	in.gone = nil
	in.mu.Unlock()
	if len(gone) > 0 && in.env.Forget != nil {
		in.env.Forget(gone)
	}
}

// closeIdle closes files that were read to their end and not written for long, but not
// those being disposed of: what a late writer adds is read by that descriptor.
func (in *Input) closeIdle() {
	now := in.now()
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, f := range in.files {
		if e := in.endings[f]; e != nil && e.busy {
			continue
		}
		if f.handle != nil && len(f.names) > 0 && now.Sub(timeOf(f.changed)) >= in.cfg.KeepOpen && f.finished() {
			in.closeHandle(f)
			f.rest()
		}
	}
}

// rest gives up, under mu, what an idle file does not need, unless somebody may
// still hold a segment of it.
func (f *file) rest() {
	for _, c := range f.stream.cursors {
		if c.out != nil {
			return
		}
	}
	f.gen = nil
}
