package explain

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strconv"
	"time"

	"shipper/agent/config"
	"shipper/agent/explain/look"
	"shipper/agent/parts"
	"shipper/agent/status"
	"shipper/agent/stored"
	"shipper/checkpoint"
	"shipper/checkpoint/edit"
	"shipper/inputs/logfile/calls"
	"shipper/inputs/logfile/names"
	"shipper/inputs/logfile/shown"
	"shipper/inputs/logfile/vfs"
)

// Log is a stream of one input.
type Log struct {
	Input       string
	Stream      string
	Generations []*Generation // the oldest first
}

// Generation is a file of a log.
type Generation struct {
	ID       uint64 // 0 until its first record was read
	Path     string
	Size     int64 // -1: it is not there
	Modified time.Time
	State    string // as in status.File, or "missing", "new"
	Error    string
	Order    uint64 // 0 if the state has none
	Offsets  []Offset
}

// Offset is how far a route has got in a generation.
type Offset struct {
	Route  string
	Offset int64
	Left   int64         // bytes not shipped, 0 if the file is not there
	For    time.Duration // for how long
}

// Left is the number of bytes that some route has not shipped.
func (g *Generation) Left() int64 {
	most := int64(0)
	for _, o := range g.Offsets {
		most = max(most, o.Left)
	}
	return most
}

// Logs lists what the source knows of inputs: from the running agent, else from
// the state and the disk. Problems are what could not be looked at.
func (s *Source) Logs(of []*config.Input) (logs []*Log, problems []string) {
	b := builder{source: s, logs: map[[2]string]*Log{}, seen: map[[2]string]bool{}}
	switch {
	case s.Snapshot != nil:
		for i := range s.Snapshot.Files {
			b.fromAgent(&s.Snapshot.Files[i], of)
		}
	case s.silent != nil:
		for _, in := range of {
			b.expect(in.Label, s.silent.Known)
		}
	default:
		for _, in := range of {
			problems = append(problems, b.fromDisk(in)...)
		}
	}
	for _, g := range edit.Generations(s.State) {
		b.missing(g)
	}
	for _, l := range b.logs {
		slices.SortStableFunc(l.Generations, older)
		logs = append(logs, l)
	}
	slices.SortFunc(logs, func(a, b *Log) int {
		return cmp.Or(cmp.Compare(a.Input, b.Input), cmp.Compare(a.Stream, b.Stream))
	})
	return logs, problems
}

// builder collects logs by input and stream.
type builder struct {
	source *Source
	logs   map[[2]string]*Log
	seen   map[[2]string]bool // by input and id
}

func (b *builder) add(input, stream string, g *Generation) {
	key := [2]string{input, stream}
	l := b.logs[key]
	if l == nil {
		l = &Log{Input: input, Stream: stream}
		b.logs[key] = l
	}
	if known := b.source.State.Generations[g.ID]; known != nil {
		g.Order = known.Order
	}
	b.seen[[2]string{input, idText(g.ID)}] = true
	l.Generations = append(l.Generations, g)
}

// idText is a generation's id as status shows it.
func idText(id uint64) string {
	if id == 0 {
		return ""
	}
	text := strconv.FormatUint(id, 16)
	return "0000000000000000"[len(text):] + text
}

func (b *builder) fromAgent(f *status.File, of []*config.Input) {
	if f.Stream == "" || !slices.ContainsFunc(of, func(in *config.Input) bool { return in.Label == f.Input }) {
		return
	}
	g := &Generation{Path: f.Path, Size: f.Size, Modified: f.Modified, State: cmp.Or(f.Ended, f.State), Error: f.LastError}
	g.ID, _ = strconv.ParseUint(f.Generation, 16, 64) // "" has none
	for _, r := range f.Routes {
		g.Offsets = append(g.Offsets, Offset{
			Route: r.Route, Offset: r.Offset, Left: r.LagBytes, For: time.Duration(r.LagSeconds * float64(time.Second)),
		})
	}
	b.add(f.Input, f.Stream, g)
}

