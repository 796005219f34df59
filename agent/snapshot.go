package agent

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"time"

	"shipper/agent/parts"
	"shipper/agent/status"
	"shipper/agent/status/page"
	"shipper/inputs/logfile"
)

// Snapshot describes the agent at this moment. It blocks nobody for long and is
// safe to call at any time.
func (a *Agent) Snapshot() status.Snapshot {
	now, force := time.Now(), a.force.Load()
	s := status.Snapshot{
		Version: status.Version, Time: now,
		Agent: status.Agent{
			ID: a.id, Host: a.host, PID: os.Getpid(), StartedAt: a.started,
			Version: a.version, ConfigFiles: force.cfg.Files,
		},
		State: status.State{Dir: force.cfg.Agent.StateDir, Healthy: true},
	}
	if why := a.configError.Load(); why != nil {
		s.Agent.ConfigError = *why
	}
	if err := a.store.Health(); err != nil {
		s.State.Healthy, s.State.Error = false, err.Error()
	}
	for _, p := range force.pipelines {
		out := p.outputStatus()
		out.Failover = p.failoverStatus(force.sources)
		s.Outputs = append(s.Outputs, out)
	}
	for _, src := range force.sources {
		src.describe(&s, now)
	}
	return s
}

// shownConfig is the configuration in force, without its secrets.
func (a *Agent) shownConfig() []page.Text {
	var texts []page.Text
	for _, shown := range a.force.Load().cfg.Shown {
		texts = append(texts, page.Text(shown))
	}
	return texts
}

// describe adds an input, its files and its routes to a snapshot.
func (src *source) describe(s *status.Snapshot, now time.Time) {
	files := src.input.Files()
	routes := make([]status.Route, len(src.routes))
	for i, r := range src.routes {
		routes[i] = r.status()
		routes[i].Files = len(files)
	}
	in := status.Input{Label: src.cfg.Label, Files: len(files), Counters: parts.Counters(src.input.Counters())}
	s.Files = slices.Grow(s.Files, len(files))
	for i := range files {
		f := &files[i]
		if f.LastError != "" {
			in.LastError = f.LastError
		}
		s.Files = append(s.Files, src.fileStatus(f, routes, now))
	}
	for i := range routes {
		switch {
		case routes[i].Held != "":
			routes[i].State = status.RouteHeld
		case routes[i].LagBytes == 0:
			routes[i].State = status.RouteIdle
		case stalled(routes[i].Shards):
			routes[i].State = status.RouteStalled
		default:
			routes[i].State = status.RouteShipping
		}
	}
	if h := src.input.Held(); h.Files > 0 {
		in.Deleted = &status.Deleted{
			Files: h.Files, Bytes: h.Bytes, UnreadBytes: h.Unread, Oldest: h.Oldest,
			NearLimit: h.Near, Text: h.Text(now),
		}
	}
	s.Inputs = append(s.Inputs, in)
	s.Routes = append(s.Routes, routes...)
}

func stalled(shards []status.Shard) bool {
	for _, s := range shards {
		if s.State == status.ShardWaiting || s.State == status.ShardUnresolved {
			return true
		}
	}
	return len(shards) == 0
}

// fileStatus describes a file, and adds its lag to that of its routes.
func (src *source) fileStatus(f *logfile.FileStatus, routes []status.Route, now time.Time) status.File {
	out := status.File{
		Path: f.Path, Input: src.cfg.Label, Stream: f.Stream, Size: f.Size, Modified: f.Modified,
		State: f.State, LastError: f.LastError,
	}
	if f.Complete {
		out.Ended = "complete"
	}
	if f.Generation != 0 {
		out.Generation = fmt.Sprintf("%016x", f.Generation)
	}
	for _, fr := range f.Routes {
		r := &routes[fr.Route]
		lag := max(0, f.Size-fr.Offset)
		row := status.FileRoute{Route: r.Name, Offset: fr.Offset, LagBytes: lag}
		if !fr.UnreadSince.IsZero() {
			row.LagSeconds = now.Sub(fr.UnreadSince).Seconds()
			if r.OldestUnread.IsZero() || fr.UnreadSince.Before(r.OldestUnread) {
				r.OldestUnread = fr.UnreadSince
			}
		}
		r.LagBytes += lag
		out.Routes = append(out.Routes, row)
	}
	return out
}

// status is the route without its files.
func (r *route) status() status.Route {
	s := status.Route{
		Name: r.name(), Input: r.input.Label, Output: r.pipeline.name,
		DeliveredRecords: r.deliveredRecords.Load(), DeliveredBytes: r.deliveredBytes.Load(),
		PossibleDuplicates: r.possibleDuplicates.Load(), UnprovableBytes: r.unprovable.Load(),
		QuarantinedRecords: r.quarantined.Load(),
		RetimedRecords:     r.retimed.Load(),
		Shards:             r.pipeline.shardsOf(r),
	}
	s.LastError, s.LastErrorAt = r.lastError()
	if au := r.pipeline.currently().audit; au != nil {
		var err error
		if s.AuditsWaiting, err = au.Status(); err != nil {
			s.AuditError = err.Error()
		}
	}
	s.Runway = r.runway.Load().Status()
	if held := r.held.Load(); held != nil {
		s.Held = held.Error()
	}
	return s
}

// shardsOf describes the shards that streams of the route go to.
func (p *pipeline) shardsOf(r *route) []status.Shard {
	p.mu.Lock()
	defer p.mu.Unlock()
	used := map[*shard]bool{}
	for _, f := range p.feeds {
		if f.route == r && f.shard != nil {
			used[f.shard] = true
		}
	}
	var all []status.Shard
	for _, s := range p.shards {
		if used[s] {
			all = append(all, s.status())
		}
	}
	slices.SortFunc(all, func(a, b status.Shard) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
	})
	return all
}

// status describes the shard; the caller holds pipeline.mu.
func (s *shard) status() status.Shard {
	out := status.Shard{
		Topic: s.id.Topic, Partition: s.id.Partition, State: status.ShardIdle,
		Attempts: s.state.failures, LastError: s.state.lastErr,
	}
	switch {
	case s.leased:
		out.State = status.ShardSending
	case s.state.unresolved:
		out.State, out.RetryAt = status.ShardUnresolved, s.at
	case s.state.failures > 0:
		out.State, out.RetryAt = status.ShardWaiting, s.at
	case s.index >= 0:
		out.State = status.ShardReady
	}
	return out
}

// outputStatus is the output's own word, or, if it says nothing is wrong, the
// reason why streams wait for it.
func (p *pipeline) outputStatus() status.Output {
	at := p.currently()
	o := at.output.Status()
	s := status.Output{Name: p.name, Healthy: o.Healthy, Since: o.Since, LastError: o.LastError}
	if at.identified != nil {
		s.Cluster, _ = at.identified.Identity()
	}
	for _, peer := range o.Peers {
		s.Peers = append(s.Peers, status.Peer(peer))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	s.Lanes = p.lanes
	if s.LastError == "" {
		s.LastError = p.placeErr
	}
	return s
}
