package restore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"shipper/agent/replay"
	"shipper/checkpoint"
	"shipper/inputs"
	"shipper/outputs/s3/object"
)

// version is that of plans as this process writes them.
const version = 1

// Plan is the objects that are to be shipped.
type Plan struct {
	Version  int    `json:"version"`
	Output   string `json:"output"`
	Logs     []Log  `json:"logs"`
	Returned int    `json:"returned"` // objects that are left out because they are marked
	// Problems are the objects that can't be shipped, as far as that is known.
	Problems []Problem `json:"problems"`

	// Resumed says that the plan was made by an earlier process.
	Resumed bool `json:"-"`

	Options *Options         `json:"-"`
	Folder  replay.Folder    `json:"-"` // where it is kept until it is done
	State   checkpoint.State `json:"-"` // of the agent on this host

	buckets map[string]bucket
}

// Log is the objects of one log, in the order in which they are shipped.
type Log struct {
	Agent   string   `json:"agent"`
	Host    string   `json:"host"`
	Input   string   `json:"input"`
	Name    string   `json:"name"`
	Topic   string   `json:"topic"` // as stored
	Objects []Object `json:"objects"`
}

// Object is one object. Those of one generation may overlap: the longest comes first.
type Object struct {
	URL        string `json:"url"`
	Path       string `json:"path"` // of its file
	Generation uint64 `json:"generation,string"`
	Start      int64  `json:"start"`
	End        int64  `json:"end"`
	Records    int    `json:"records"`
}

