package prove

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"shipper/agent/config"
	"shipper/agent/host"
	"shipper/agent/parts"
	"shipper/agent/pick"
	"shipper/agent/stored"
	"shipper/agent/verify"
	"shipper/checkpoint"
	"shipper/inputs/logfile"
	"shipper/outputs"
)

// job is files that went to one topic of one output.
type job struct {
	output *config.Output
	topic  string
	groups []pick.Group // one of each input
	files  []verify.File
}

// jobs sorts files by where they went.
func (p *Proof) jobs(groups []pick.Group) ([]job, error) {
	var jobs []job
	for _, g := range groups {
		out, err := p.keeper(g.Input)
		if err != nil {
			return nil, err
		}
		for _, file := range g.Files {
			topic := file.Topic
			if p.Topic != "" {
				topic = p.Topic
			}
			i := slices.IndexFunc(jobs, func(j job) bool { return j.output == out && j.topic == topic })
			if i < 0 {
				jobs = append(jobs, job{output: out, topic: topic})
				i = len(jobs) - 1
			}
			j := &jobs[i]
			k := slices.IndexFunc(j.groups, func(x pick.Group) bool { return x.Input == g.Input })
			if k < 0 {
				j.groups = append(j.groups, pick.Group{Input: g.Input})
				k = len(j.groups) - 1
			}
			j.groups[k].Files = append(j.groups[k].Files, file)
		}
	}
	return jobs, nil
}

// keeper is the output of an input, or the named one, that can be read back.
func (p *Proof) keeper(in *config.Input) (*config.Output, error) {
	name := p.Output
	var found []*config.Output
	for _, o := range p.Config.Outputs {
		ours := in == nil || slices.ContainsFunc(in.Outputs, func(r config.OutputRef) bool { return r.Name() == o.Name() })
		if o.Kafka != nil && (name == "" && ours || o.Name() == name) {
			found = append(found, o)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return nil, fmt.Errorf("there are several outputs to read back, %s and %s: name one with --output", found[0].Name(), found[1].Name())
	case name != "":
		return nil, fmt.Errorf("the configuration has no output %q that can be read back; those of kind kafka can", name)
	}
	return nil, errors.New("there is no output that can be read back: those of kind kafka can")
}

// open finds and identifies the job's files.
func (j *job) open(state checkpoint.State, env logfile.Env, quarantined map[uint64][]int64, aside map[uint64]verify.Ranges) error {
	for i := range j.groups {
		g := &j.groups[i]
		saved := stored.For(state, g.Input.Label, slices.Sorted(maps.Keys(state.Routes)))
		for _, file := range g.Files {
			in, choices, err := g.Open(env, saved, []logfile.Chosen{{Path: file.Path}})
			if err != nil {
				return err
			}
			in.Begin()
			id := choices[0].Identity()
			j.files = append(j.files, verify.File{
				Path: file.Path, Choice: choices[0], Input: in, Stream: g.Input.Label + "\x00" + id.Stream,
				Joins:   g.Input.Multiline != nil || g.Input.Format == "cri",
				Longest: int(g.Input.MaxLine), Quarantined: quarantined[id.ID], Aside: aside[id.ID],
			})
		}
	}
	return nil
}

func (j *job) close() error {
	var errs []error
	for _, f := range j.files {
		errs = append(errs, f.Input.Close())
	}
	return errors.Join(errs...)
}

func (j *job) run(ctx context.Context, p *Proof) (verify.Report, error) {
	v, err := verify.New(j.files)
	if err != nil {
		return verify.Report{}, err
	}
	v.JSON = j.output.Kafka.Format == "json"
	if err := p.readBack(ctx, j.output, j.topic, v.Add); err != nil {
		return verify.Report{}, err
	}
	return v.Report()
}

// readBack reads a topic.
func (p *Proof) readBack(ctx context.Context, o *config.Output, topic string, add func(*outputs.Kept) error) error {
	agentID, _ := host.ID(p.Config.Agent.ID)
	out, err := parts.Output(o, agentID, 1, slog.New(slog.DiscardHandler))
	if err != nil {
		return fmt.Errorf("output %s: %w", o.Name(), err)
	}
	defer func() { _ = out.Close(context.WithoutCancel(ctx)) }() // only read from
	keeper, ok := out.(outputs.Keeper)
	if !ok {
		return fmt.Errorf("output %s can't be read back", o.Name())
	}
	return keeper.ReadBack(ctx, topic, p.Since, add, func(done, total int64) {
		if p.Tell != nil {
			p.Tell(topic, done, total)
		}
	})
}
