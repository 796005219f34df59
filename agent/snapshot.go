package agent

import (
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
	for _, k := range force.sinks {
		out := k.Status()
		out.Failover = k.guard.Status(k.asides(force.sources))
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
		routes[i] = src.pipes[i].RouteStatus(r)
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
