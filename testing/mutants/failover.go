package main

// failoverRules are those of what is put aside and comes back.
var failoverRules = []mutant{
	{name: "a failover that a reload brings is not tended", in: "agent", old: "close(old.over)", new: "_ = old.over", tests: []string{"./testing/failover"}, run: "^TestFailoverByReload$"},
	{
		name: "key of an object without a hash of its content", in: "outputs/s3/object",
		old: "copy(n.Hash[:], m.SHA256[:])", new: "_ = m.SHA256", tests: []string{"./outputs/s3"}, run: "TestOtherBytes",
	},
	{
		name: "object counted before its checksum came back", in: "outputs/s3",
		old: "return errNoChecksum", new: "return nil", tests: []string{"./outputs/s3"}, run: "TestFates",
	},
	{
		name: "object returned before its lines are acknowledged", in: "agent/failover",
		old: "if r.End.Offset <= a.passed[id] {", new: "if r.Start <= a.passed[id] {", tests: []string{"./agent/failover"},
	},
	{
		name: "offset moved by what was only put aside", in: "agent",
		old: "stored.AddIdentity(&l.changes, p, f.Route().Input())", new: "stored.AddProgress(&l.changes, p, f.Route().Input(), f.Route().Lead().ID())",
		tests: []string{"./testing/failover"}, run: "TestReturn",
	},
	{
		name: "records of a replayed object skipped that others hold only in part", in: "agent/restore/cut",
		old: "case end < c.Past, end == c.Past && offset < end:", new: "case offset < c.Past:", tests: []string{"./agent/restore/cut"},
	},
	{
		name: "object of a replay noted as shipped before it is", in: "agent/restore/ship",
		old: "s.note(x.URL, next, len(records))", new: "s.note(x.URL, len(records), len(records))", tests: []string{"./testing/failover"}, run: "TestHostDies",
	},
	{
		name: "a rate for each agent whose objects are replayed", in: "outputs/kafka",
		old: "o.rate = other.rate", new: "_ = other", tests: []string{"./agent/restore/ship"}, run: "TestOneRate",
	},
	{
		name: "what can't be taken back is not shown", in: "agent/failover",
		old: "k.trouble = text", new: "_ = text", tests: []string{"./testing/failover"}, run: "TestStatusWhileSomethingStaysAside",
	},
	{
		name: "deleted file let go while its end is nowhere else", in: "agent/failover",
		old: "return start >= end", new: "return true", tests: []string{"./agent/failover"},
	},
	{
		name: "deleted file let go before it is elsewhere for good", in: "inputs/logfile",
		old: "in.env.Elsewhere.Holds(behind, f.id, f.routes[behind].pos.Offset, f.size)", new: "true", tests: []string{"./inputs/logfile"}, run: "Elsewhere",
	},
	{name: "short runway diverts nothing", in: "agent/failover", old: "return p.WhenRunwayBelow > 0 && s.Runway >= 0 && s.Runway < p.WhenRunwayBelow", new: "return false", tests: []string{"./agent/failover"}},
	{
		name: "a failover that a reload changes begins anew beside the one before", in: "agent/guard",
		old:   "g.keeper, g.cache = before.keeper, before.cache",
		new:   "g.cache = before.cache; g.keeper = &failover.Keeper{Output: of.Name(), Commit: store.Commit, Health: store.Health, Log: log}; g.keeper.Load(store.State().Notes)",
		tests: []string{"./agent/guard"},
	},
	{
		name: "return_rate bounds nothing", in: "agent",
		old: "o.Rest = pace.Next(int64(len(data)), now)", new: "_, _ = data, now", tests: []string{"./testing/failover"}, run: "TestReturnBeside/slowly",
	},
	{name: "return_rate holds up logs that never were aside", in: "agent", old: "at, s.rests = rest, true", new: "at, s.rests = rest, false", tests: []string{"./agent/pipeline/queue"}},
	{
		name: "an object fetched for each piece of it", in: "agent/failover/objects",
		old: "i := slices.IndexFunc(c.held, func(h *held) bool { return h.done || time.Since(h.used) >= unusedAfter })",
		new: "i := 0", tests: []string{"./agent/failover/objects"},
	},
	{
		name: "what returns from objects read however many do", in: "inputs/logfile",
		old: "most := c.reach(f, limit)", new: "most := limit", tests: []string{"./testing/failover"}, run: "TestReturnBeside/objects",
	},
	{
		name: "objects of another host with the same agent id taken back", in: "agent/failover/recall",
		old: "case ours && got.Generation.Host != f.host:", new: "case false:", tests: []string{"./agent/failover/recall"},
	},
	{
		name: "an object for each write that is announced", in: "inputs/logfile",
		old: "if r.since != 0 && (oldest == 0 || r.since < oldest) {", new: "if f.size > r.pos.Offset && r.since != 0 && (oldest == 0 || r.since < oldest) {",
		tests: []string{"./testing/routes"}, run: "TestArchiveOfSlowLogs",
	},
	{name: "a halt waits for an object", in: "agent/pipeline/lanes", old: "if !l.collect(soft, hard, t) {", new: "if !l.collect(hard, hard, t) {", tests: agentTests, run: "^TestNoHaltWaits"},
	{name: "a halt repeats no batch", in: "agent/pipeline/lanes", old: "switch l.repeat(hard, t) {", new: "switch l.repeat(soft, t) {", tests: agentTests, run: "^TestRepeatIsWaitedFor$"},
	{name: "a reload waits for an object", in: "agent/failover", old: "func (a *Aside) End() { close(a.ended) }", new: "func (a *Aside) End() {}", tests: agentTests, run: "^TestNoReloadWaits"},
	{name: "lines aside of a second route forgotten with those of the first", in: "inputs/logfile", old: "a.Positions[r] = o.Positions[r] // it has read nothing", new: "_ = o.Positions[r]", tests: readingTests, run: "^TestEachRouteHasWhatIsElsewhere$"},
	{name: "a reload takes what returns from objects for an open file", in: "inputs/logfile", old: "if !ours || f.isElsewhere() || f.handle == nil || f.aside || f.finished() || f.format != packed.None {", new: "if !ours || f.handle == nil || f.aside || f.finished() || f.format != packed.None {", tests: readingTests, run: "^TestSuccessorOfWhatIsElsewhere$"},
	{name: "objects deleted while the state is not durable", in: "agent/failover", old: "if k.Health != nil && k.Health() != nil {", new: "if k.Health != nil && k.Health() != nil && now.IsZero() {", tests: []string{"./agent/failover"}},
	{name: "an object that is stored after its lines arrived is never due", in: "agent/failover", old: "if len(a.ranges[r.Generation]) == 0 && !r.Intent { // an object that is intended may yet come", new: "if len(a.ranges[r.Generation]) == 0 {", tests: []string{"./agent/failover"}},
}
