package logfile

import (
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"shipper/inputs/logfile/shown"
	"shipper/inputs/logfile/trouble"
)

// Files lists every known file, and every path that can't be read, by path.
func (in *Input) Files() []FileStatus {
	problems := in.problems.List()
	in.mu.Lock()
	list := make([]FileStatus, 0, len(in.files)+len(problems))
	for _, f := range in.files {
		list = append(list, in.status(f))
	}
	in.mu.Unlock()
	for _, p := range problems {
		list = append(list, FileStatus{Path: p.Path, State: shown.Failed, LastError: p.String()})
	}
	slices.SortFunc(list, func(a, b FileStatus) int { return strings.Compare(a.Path, b.Path) })
	return list
}

func (in *Input) status(f *file) FileStatus {
	s := FileStatus{
		Path: f.path(), Generation: f.id, Size: f.size, Modified: timeOf(f.modified),
		Open: f.handle != nil && in.env.Descriptors.IsOpen(f.handle),
	}
	if f.stream != nil {
		s.Stream = f.stream.public.Name
	}
	switch {
	case f.err != nil:
		s.State, s.LastError = shown.Failed, trouble.Of(s.Path, f.err).String()
	case slices.Contains(slices.Collect(maps.Values(in.overdue)), f):
		s.State, s.LastError = shown.Failed, trouble.Of(s.Path, errHangs).String()
	case f.aside:
		s.State = shown.Copy
	case f.unlinked:
		s.State = shown.Unlinked
	case len(f.names) == 0:
		s.State = shown.Missing
	case f.stream != nil && !f.stream.Newest(f):
		s.State = shown.Rotated
	default:
		s.State = shown.Live
	}
	s.Complete = f.id != 0 && f.finished() && in.sealed(f, in.now()) && !in.announces(f)
	for r := range f.own() {
		if f.aside {
			break // nothing is to be read of it
		}
		t := &f.routes[r]
		status := RouteStatus{Route: r, Offset: t.pos.Offset}
		if t.since != 0 {
			status.UnreadSince = time.Unix(0, t.since)
		}
		s.Routes = append(s.Routes, status)
	}
	return s
}

// Counters returns what was counted since New.
func (in *Input) Counters() Counters {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.counters
}

// Problems lists the paths that can't be shipped, and why.
func (in *Input) Problems() []Problem { return in.problems.List() }

// Matches looks once at what a configuration would ship, and at what stands in
// its way. It opens every file to see whether it can be read, and waits ten seconds for one
// that hangs, of two at most on a device.
func Matches(cfg Config) ([]Match, []Problem, error) {
	in, err := New(cfg, Env{Log: slog.New(slog.DiscardHandler), Descriptors: NewDescriptors(64)})
	if err != nil {
		return nil, nil, err
	}
	in.cfg.StartAtEnd, in.cfg.StartAt = false, time.Time{}
	in.tree.Calls.Patience, in.asks.Patience = 10*time.Second, 10*time.Second // there is only this one look
	in.scan()
	defer func() { _ = in.Close() }() // read only
	for _, f := range in.files {
		if f.aside {
			continue
		}
		if a := in.askFor(f, false); a.err != nil && !missing(a.err) {
			in.problems.Report(trouble.Of(f.path(), a.err))
		}
	}
	var matches []Match
	for _, f := range in.files {
		if s := f.stream; s != nil && !f.aside {
			matches = append(matches, Match{
				Path: f.path(), Stream: s.public.Name, Topic: s.public.Topic,
				Size: f.size, Modified: timeOf(f.modified), Rotated: !s.Newest(f),
			})
		}
	}
	slices.SortFunc(matches, func(a, b Match) int { return strings.Compare(a.Path, b.Path) })
	return matches, in.Problems(), nil
}