// Make finds out what is to be shipped, or finds the plan that was made of the same
// options before and not finished. It writes nothing. Close the plan after use.
func Make(ctx context.Context, o *Options) (*Plan, error) {
	if o.StateDir == "" {
		o.StateDir = o.Config.Agent.StateDir
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	p := &Plan{Version: version, Options: o, buckets: map[string]bucket{}}
	var err error
	if p.State, err = checkpoint.Read(o.StateDir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the agent's state: %w", err)
	}
	if p.Folder, err = o.folder(); err != nil {
		return nil, err
	}
	if !o.Restart {
		if p.Resumed, err = p.Folder.Load(p, version); err != nil {
			return nil, err
		}
	}
	switch {
	case !p.Resumed:
		err = p.make(ctx)
	case len(p.Logs) > 0 && p.Destination() == nil:
		err = fmt.Errorf("the configuration has no output %q any more: bring it back, or begin anew with --restart", p.Output)
	}
	if err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// Close lets go of the buckets.
func (p *Plan) Close() {
	for _, b := range p.buckets {
		_ = b.Close(context.Background()) // only read from
	}
}

func (p *Plan) make(ctx context.Context) error {
	all, entries, err := p.survey(ctx)
	if err != nil {
		return err
	}
	if err := p.undisputed(ctx, all, entries); err != nil {
		return err
	}
	if p.Logs = logsOf(all); len(p.Logs) > 0 {
		return p.aim()
	}
	if len(p.Problems) > 0 {
		return nil // they say why
	}
	if p.Returned > 0 {
		return fmt.Errorf("nothing is to be shipped: %d objects are marked as returned, which --returned ships nevertheless", p.Returned)
	}
	return errors.New("nothing is to be shipped: no object is within the bounds that were given")
}

// logsOf sorts objects by log. A file that two inputs read is in two logs.
func logsOf(all []seen) []Log {
	type part struct { // of a log: one generation
		log     Log
		order   uint64
		first   time.Time
		objects []Object
	}
	var parts []*part
	slices.SortStableFunc(all, func(a, b seen) int {
		x, y := &a.meta.Generation, &b.meta.Generation
		return cmp.Or(cmp.Compare(x.ID, y.ID), compareStreams(x.Stream, y.Stream))
	})
	for i := range all {
		m := all[i].meta
		g := &m.Generation
		if i == 0 || all[i-1].meta.Generation.ID != g.ID || compareStreams(all[i-1].meta.Generation.Stream, g.Stream) != 0 {
			parts = append(parts, &part{
				log:   Log{Agent: m.Agent, Host: g.Host, Input: g.Stream.Input, Name: g.Stream.Name, Topic: g.Stream.Topic},
				order: g.File.Order, first: timeOf(m),
			})
		}
		p := parts[len(parts)-1]
		p.objects = append(p.objects, Object{URL: all[i].entry.Key, Path: g.Path, Generation: g.ID, Start: m.Start, End: m.End, Records: m.Records})
	}
	slices.SortStableFunc(parts, func(a, b *part) int {
		return cmp.Or(a.log.compare(&b.log), cmp.Compare(a.order, b.order), a.first.Compare(b.first))
	})
	var logs []Log
	for _, p := range parts {
		if n := len(logs); n == 0 || logs[n-1].compare(&p.log) != 0 {
			logs = append(logs, p.log)
		}
		last := &logs[len(logs)-1]
		last.Objects = append(last.Objects, p.objects...)
	}
	return logs
}

func compareStreams(a, b *inputs.Stream) int {
	return cmp.Or(strings.Compare(a.Input, b.Input), strings.Compare(a.Name, b.Name), strings.Compare(a.Topic, b.Topic))
}

func (l *Log) compare(o *Log) int {
	return cmp.Or(strings.Compare(l.Host, o.Host), strings.Compare(l.Agent, o.Agent), strings.Compare(l.Input, o.Input),
		strings.Compare(l.Name, o.Name), strings.Compare(l.Topic, o.Topic))
}

// timeOf is when an object's bytes were read.
func timeOf(m *object.Meta) time.Time { return time.UnixMilli(m.Time) }

// Generations calls f with the objects of each generation of a log.
func (l *Log) Generations(f func([]Object) error) error {
	for start, i := 0, 1; i <= len(l.Objects); i++ {
		if i == len(l.Objects) || l.Objects[i].Generation != l.Objects[start].Generation {
			if err := f(l.Objects[start:i]); err != nil {
				return err
			}
			start = i
		}
	}
	return nil
}

// Bytes is how much is to be shipped, each byte of a file counted once.
func (p *Plan) Bytes() int64 {
	n := int64(0)
	for i := range p.Logs {
		_ = p.Logs[i].Generations(func(objects []Object) error { // no error comes of it
			n += p.Options.Bytes(objects)
			return nil
		})
	}
	return n
}

// Bytes is that of one generation.
func (o *Options) Bytes(objects []Object) int64 {
	n, at := int64(0), o.From
	for i := range objects {
		end := objects[i].End
		if o.To > 0 {
			end = min(end, o.To)
		}
		if start := max(at, objects[i].Start); end > start {
			n += end - start
			at = end
		}
	}
	return n
}

// Problem notes an object that can't be shipped. It is not for several goroutines.
func (p *Plan) Problem(url string, err error) {
	text := err.Error()
	if !strings.Contains(text, url) {
		text = url + ": " + text
	}
	p.Problems = append(p.Problems, Problem{url, text})
}

// bucket opens a bucket once. It is not for several goroutines.
func (p *Plan) bucket(name string) (bucket, error) {
	if b := p.buckets[name]; b != nil {
		return b, nil
	}
	b, err := p.Options.reach(name)
	if err == nil {
		p.buckets[name] = b
	}
	return b, err
}

// Open opens the buckets of all objects, for Get and Return.
func (p *Plan) Open() error {
	for i := range p.Logs {
		for j := range p.Logs[i].Objects {
			name, _, err := place(p.Logs[i].Objects[j].URL)
			if err == nil {
				_, err = p.bucket(name)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// Get reads an object of a bucket that is open.
func (p *Plan) Get(ctx context.Context, url string) (*object.Meta, *inputs.Segment, error) {
	name, key, err := place(url)
	if err != nil {
		return nil, nil, err
	}
	return p.buckets[name].Get(ctx, key)
}

// Return marks an object as returned.
func (p *Plan) Return(ctx context.Context, url string) error {
	name, key, err := place(url)
	if err != nil {
		return err
	}
	return p.buckets[name].Return(ctx, key)
}

// Delivered tells of the records that the topics have already, nil if that is of no
// interest.
func (p *Plan) Delivered(ctx context.Context) (func(uint64, int64) bool, error) {
	if !p.Options.SkipDelivered || len(p.Logs) == 0 {
		return nil, nil //nolint:nilnil // nothing is left out
	}
	wanted, topics := map[string]bool{}, map[string]bool{}
	for i := range p.Logs {
		topics[p.TopicOf(&p.Logs[i])] = true
		for j := range p.Logs[i].Objects {
			wanted[fmt.Sprintf("%016x", p.Logs[i].Objects[j].Generation)] = true
		}
	}
	return replay.Delivered(ctx, p.Options.Config, p.Output, wanted, topics, p.Options.Tell)
}

// TopicOf is where a log's records go.
func (p *Plan) TopicOf(l *Log) string { return cmp.Or(p.Options.Topic, l.Topic) }
