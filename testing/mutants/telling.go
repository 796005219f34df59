package main

// telling are sabotages of what is said about the agent.
var telling = []mutant{
	{
		name: "a terminal is not given back after a panic", in: "agent/top",
		old: "defer t.leave() // in a panic, too", new: "_ = t", tests: []string{"./agent/top"},
	},
	{
		name: "names of files rule the terminal", in: "agent/top/model",
		old: "s.Lines[i] = columns.Fit(columns.Harmless(line), m.width)", new: "s.Lines[i] = columns.Fit(line, m.width)", tests: []string{"./agent/top/model"},
	},
	{
		name: "the page is told every file", in: "agent/status/page",
		old: "for _, r := range rows[:min(len(rows), mostFiles)] {", new: "for _, r := range rows {", tests: []string{"./agent/status/page"},
	},
	{
		name: "lag of routes counted as nothing in metrics", in: "agent/status/metrics",
		old: "func(_ *status.Snapshot, r *status.Route) float64 { return float64(r.LagBytes) }),", new: "func(_ *status.Snapshot, r *status.Route) float64 { return 0 }),",
		tests: []string{"./agent/status/metrics"},
	},
	{
		name: "any token opens the port", in: "agent/status/access",
		old: "if err != nil || !ok || subtle.ConstantTimeCompare(hash[:], k.token[:]) != 1 {", new: "if err != nil || !ok || subtle.ConstantTimeCompare(hash[:], k.token[:]) > 1 {", tests: []string{"./testing/operate"}, run: "TestListenForOthers",
	},
	{
		name: "other hosts served without keys", in: "agent/status/access",
		old: `if !IsLoopback(host) && (c.Cert == "" || c.Key == "" || c.ClientCA == "" && c.TokenFile == "") {`, new: `if !IsLoopback(host) && false {`, tests: []string{"./agent/status/..."}, run: "TestOnlyLoopback",
	},
	{
		name: "profiles served unasked", in: "agent",
		old: "if s.cfg.Agent.Pprof {", new: "if !s.cfg.Agent.Pprof {", tests: []string{"./testing/operate"}, run: "TestProfilesAreOff",
	},
	{
		name: "an event has another name than documented", in: "agent",
		old: `log.Info("no bytes are about to be lost any more")`, new: `log.Info("no bytes are about to be lost")`, tests: []string{"./testing/docs"}, run: "TestEventsPage",
	},
}