// fromDisk takes the files that an input matches now, with the offsets that the
// state has for them.
func (b *builder) fromDisk(in *config.Input) (problems []string) {
	matches, unread, err := parts.Matches(in)
	if err != nil {
		return []string{err.Error()}
	}
	for _, p := range unread {
		problems = append(problems, p.String())
	}
	for _, m := range matches {
		g := &Generation{Path: m.Path, Size: m.Size, Modified: m.Modified, State: "new"}
		known, ok := calls.Ask(b.source.calls, func() *checkpoint.Generation { return b.source.recogniseAt(m.Path) })
		if !ok {
			problems = append(problems, fmt.Sprintf("%q: %v", m.Path, calls.ErrSilent))
		}
		if known != nil {
			g.ID, g.State = known.ID, shown.Live
			if m.Rotated {
				g.State = shown.Rotated
			}
		}
		g.Offsets = b.source.offsets(known, routeNames(in), m.Size)
		stream := m.Stream
		if known != nil {
			if name, ok := stored.StreamOf(known, in.Label); ok && name != "" {
				stream = name
			}
		}
		b.add(in.Label, stream, g)
	}
	return problems
}

// expect has the log of a generation, nil for none, be known by what the state has of it.
func (b *builder) expect(input string, g *checkpoint.Generation) {
	if g != nil {
		if name, ok := stored.StreamOf(g, input); ok {
			b.logs[[2]string{input, name}] = &Log{Input: input, Stream: name}
		}
	}
}

// missing adds a generation of the state whose file was not seen, to the logs
// that it belongs to.
func (b *builder) missing(known *checkpoint.Generation) {
	for key, l := range b.logs {
		if name, ok := stored.StreamOf(known, key[0]); !ok || key[1] != name || b.seen[[2]string{key[0], idText(known.ID)}] {
			continue
		}
		var routes []string
		for _, in := range b.source.Config.Inputs {
			if in.Label == key[0] {
				routes = routeNames(in)
			}
		}
		state := shown.Missing
		if b.source.silent != nil {
			state = "not looked at"
		}
		l.Generations = append(l.Generations, &Generation{
			ID: known.ID, Path: known.Path, Size: -1, State: state, Order: known.Order,
			Offsets: b.source.offsets(known, routes, 0),
		})
	}
}

// offsets are those of the state; known may be nil.
func (s *Source) offsets(known *checkpoint.Generation, routes []string, size int64) []Offset {
	var all []Offset
	for _, name := range routes {
		o := Offset{Route: name}
		if known != nil {
			for id, w := range known.Watermarks {
				if r := s.State.Routes[id]; routeName(r.Input, r.Output) == name {
					o.Offset = w.Offset
				}
			}
		}
		o.Left = max(0, size-o.Offset)
		all = append(all, o)
	}
	return all
}

// recogniseAt finds the newest generation of the state that the file at a path may
// be; nil if there is none, or no file.
func (s *Source) recogniseAt(name string) *checkpoint.Generation {
	info, err := look.Stat(name)
	if err != nil {
		return nil
	}
	return s.recognise(info)
}

// recognise does so for what stat says of a file.
func (s *Source) recognise(info vfs.Info) *checkpoint.Generation {
	var best *checkpoint.Generation
	for _, g := range s.byInode[info.Inode] {
		if look.Same(g, &info) && (best == nil || g.Truncations > best.Truncations) {
			best = g
		}
	}
	return best
}

// older orders generations as they are shipped, as far as order, names and times
// tell.
func older(a, b *Generation) int {
	if a.Order != 0 && b.Order != 0 {
		return cmp.Compare(a.Order, b.Order)
	}
	x, y := names.Parse(path.Base(a.Path)), names.Parse(path.Base(b.Path))
	return cmp.Or(names.Compare(&x, &y), a.Modified.Compare(b.Modified))
}

// live is the name that the application writes to.
func (l *Log) live() string {
	return names.StreamPath(l.Generations[len(l.Generations)-1].Path)
}
