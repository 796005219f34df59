package replay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"shipper/agent"
	"shipper/agent/config"
	"shipper/agent/host"
	"shipper/agent/parts"
	"shipper/agent/pick"
	"shipper/agent/verify"
	"shipper/inputs"
	"shipper/inputs/logfile"
	"shipper/outputs"
)

// ErrRunning is returned by Run when the same replay is under way already.
var ErrRunning = agent.ErrLocked

// Progress is how far a replay has got.
type Progress struct {
	Done, Total int64 // bytes
	Records     int64 // shipped by this process
	Error       string
}

// Run ships the plan until everything is acknowledged. When ctx ends it returns
// ctx's error, and the same options go on from there; when it is done, nothing of it
// is kept.
func (p *Plan) Run(ctx context.Context, log *slog.Logger, tell func(Progress)) error {
	has, err := p.delivered(ctx)
	if err != nil {
		return err
	}
	if !p.Resumed {
		if err := p.folder.Store(p, p.options.Restart); err != nil {
			return fmt.Errorf("write down the plan: %w", err)
		}
	}
	r := &agent.Replay{Files: p.byInput(), State: p.state, Topic: p.options.Topic, Has: has, Generations: p.generations()}
	a, err := agent.NewReplay(p.config(), r, log)
	if err != nil {
		return err
	}
	total := p.Bytes()
	err = a.RunReplay(ctx, func(x agent.ReplayProgress) {
		tell(Progress{Done: total - x.BytesLeft, Total: total, Records: x.Records, Error: x.Error})
	})
	if err != nil {
		return err
	}
	if err := p.folder.Remove(); err != nil {
		return fmt.Errorf("everything was shipped; remove the replay's state: %w", err)
	}
	return nil
}

func (p *Plan) byInput() map[string][]logfile.Chosen {
	all := map[string][]logfile.Chosen{}
	for i := range p.Files {
		f := &p.Files[i]
		all[f.Input] = append(all[f.Input], f.chosen())
	}
	return all
}

func (f *PlanFile) chosen() logfile.Chosen {
	return logfile.Chosen{Path: f.Path, Start: f.Start, End: f.End, Found: &f.Found}
}

// generations are those that the plan was made of, by path.
func (p *Plan) generations() map[string]string {
	all := map[string]string{}
	for i := range p.Files {
		all[p.Files[i].Path] = p.Files[i].Generation
	}
	return all
}

// config is the configuration by which the plan is shipped: one output, the inputs
// that have files in it, and a state directory of its own.
func (p *Plan) config() *config.Config {
	o := p.options
	c := *o.Config
	out := Apart(o.Config, parts.Named(o.Config, p.Output), o.Rate)
	c.Agent.Quarantine.File, _ = parts.QuarantineFile(o.Config, out)
	c.Agent.StateDir, c.Agent.Listen = p.folder.State(), "off"
	c.Outputs, c.Inputs = []*config.Output{out}, nil
	for _, in := range o.Config.Inputs {
		if !slices.ContainsFunc(p.Files, func(f PlanFile) bool { return f.Input == in.Label }) {
			continue
		}
		own := *in
		own.Outputs = []config.OutputRef{{Kind: out.Kind, Label: out.Label}}
		own.OnComplete, own.MoveTo, own.AuditTopic, own.CompletedOnly, own.RetainDeleted = "keep", "", "", false, nil
		c.Inputs = append(c.Inputs, &own)
	}
	return &c
}

// Apart is an output as a replay uses it beside the agent: without failover, with
// its own rate in bytes a second unless that is 0, and with the agent's quarantine,
// which both may write to.
func Apart(cfg *config.Config, o *config.Output, rate int64) *config.Output {
	out := *o
	if out.Kafka == nil {
		return &out
	}
	kafka := *out.Kafka
	kafka.Failover = nil
	if q := kafka.Quarantine; q != nil {
		own := *q
		own.File, _ = parts.QuarantineFile(cfg, o)
		kafka.Quarantine = &own
	}
	if rate > 0 {
		kafka.MaxRate = rate
	}
	out.Kafka = &kafka
	return &out
}

