package ship

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"shipper/agent/config"
	"shipper/agent/host"
	"shipper/agent/parts"
	"shipper/agent/replay"
	"shipper/agent/restore"
	"shipper/agent/stored"
	"shipper/checkpoint"
	"shipper/inputs"
	"shipper/outputs"
	"shipper/outputs/quarantine"
)

const (
	workers   = 4                      // logs under way; each holds an object
	tellEvery = 100 * time.Millisecond // at most
)

// run is a plan on its way.
type run struct {
	plan       *restore.Plan
	out        *config.Output
	log        *slog.Logger
	store      *checkpoint.Store
	shipped    map[string]string // notes of the store, as they were at the start
	has        func(generation uint64, offset int64) bool
	quarantine quarantine.Store
	agent      string // the id of this host's

	mu       sync.Mutex
	outputs  map[string]outputs.Output // by the agent whose records they take
	shards   map[outputs.Shard]*sync.Mutex
	progress replay.Progress
}

// Run ships a plan until everything is acknowledged that can be, see its Problems.
// When ctx ends it returns ctx's error, and the same options go on from there. It
// returns replay.ErrRunning if the same replay is under way. Of one that is done
// nothing is kept; what failed on the way the same options try again.
func Run(ctx context.Context, p *restore.Plan, log *slog.Logger, tell func(replay.Progress)) error {
	if len(p.Logs) == 0 {
		return ctx.Err()
	}
	has, err := p.Delivered(ctx)
	if err != nil {
		return err
	}
	if err := p.Open(); err != nil {
		return err
	}
	if !p.Resumed {
		if err := p.Folder.Store(p, p.Options.Restart); err != nil {
			return fmt.Errorf("write down the plan: %w", err)
		}
	}
	r, err := begin(p, log)
	if err != nil {
		return err
	}
	r.has = has
	r.progress.Total = p.Bytes()
	err = r.all(ctx, tell)
	if err == nil && p.Options.Mark {
		err = r.mark(ctx)
	}
	if err := errors.Join(err, r.close(ctx)); err != nil {
		return err
	}
	if len(p.Problems) > 0 {
		return nil
	}
	if err := p.Folder.Remove(); err != nil {
		return fmt.Errorf("everything was shipped; remove the replay's state: %w", err)
	}
	return nil
}

func begin(p *restore.Plan, log *slog.Logger) (*run, error) {
	store, err := checkpoint.Open(p.Folder.State(), checkpoint.Options{Log: log})
	if err != nil {
		return nil, fmt.Errorf("open the replay's state: %w", err)
	}
	o := p.Options
	r := &run{
		plan: p, log: log, store: store, shipped: store.State().Notes,
		out:     replay.Apart(o.Config, p.Destination(), o.Rate),
		outputs: map[string]outputs.Output{}, shards: map[outputs.Shard]*sync.Mutex{},
	}
	r.agent, _ = host.ID(o.Config.Agent.ID)
	if r.quarantine, err = parts.Quarantine(o.Config, r.out, r.agent, log); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return r, nil
}

// all ships every log, some at a time.
func (r *run) all(ctx context.Context, tell func(replay.Progress)) error {
	logs := make(chan *restore.Log)
	ended := make(chan error)
	for range workers {
		go func() {
			var err error
			for l := range logs {
				if err == nil {
					err = r.ship(ctx, l)
				}
			}
			ended <- err
		}()
	}
	go func() {
		for i := range r.plan.Logs {
			logs <- &r.plan.Logs[i]
		}
		close(logs)
	}()
	tick := time.NewTicker(tellEvery)
	defer tick.Stop()
	var errs []error
	for left := workers; left > 0; {
		select {
		case err := <-ended:
			left--
			errs = append(errs, err)
		case <-tick.C:
		}
		r.mu.Lock()
		now := r.progress
		r.mu.Unlock()
		tell(now)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return errors.Join(errs...)
}

// mark marks the objects as returned whose records are all acknowledged.
func (r *run) mark(ctx context.Context) error {
	bad := map[string]bool{}
	for _, p := range r.plan.Problems {
		bad[p.URL] = true
	}
	for i := range r.plan.Logs {
		for j := range r.plan.Logs[i].Objects {
			url := r.plan.Logs[i].Objects[j].URL
			if bad[url] {
				continue
			}
			if err := r.plan.Return(ctx, url); err != nil {
				return fmt.Errorf("everything was shipped: %w", err)
			}
		}
	}
	return nil
}

func (r *run) close(ctx context.Context) error {
	errs := []error{r.quarantine.Close(ctx), r.store.Close()}
	for _, out := range r.outputs {
		errs = append(errs, out.Close(ctx))
	}
	return errors.Join(errs...)
}

// output opens what takes the records of an agent: the partition of a log is chosen
// by a hash with that agent's id. All of them keep within one rate.
func (r *run) output(agent string) (outputs.Output, error) {
	if r.out.Kafka == nil {
		agent = "" // a file is opened once
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if out := r.outputs[agent]; out != nil {
		return out, nil
	}
	out, err := parts.Output(r.out, agent, workers, r.log)
	if err != nil {
		return nil, fmt.Errorf("output %s: %w", r.out.Name(), err)
	}
	if sharer, ok := out.(interface{ ShareRate(with outputs.Output) }); ok {
		for _, other := range r.outputs { // which share it already
			sharer.ShareRate(other)
			break
		}
	}
	r.outputs[agent] = out
	return out, nil
}

// shard finds the shard of a stream, as soon as the output can tell.
func (r *run) shard(ctx context.Context, out outputs.Output, agent string, stream *inputs.Stream) (outputs.Shard, error) {
	choice := checkpoint.Choice{Output: r.plan.Output, Stream: stored.StreamKey(stream.Input, stream.Name), Topic: stream.Topic}
	if r.agent == agent {
		if known, ok := r.plan.State.Choices[choice]; ok {
			return outputs.Shard(known), nil
		}
	}
	var s outputs.Shard
	err := r.patiently(ctx, func() (err error) {
		s, err = out.Shard(stream)
		return err
	})
	return s, err
}

// lock makes the caller the only one who writes to a shard, until it calls unlock.
func (r *run) lock(s outputs.Shard) (unlock func()) {
	r.mu.Lock()
	m := r.shards[s]
	if m == nil {
		m = new(sync.Mutex)
		r.shards[s] = m
	}
	r.mu.Unlock()
	m.Lock()
	return m.Unlock
}

// advance counts what was shipped.
func (r *run) advance(bytes, records int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.progress.Done += bytes
	r.progress.Records += records
	r.progress.Error = ""
}

func (r *run) failed(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.progress.Error = err.Error()
}

func (r *run) problem(url string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.plan.Problem(url, err)
}
