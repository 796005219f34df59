package prove

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"shipper/agent/config"
	"shipper/agent/host"
	"shipper/agent/pick"
	"shipper/agent/verify"
	"shipper/checkpoint"
	"shipper/inputs/logfile"
)

// Proof is what is compared with what.
type Proof struct {
	Config *config.Config
	Input  string    // label of the input whose settings count, "" for the one that takes a file
	Output string    // KIND.LABEL to be read back, "" for the only one that can be
	Topic  string    // "" for the one that the configuration says
	Since  time.Time // zero: from the beginning
	// Tell hears how far reading a topic is; nil is fine.
	Tell func(topic string, done, total int64)
}

// ErrNoTopic is returned by IDs without a topic.
var ErrNoTopic = errors.New("name files, or the topic whose ids are to be looked at")

// Files compares files, directories and globs with where they went.
func (p *Proof) Files(ctx context.Context, args []string) (verify.Report, error) {
	var report verify.Report
	id, hostName := host.ID(p.Config.Agent.ID)
	state, err := p.state()
	if err != nil {
		return report, err
	}
	paths, err := pick.Expand(args, func(path string) bool { return len(pick.Taken(p.Config, hostName, p.Input, path)) > 0 })
	if err != nil {
		return report, err
	}
	groups, err := pick.Sort(p.Config, hostName, p.Input, paths)
	if err != nil {
		return report, err
	}
	jobs, err := p.jobs(groups)
	if err != nil {
		return report, err
	}
	descriptors := logfile.NewDescriptors(256)
	for i := range jobs {
		j := &jobs[i]
		quarantined, err := p.quarantined(ctx, j.output)
		var aside asides
		if err == nil {
			aside, err = p.aside(ctx, j.output)
		}
		if err == nil {
			env := logfile.Env{AgentID: host.SeedOf(state.Owner, id), Host: hostName, Routes: 1, Descriptors: descriptors}
			err = j.open(state, env, quarantined, aside.ranges)
		}
		var one verify.Report
		if err == nil {
			one, err = j.run(ctx, p)
		}
		if err := errors.Join(err, j.close()); err != nil {
			return report, err
		}
		one.Conflicts = aside.conflicts
		report.Add(&one)
	}
	return report, nil
}

// IDs looks for gaps in the ids of a topic. The second result is the paths of the
// generations that the state knows, by their ids.
func (p *Proof) IDs(ctx context.Context) ([]verify.GapReport, map[string]string, error) {
	if p.Topic == "" {
		return nil, nil, ErrNoTopic
	}
	state, err := p.state()
	if err != nil {
		return nil, nil, err
	}
	out, err := p.keeper(nil)
	if err != nil {
		return nil, nil, err
	}
	gaps := verify.Gaps{JSON: out.Kafka.Format == "json"}
	if err := p.readBack(ctx, out, p.Topic, gaps.Add); err != nil {
		return nil, nil, err
	}
	known := map[string]string{}
	for _, g := range state.Generations {
		known[fmt.Sprintf("%016x", g.ID)] = g.Path
	}
	return gaps.Report(), known, nil
}

// state is what the agent has stored; none is fine.
func (p *Proof) state() (checkpoint.State, error) {
	s, err := checkpoint.Read(p.Config.Agent.StateDir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return s, fmt.Errorf("read the state: %w", err)
	}
	return s, nil
}
