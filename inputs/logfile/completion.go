package logfile

import (
	"errors"
	"time"

	"shipper/inputs/logfile/packed"
	"shipper/inputs/logfile/settings"
	"shipper/inputs/logfile/tally"
)

// Completion says that a generation is complete on a route: it is sealed, and
// acknowledged to its end. Should it grow later it is opened again, and there is
// another Completion once that is acknowledged, too.
type Completion struct {
	Route      int
	Generation uint64
	Stream     string
	Topic      string // of the stream
	Vars       Vars   // Path is its name now, or the last that it had
	Bytes      int64  // its length
	Modified   time.Time
	Tally      tally.Tally // of its last Tally.Bytes bytes: all, unless some were passed over or acknowledged uncounted

	file *file
}

// ending is a file that ends, until all is done with it. Guarded by Input.mu.
type ending struct {
	at   time.Time // not to be looked at before
	id   uint64    // the generation, and
	size int64     // its length, that Env.Complete was told of
	told uint64    // routes for which it was told, as bits
	busy bool      // it is being disposed of, which hangs
}

// mayEnd has, under mu, f looked after if it ends.
func (in *Input) mayEnd(f *file) {
	if ends, _ := in.ends(f); ends && in.endings[f] == nil {
		in.endings[f] = &ending{}
		in.waiting.Tell()
	}
}

// settleEndings announces the files that are complete, and disposes of them.
func (in *Input) settleEndings() {
	now := in.now()
	in.mu.Lock()
	var due []*file
	for f, e := range in.endings {
		ends, quiet := in.ends(f)
		switch {
		case now.Before(e.at) || e.busy:
		case !ends:
			delete(in.endings, f)
		case now.Before(quiet):
			e.at = quiet
		case f.err == nil && f.finished():
			due = append(due, f)
		}
	}
	in.mu.Unlock()
	for _, f := range due {
		in.conclude(f, now)
	}
}

// conclude does what is next with a file that seemed complete when it was last
// looked at.
func (in *Input) conclude(f *file, now time.Time) {
	grown, err := in.lookAgain(f)
	in.mu.Lock()
	e := in.endings[f]
	if e == nil || grown || !f.finished() || !in.sealed(f, now) {
		in.mu.Unlock()
		return
	}
	e.at = now.Add(in.cfg.ScanInterval)
	if err != nil {
		in.mu.Unlock()
		return
	}
	if e.id != f.id || e.size != f.size {
		e.id, e.size, e.told = f.id, f.size, 0
	}
	var news []Completion
	for r := range f.own() {
		if bit := uint64(1) << r; in.unannounced(f, r) && e.told&bit == 0 {
			e.told |= bit
			news = append(news, Completion{
				Route: r, Generation: f.id, Stream: f.stream.public.Name, Topic: f.stream.public.Topic,
				Vars:  Vars{Host: in.env.Host, Path: f.path(), Input: in.cfg.Label, Match: f.stream.match},
				Bytes: f.size, Modified: timeOf(f.modified), Tally: f.routes[r].pos.Tally, file: f,
			})
		}
	}
	done := !in.announces(f)
	if done && (in.cfg.OnComplete == settings.Keep || len(f.names) == 0) {
		delete(in.endings, f)
	}
	dispose := done && in.endings[f] != nil
	in.mu.Unlock()
	for i := range news {
		in.env.Complete(&news[i])
	}
	if dispose {
		in.dispose(f)
	}
}

// lookAgain asks for the size of a file once more. Of one that is not there any
// more all that can be said is what was known.
func (in *Input) lookAgain(f *file) (grown bool, err error) {
	if f.format != packed.None {
		return false, nil // a change is seen by its directory, and it is read on
	}
	a := in.askFor(f, true)
	if errors.Is(a.err, errNameless) {
		return false, nil
	}
	if a.err != nil {
		return false, a.err
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.restat(f, &a.info, a.since), nil
}

// unannounced tells, under mu, whether a route has yet to be told that the
// generation is complete. One of which nothing was ever shipped is nobody's news.
func (in *Input) unannounced(f *file, r int) bool {
	return in.env.Complete != nil && f.id != 0 && !f.routes[r].pos.Tally.Has(tally.Announced)
}

// announces tells, under mu, whether that holds for any route. A file that is gone
// is remembered for so long.
func (in *Input) announces(f *file) bool {
	for r := range f.own() {
		if in.unannounced(f, r) {
			return true
		}
	}
	return false
}

// Confirm says that a Completion was told to whoever is to know of it, and returns
// what is to be made durable so that it is not told again. That is nothing if the
// generation has grown since. It may be called from any goroutine.
func (in *Input) Confirm(c *Completion) Progress {
	in.mu.Lock()
	defer in.mu.Unlock()
	f, r := c.file, &c.file.routes[c.Route]
	if in.files[f.key] != f || f.id != c.Generation || r.pos.Offset != c.Bytes || f.size != c.Bytes {
		return Progress{}
	}
	r.pos.Tally.Flags |= tally.Announced
	in.counters.Completed++
	if e := in.endings[f]; e != nil {
		e.at = time.Time{}
	}
	return Progress{Generation: f.id, Position: r.pos}
}
