package failover

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"shipper/checkpoint"
	"shipper/outputs"
	"shipper/outputs/s3"
)

// Keeper is the failover of one output: the machines of its shards, and the
// objects whose lines have arrived. It outlives reloads, so that nobody else moves the
// same machines. Tick and Settle are for one goroutine.
type Keeper struct {
	Output string // its name
	Commit func(*checkpoint.Changes)
	Health func() error // of the state: nil while what is committed becomes durable
	Log    *slog.Logger

	mu       sync.Mutex
	settings Settings
	pace     *Pace
	machines map[outputs.Shard]*Machine
	edges    map[string]int64 // "stalled → diverting": how often
	settleAt time.Time
	failures int
	lastErr  string // of marking
	trouble  string // of taking back
}

// Settings are what a reload may change of a Keeper.
type Settings struct {
	Policy Policy
	Delete bool // objects are deleted, not marked
	Store  Store
	Rate   int64 // bytes a second at which streams with lines aside catch up; 0 is no bound
}

// Use has the keeper work by these settings from now on. What could not be marked by
// others is tried again at once.
func (k *Keeper) Use(s Settings) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if s == k.settings {
		return
	}
	k.settings, k.settleAt, k.failures, k.pace = s, time.Time{}, 0, nil
	if s.Rate > 0 {
		k.pace = &Pace{rate: s.Rate}
	}
}

// Store is where objects are.
func (k *Keeper) Store() Store {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.settings.Store
}

// Pace is that of streams with lines aside, nil if they have none.
func (k *Keeper) Pace() *Pace {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.pace
}

// Unplaced is the shard of streams of a topic whose partition is not known yet.
func Unplaced(topic string) outputs.Shard { return outputs.Shard{Topic: topic, Partition: -1} }

func (k *Keeper) noteName(s outputs.Shard) string {
	return fmt.Sprintf("failover/%s/%s/%d", k.Output, s.Topic, s.Partition)
}

// Load takes over the machines that a state remembers.
func (k *Keeper) Load(notes map[string]string) {
	k.machines, k.edges = map[outputs.Shard]*Machine{}, map[string]int64{}
	for name, text := range notes {
		rest, ok := strings.CutPrefix(name, "failover/"+k.Output+"/")
		i := strings.LastIndexByte(rest, '/')
		if !ok || i < 0 {
			continue
		}
		s := outputs.Shard{Topic: rest[:i]}
		if _, err := fmt.Sscan(rest[i+1:], &s.Partition); err != nil {
			continue
		}
		if m, ok := parseMachine(text); ok {
			k.machines[s] = &m
		}
	}
}

// State is that of a shard.
func (k *Keeper) State(s outputs.Shard) State {
	k.mu.Lock()
	defer k.mu.Unlock()
	if m := k.machines[s]; m != nil {
		return m.State
	}
	return Healthy
}

// Tick moves the machines on and returns the shards that divert, so that their
// streams are woken: what once missed that, because its shard was not known yet,
// must not sleep on. A shard of which there is no sign keeps its state; of one that
// is unplaced that means that its streams have their places.
func (k *Keeper) Tick(now time.Time, signs map[outputs.Shard]Signs) []outputs.Shard {
	k.mu.Lock()
	for s := range k.machines {
		if _, ok := signs[s]; !ok && s.Partition < 0 {
			signs[s] = Signs{Well: true, Runway: -1}
		}
	}
	var diverting []outputs.Shard
	changes := checkpoint.Changes{Notes: map[string]string{}}
	type story struct {
		edge   Edge
		shards []string
	}
	var stories []*story
	for s, sign := range signs {
		m := k.machines[s]
		if m == nil {
			m = &Machine{}
		}
		e, moved := m.Step(k.settings.Policy, sign, now)
		if !moved {
			continue
		}
		if k.machines[s] = m; m.State == Healthy {
			delete(k.machines, s)
		}
		changes.Notes[k.noteName(s)] = m.Text()
		k.edges[e.From.String()+" → "+e.To.String()]++
		i := slices.IndexFunc(stories, func(o *story) bool { return o.edge.From == e.From && o.edge.To == e.To })
		if i < 0 {
			stories, i = append(stories, &story{edge: e}), len(stories)
		}
		stories[i].shards = append(stories[i].shards, fmt.Sprintf("%s/%d", s.Topic, s.Partition))
	}
	for s, m := range k.machines {
		if m.State == Diverting {
			diverting = append(diverting, s)
		}
	}
	k.mu.Unlock()
	if len(stories) > 0 {
		k.Commit(&changes)
	}
	for _, s := range stories {
		level := slog.LevelInfo
		if s.edge.To == Diverting {
			level = slog.LevelWarn
		}
		slices.Sort(s.shards)
		k.Log.Log(context.Background(), level, "failover: "+s.edge.From.String()+" → "+s.edge.To.String(), //nolint:sloglint // one of few words
			"output", k.Output, "partitions", s.shards, "reason", s.edge.Reason, "after", s.edge.Lasted.Round(time.Second).String())
	}
	return diverting
}

// Settle marks or deletes the objects whose lines have arrived, and has their
// ranges forgotten. What fails is tried again later, for ever. It does nothing while the
// state does not become durable: after a crash the lines would be asked for once more.
func (k *Keeper) Settle(ctx context.Context, now time.Time, asides []*Aside) {
	k.mu.Lock()
	s, at := k.settings, k.settleAt
	k.mu.Unlock()
	if now.Before(at) {
		return
	}
	for _, a := range asides {
		for _, r := range a.Due() {
			if k.Health != nil && k.Health() != nil {
				return
			}
			if err := s.settle(ctx, r); err != nil {
				k.failed(s, now, err)
				return
			}
			var changes checkpoint.Changes
			a.Forget(&changes, r)
			k.Commit(&changes)
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.failures = 0
	k.lastErr = ""
}

func (s *Settings) settle(ctx context.Context, r Range) error {
	switch {
	case r.Key == "" || (r.Intent && !s.there(ctx, r.Key)):
		return nil
	case s.Delete:
		return s.Store.Delete(ctx, r.Key)
	}
	return s.Store.Return(ctx, r.Key)
}

// there tells whether an object is in the store, as far as can be told.
func (s *Settings) there(ctx context.Context, key string) bool {
	there := false
	err := s.Store.List(ctx, key, func(s3.Entry) error { there = true; return nil })
	return err != nil || there
}

// failed logs the first error of a row and puts the next attempt off, unless others are
// the settings by now.
func (k *Keeper) failed(s Settings, now time.Time, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if s != k.settings {
		return
	}
	if k.failures == 0 {
		k.Log.Warn("an object whose lines have arrived can't be marked as returned; it is tried again", "output", k.Output, "error", err)
	}
	k.failures++
	k.settleAt = now.Add(min(time.Minute, time.Second<<min(k.failures, 6)))
	k.lastErr = err.Error()
}

// Trouble is what hinders that comes back what was put aside before the state was lost,
// until it says otherwise; "" for nothing.
func (k *Keeper) Trouble(text string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.trouble = text
}

// Shard is what Describe says of one.
type Shard struct {
	Shard outputs.Shard
	Machine
}

// Describe lists the shards that are not healthy, the edges so far, and what hinders
// that objects are marked or taken back.
func (k *Keeper) Describe() (shards []Shard, edges map[string]int64, lastErr string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for s, m := range k.machines {
		shards = append(shards, Shard{s, *m})
	}
	edges = map[string]int64{}
	for e, n := range k.edges {
		edges[e] = n
	}
	return shards, edges, cmp.Or(k.lastErr, k.trouble)
}
