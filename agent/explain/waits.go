package explain

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"shipper/agent/config"
	"shipper/agent/explain/look"
	"shipper/agent/status"
	"shipper/inputs/logfile/calls"
)

// waits says for each route of a log what the file waits for now.
func (s *Source) waits(l *Log, f *look.File) []string {
	at := slices.IndexFunc(l.Generations, func(g *Generation) bool { return isOf(g, f) })
	if at < 0 {
		return []string{"the file is not known yet: it is found with the next scan, or at once if its directory is watched"}
	}
	g := l.Generations[at]
	var all []string
	for _, o := range g.Offsets {
		all = append(all, o.Route+": "+s.wait(l, at, o, f))
	}
	return all
}

// isOf tells whether a generation is what is in the file.
func isOf(g *Generation, f *look.File) bool {
	if f.Known != nil && g.ID == f.Known.ID {
		return true
	}
	return g.Path == f.Path && g.Size >= 0 && (g.ID == 0 || f.Known == nil)
}

// wait says what one route waits for before it ships the rest of a generation.
func (s *Source) wait(l *Log, at int, o Offset, f *look.File) string {
	g := l.Generations[at]
	switch {
	case s.silent != nil && s.Snapshot == nil && s.AgentError == nil:
		return "unknown: " + calls.ErrSilent.Error() + ", and no agent runs that could tell"
	case g.Size < 0:
		return "the file is not there; its offset is kept until it was absent for forget_after"
	case s.Snapshot == nil && s.AgentError != nil:
		return "unknown: a running agent did not answer: " + s.AgentError.Error()
	case s.Snapshot == nil && o.Left > 0:
		return fmt.Sprintf("no agent is running; %s wait for one", size(o.Left))
	case s.Snapshot == nil:
		return "nothing is left to ship, and no agent is running"
	case s.held(o.Route) != "":
		return s.held(o.Route)
	case o.Left == 0:
		return "nothing is left to ship" + s.ending(l, at)
	case g.Error != "":
		return g.Error
	}
	for _, older := range l.Generations[:at] {
		if left := leftOn(older, o.Route); left > 0 {
			return fmt.Sprintf("%s of the older file %s are to be acknowledged first", size(left), status.Printable(older.Path))
		}
	}
	if f.Tail > 0 && f.Tail >= o.Left && isOf(g, f) {
		if at < len(l.Generations)-1 || g.State == "unlinked" {
			return fmt.Sprintf("its last line, %s, has no newline: it is shipped when the file was quiet for quiet_after", size(o.Left))
		}
		return fmt.Sprintf("its last line has no newline yet, %s of it wait for one", size(o.Left))
	}
	if in := s.input(l.Input); in != nil && in.CompletedOnly && o.Offset == 0 {
		if at < len(l.Generations)-1 || g.State == "unlinked" || in.CompleteWhen == "quiet" {
			return fmt.Sprintf("completed_only: shipped when it is finished, that is unchanged for %s", in.QuietAfter)
		}
		return "completed_only: shipped when it is finished, and it has no successor yet"
	}
	return s.waitOfRoute(o)
}

// ending says what is still to come for a generation of which a route has everything.
func (s *Source) ending(l *Log, at int) string {
	in, g := s.input(l.Input), l.Generations[at]
	switch {
	case in == nil || g.State == "complete" && in.OnComplete == "keep":
		return ""
	case g.State == "complete":
		return fmt.Sprintf("; it is complete, on_complete = %q is next", in.OnComplete)
	case at < len(l.Generations)-1 || in.CompleteWhen == "quiet":
		return fmt.Sprintf("; it is complete when every route has it and it was unchanged for %s", in.QuietAfter)
	}
	return ""
}

// input is the input of that label.
func (s *Source) input(label string) *config.Input {
	for _, in := range s.Config.Inputs {
		if in.Label == label {
			return in
		}
	}
	return nil
}

// held is what a person must decide before a route ships anything, "" if nothing.
func (s *Source) held(route string) string {
	for i := range s.Snapshot.Routes {
		if s.Snapshot.Routes[i].Name == route {
			return s.Snapshot.Routes[i].Held
		}
	}
	return ""
}

func leftOn(g *Generation, route string) int64 {
	for _, o := range g.Offsets {
		if o.Route == route {
			return o.Left
		}
	}
	return 0
}

// waitOfRoute says what keeps a route from shipping bytes that nothing else
// holds up.
func (s *Source) waitOfRoute(o Offset) string {
	for i := range s.Snapshot.Routes {
		r := &s.Snapshot.Routes[i]
		if r.Name != o.Route {
			continue
		}
		var why []string
		for j := range r.Shards {
			if sh := &r.Shards[j]; sh.State == status.ShardWaiting || sh.State == status.ShardUnresolved {
				why = append(why, shardWait(sh, s.Snapshot.Time))
			}
		}
		if len(why) > 0 {
			return strings.Join(why, "; ")
		}
		if r.State == status.RouteStalled && r.LastError != "" {
			return r.LastError
		}
	}
	for i := range s.Snapshot.Outputs {
		out := &s.Snapshot.Outputs[i]
		if strings.HasSuffix(o.Route, " → "+out.Name) && out.LastError != "" {
			return out.LastError
		}
	}
	return fmt.Sprintf("being shipped, %s are left", size(o.Left))
}

func shardWait(s *status.Shard, now time.Time) string {
	text := fmt.Sprintf("partition %d of topic %s", s.Partition, s.Topic)
	if s.Topic == "" {
		text = fmt.Sprintf("shard %d", s.Partition)
	}
	text += fmt.Sprintf(" failed %d times", s.Attempts)
	if wait := s.RetryAt.Sub(now); wait > 0 {
		text += ", tried again in " + wait.Round(100*time.Millisecond).String()
	}
	if s.LastError != "" {
		text += ": " + s.LastError
	}
	return text
}

func size(n int64) string {
	if n < 1<<10 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%s (%s bytes)", humanize.IBytes(uint64(n)), humanize.Comma(n))
}
