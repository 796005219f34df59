package replay

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"shipper/agent/config"
	"shipper/agent/host"
	"shipper/agent/parts"
	"shipper/agent/pick"
	"shipper/agent/stored"
	"shipper/checkpoint"
	"shipper/inputs/logfile"
)

// Options is a replay as somebody asked for it.
type Options struct {
	Config *config.Config
	Args   []string // files, directories and globs

	Input  string // label of the input whose settings count, "" for the one that takes a file
	Output string // KIND.LABEL to ship to, "" for the only one of the input
	Topic  string // "" for the one that the configuration says

	From, To      int64     // bytes of the only file; a To of 0 is its end
	Since, Before time.Time // of the last modification of a file; zero for no bound
	Generation    string    // only this one, as 16 hexadecimal digits
	NewIDs        bool      // compressed files that are not known may have other ids than before
	SkipDelivered bool      // leave out what the topic has already
	Rate          int64     // bytes sent a second, 0 for any number
	Restart       bool      // forget how far the same replay got
	StateDir      string    // of the agent, "" for the configuration's
	Tell          func(what string, done, total int64)
}

// version is that of plans as this process writes them.
const version = 1

// Plan is which bytes of which generation go where.
type Plan struct {
	Version int        `json:"version"`
	Output  string     `json:"output"`
	Files   []PlanFile `json:"files"`

	// Resumed says that the plan was made by an earlier process.
	Resumed bool `json:"-"`
	folder  Folder
	state   checkpoint.State
	options *Options
}

// PlanFile is a part of a file.
type PlanFile struct {
	Input      string `json:"input"`
	Path       string `json:"path"`
	Topic      string `json:"topic"`
	Generation string `json:"generation"`
	Start      int64  `json:"start"`
	End        int64  `json:"end"`
	Known      bool   `json:"known"` // to the agent's state

	Found logfile.Found `json:"found"`
}

// Make finds out what is to be shipped, or finds the plan that was made of the same
// options before and not finished. It writes nothing.
func Make(o *Options) (*Plan, error) {
	if o.StateDir == "" {
		o.StateDir = o.Config.Agent.StateDir
	}
	p := &Plan{Version: version, options: o}
	var err error
	if p.state, err = checkpoint.Read(o.StateDir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the agent's state: %w", err)
	}
	if p.folder, err = o.folder(); err != nil {
		return nil, err
	}
	if !o.Restart {
		if p.Resumed, err = p.folder.Load(p, version); err != nil {
			return nil, err
		}
	}
	switch {
	case !p.Resumed:
		return p, p.make()
	case parts.Named(o.Config, p.Output) == nil:
		return nil, fmt.Errorf("the configuration has no output %q any more: bring it back, or begin anew with --restart", p.Output)
	}
	return p, nil
}

// folder is the same for the same options, as far as they decide what is shipped.
func (o *Options) folder() (Folder, error) {
	var args []string
	for _, a := range o.Args {
		if abs, err := filepath.Abs(a); err == nil {
			a = abs
		}
		args = append(args, a)
	}
	slices.Sort(args)
	return FolderOf(o.StateDir, args, o.Input, o.Output, o.Topic, o.From, o.To, o.Since.UnixNano(), o.Before.UnixNano(), o.Generation, o.NewIDs, o.SkipDelivered)
}

func (p *Plan) make() error {
	o := p.options
	id, hostName := host.ID(o.Config.Agent.ID)
	paths, err := pick.Expand(o.Args, func(path string) bool { return len(pick.Taken(o.Config, hostName, o.Input, path)) > 0 })
	if err != nil {
		return err
	}
	if len(paths) != 1 && (o.From != 0 || o.To != 0) {
		return fmt.Errorf("--from and --to are offsets in one file, these are %d", len(paths))
	}
	groups, err := pick.Sort(o.Config, hostName, o.Input, paths)
	if err != nil {
		return err
	}
	env := logfile.Env{AgentID: host.SeedOf(p.state.Owner, id), Host: hostName, Routes: 1}
	for i := range groups {
		g := &groups[i]
		if err := p.aim(g.Input); err != nil {
			return err
		}
		if err := p.choose(g, env); err != nil {
			return err
		}
	}
	if len(p.Files) == 0 {
		return errors.New("nothing is to be shipped: no file is within the bounds that were given")
	}
	return nil
}

// aim finds the output that an input's files go to.
func (p *Plan) aim(in *config.Input) error {
	name := p.options.Output
	if name == "" {
		if len(in.Outputs) > 1 {
			return fmt.Errorf("input %q has several outputs, such as %s and %s: name one with --output", in.Label, in.Outputs[0].Name(), in.Outputs[1].Name())
		}
		name = in.Outputs[0].Name()
	}
	if p.Output != "" && p.Output != name {
		return fmt.Errorf("the files go to several outputs, %s and %s: name one with --output, or the files one after the other", p.Output, name)
	}
	out := parts.Named(p.options.Config, name)
	switch {
	case out == nil:
		return fmt.Errorf("the configuration has no output %q", name)
	case p.options.Rate > 0 && out.Kafka == nil:
		return fmt.Errorf("--rate is for outputs of kind kafka, and %s is none", name)
	case out.Kafka != nil && in.Topic == nil && p.options.Topic == "":
		return fmt.Errorf("input %q has no topic: name one with --topic", in.Label)
	}
	p.Output = name
	return nil
}

// choose adds the files of an input to the plan.
func (p *Plan) choose(g *pick.Group, env logfile.Env) error {
	o := p.options
	var chosen []logfile.Chosen
	topics := map[string]string{}
	for _, f := range g.Files {
		chosen = append(chosen, logfile.Chosen{Path: f.Path, Start: o.From, End: o.To})
		if topics[f.Path] = f.Topic; o.Topic != "" {
			topics[f.Path] = o.Topic
		}
	}
	in, choices, err := g.Open(env, p.saved(g.Input.Label), chosen)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // only read from
	for i, c := range choices {
		f := PlanFile{Input: g.Input.Label, Path: chosen[i].Path, Topic: topics[chosen[i].Path], Known: c.Known}
		f.Generation = fmt.Sprintf("%016x", c.Identity().ID)
		f.Start, f.End = c.Bounds()
		f.Found = c.Found()
		if f.Start == f.End || !o.wants(c.Modified(), f.Generation) {
			continue
		}
		if !c.Known && c.Compressed() && !o.NewIDs {
			return fmt.Errorf("%q is compressed, and the state in %q does not know what it was compressed from: its lines may have been shipped "+
				"with other ids. If they were not, or consumers don't drop duplicates by them, say --new-ids", f.Path, o.StateDir)
		}
		p.Files = append(p.Files, f)
	}
	return nil
}

// wants tells whether the options let a file be shipped that was modified at a time and
// holds that generation.
func (o *Options) wants(modified time.Time, generation string) bool {
	switch {
	case modified.Before(o.Since):
		return false
	case !o.Before.IsZero() && !modified.Before(o.Before):
		return false
	}
	return o.Generation == "" || o.Generation == generation
}

// saved is what the agent's state says of an input.
func (p *Plan) saved(label string) []logfile.Saved {
	var ids []checkpoint.RouteID
	for id := range p.state.Routes {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return stored.For(p.state, label, ids)
}

// Bytes is how much is to be read.
func (p *Plan) Bytes() int64 {
	n := int64(0)
	for i := range p.Files {
		n += p.Files[i].End - p.Files[i].Start
	}
	return n
}