// delivered tells of the records that the topics have already, nil if that is of no
// interest.
func (p *Plan) delivered(ctx context.Context) (func(uint64, int64) bool, error) {
	if !p.options.SkipDelivered {
		return nil, nil //nolint:nilnil // nothing is left out
	}
	wanted, topics := map[string]bool{}, map[string]bool{}
	for i := range p.Files {
		wanted[p.Files[i].Generation] = true
		topics[p.Files[i].Topic] = true
	}
	return Delivered(ctx, p.options.Config, p.Output, wanted, topics, p.options.Tell)
}

// Delivered reads topics of an output, and returns what tells of a record of the
// wanted generations, which are 16 hexadecimal digits, whether it is there. tell
// hears how far it is; nil is fine.
func Delivered(ctx context.Context, cfg *config.Config, output string, wanted, topics map[string]bool, tell func(what string, done, total int64)) (func(generation uint64, offset int64) bool, error) {
	o := parts.Named(cfg, output)
	id, _ := host.ID(cfg.Agent.ID)
	out, err := parts.Output(o, id, 1, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, fmt.Errorf("output %s: %w", o.Name(), err)
	}
	defer func() { _ = out.Close(context.WithoutCancel(ctx)) }() // only read from
	keeper, ok := out.(outputs.Keeper)
	if !ok {
		return nil, fmt.Errorf("--skip-delivered: output %s can't be read back", o.Name())
	}
	ids := verify.NewIDs(wanted)
	ids.JSON = o.Kafka != nil && o.Kafka.Format == "json"
	for topic := range topics {
		err := keeper.ReadBack(ctx, topic, time.Time{}, ids.Add, func(done, total int64) {
			if tell != nil {
				tell("read "+topic, done, total)
			}
		})
		if err != nil {
			return nil, fmt.Errorf("find what was delivered: %w", err)
		}
	}
	return ids.Has, nil
}

// Count says for each file of the plan how many records would be shipped.
func (p *Plan) Count(ctx context.Context) ([]int64, error) {
	has, err := p.delivered(ctx)
	if err != nil {
		return nil, err
	}
	id, hostName := host.ID(p.options.Config.Agent.ID)
	counts := make([]int64, len(p.Files))
	for i := range p.Files {
		f := &p.Files[i]
		j := slices.IndexFunc(p.options.Config.Inputs, func(in *config.Input) bool { return in.Label == f.Input })
		if j < 0 {
			return nil, fmt.Errorf("the configuration has no input %q any more", f.Input)
		}
		g := pick.Group{Input: p.options.Config.Inputs[j]}
		env := logfile.Env{AgentID: host.SeedOf(p.state.Owner, id), Host: hostName, Routes: 1, Has: has}
		in, choices, err := g.Open(env, p.saved(f.Input), []logfile.Chosen{f.chosen()})
		if err != nil {
			return nil, err
		}
		in.Begin()
		counts[i], err = count(ctx, choices[0].Cursor(0), int(g.Input.MaxLine))
		if err := errors.Join(err, in.Close()); err != nil {
			return nil, fmt.Errorf("count the records of %q: %w", f.Path, err)
		}
	}
	return counts, nil
}

func count(ctx context.Context, c *logfile.Cursor, longest int) (int64, error) {
	buf := inputs.NewBuffer(max(512<<10, longest) + 4096)
	for n := int64(0); ; {
		buf.Reset()
		seg, _, err := c.Read(ctx, buf, 512<<10)
		if err := errors.Join(err, ctx.Err()); err != nil || seg.Start == seg.End {
			return n, err
		}
		n += int64(seg.Len())
		c.Commit(&seg)
	}
}
