package main

import "slices"

// table is all sabotages.
var table = slices.Concat(rules, found, tools, failoverRules, idle, telling, places)

var found = []mutant{
	// What random actions found (agent/testdata/model).
	{
		name: "the eldest of a log forgotten: a compressed file taken for history", in: "inputs/logfile",
		old: "return s.Eldest(f.order) || slices.ContainsFunc(s.All(), func(g *file) bool {", new: "return slices.ContainsFunc(s.All(), func(g *file) bool {",
		tests: readingTests, run: "TestNotYetReadIsNotHistory",
	},
	{
		name: "what only waits for its turn taken for the eldest of a log", in: "inputs/logfile/lineage",
		old: "if f.Begun() {", new: "if !f.Begun() {", tests: []string{"./inputs/logfile/lineage"}, run: "TestEldest",
	},
	{
		name: "history where all was to be read from the beginning", in: "inputs/logfile",
		old: "f.beside.history = history || (in.cfg.History && in.predates(f, s))", new: "f.beside.history = history || in.predates(f, s)", tests: readingTests, run: "TestNotYetReadIsNotHistory",
	},
	{
		name: "last line forgotten of a second sealed file", in: "inputs/logfile",
		old: "if !g.caughtUp(c.route) || c.ending(g, &g.routes[c.route], now) != split.Open {", new: "if !g.caughtUp(c.route) || now.IsZero() {", tests: agentTests, run: "TestKeptPlans",
	},
	{
		name: "a decoder that is done kept from others", in: "inputs/logfile/descriptors",
		old: "x.used = time.Time{}", new: "_ = spent", tests: readingTests, run: "TestDecodersAreFew",
	},
	{
		name: "new content of a truncated file placed before the old", in: "inputs/logfile/lineage",
		old: "before, after := f.Order(), uint64(0)", new: "before, after := uint64(0), uint64(0)", tests: agentTests, run: "TestKeptPlans",
	},
	{
		name: "files at rest looked at in turns after events were lost", in: "inputs/logfile",
		old: "in.tree.Missed()", new: "_ = in", tests: readingTests, run: "TestIdleFiles",
	},
	{
		name: "the search for files waits for one that hangs", in: "inputs/logfile",
		old: "return in.asks.Try(device, ask, func() {})", new: "ask(); return in.asks != nil", tests: readingTests, run: "^TestCallsThatHang",
	},
	{
		name: "what hung when it was to be skipped is read", in: "inputs/logfile",
		old: "if f.beside != nil && f.beside.unskipped {", new: "if f.beside != nil && f.size < 0 {", tests: readingTests, run: "^TestCallsThatHang",
	},
	// What was found under load.
	{
		name: "files of a volume that is not mounted taken for deleted", in: "inputs/logfile/absent",
		old: "case device != g.Device:", new: "case false:", tests: []string{"./inputs/logfile"}, run: "TestVolumeIsNotMounted",
	},
	{
		name: "what is gone forgotten by time only", in: "inputs/logfile/absent",
		old: "return surplus(list, most)", new: "return list[:0]", tests: readingTests, run: "^TestGone",
	},
	{
		name: "what a route lacks forgotten", in: "inputs/logfile/absent",
		old: "if g.Positions[r].Offset < end {", new: "if g.Positions[r].Offset > end {", tests: readingTests, run: "^TestWhatIsWanted",
	},
	{
		name: "forgotten beside a newcomer that may be it", in: "inputs/logfile",
		old:   "return a.Ours && !a.Since.IsZero() && !busy[a.Stream] && in.deleted(a, now) && in.settled(a)",
		new:   "_ = busy; return a.Ours && !a.Since.IsZero() && in.deleted(a, now) && in.settled(a)",
		tests: readingTests, run: "^TestNothingIsForgotten",
	},
	{
		name: "a loss told before the look that would show a copy", in: "inputs/logfile",
		old: "return d != nil && d.Listed < c.due", new: "return d == nil", tests: readingTests, run: "^TestLoss",
	},
	{
		name: "a copy put aside for what was truncated meanwhile", in: "inputs/logfile",
		old: "if in.files[g.key] == g && g.truncations == k.truncations { // else it is judged anew", new: "if true {", tests: readingTests, run: "^TestTruncatedWhile",
	},
	{
		name: "a torn listing taken for whole", in: "inputs/logfile",
		old: "if !l.torn || !l.newcomers {", new: "if true {", tests: readingTests, run: "^TestTorn",
	},
	{
		name: "a name that changed hands taken for all that is new", in: "inputs/logfile",
		old: "if f := s.Entry.File; f != nil && !t.Is(f, &s.Info) {", new: "if f := s.Entry.File; f != nil && s.Info.Inode == 0 {", tests: readingTests, run: "^TestTorn",
	},
}
