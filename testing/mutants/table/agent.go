package table

// agent are the sabotages in agent: shipping, failover, what is used beside shipping,
// and what is said about the agent.
var agent = []Sabotage{
	// Reads that hang.
	{
		Name: "a read that does not return is shown",
		In:   "agent/pipeline/lanes", Old: "f.Cursor().Overdue(true)", New: "f.Cursor().Overdue(false)",
		Tests: []string{"./testing/chaos"}, Run: "^TestFileSystemHangs$/^read$",
	},
	{
		Name: "a read that hangs keeps its lane's place", In: "agent",
		Old: "if p.overdue.Add(l.device) <= p.Lanes() {", New: "if p.overdue.Add(l.device) < 0 {", Tests: agentTests, Run: "^TestHangingReads",
	},
	{
		Name: "a read that hangs keeps its shard", In: "agent",
		Old: "l.p.queue.Release(l.turn.shard, l.turn.outcomes, time.Time{})", New: "l.turn.outcomes = nil", Tests: agentTests, Run: "^TestHangingReads",
	},
	{
		Name: "what an overdue read brought is dropped", In: "agent",
		Old: "f.ahead = &a", New: "f.idle = time.Time{}", Tests: agentTests, Run: "^TestSlowReads",
	},
	{
		Name: "what was written since an overdue read is left", In: "agent",
		Old: "a.More = true", New: "a.More = a.More || false", Tests: agentTests, Run: "^TestWrittenWhileAReadReturns$",
	},
	{
		Name: "a hanging file system takes all lanes", In: "agent",
		Old: "if !p.overdue.Any() || p.overdue.On(f.Cursor().Device()) < max(1, p.Lanes()/2) {", New: "if f != nil {", Tests: agentTests, Run: "^TestHangingReads",
	},
	// Acknowledging.
	{
		Name: "commit before ack", In: "agent",
		Old: "l.batches = append(l.batches, b)", New: "l.acked(t); l.commit(); l.batches = append(l.batches, b)", Tests: agentTests,
	},
	{
		Name: "refused taken as acknowledged", In: "agent",
		Old: "l.refused(t)", New: "l.acked(t); l.commit(); t.shard.Resolve(); l.p.queue.Release(t.shard, t.outcomes, time.Time{})", Tests: agentTests,
	},
	{
		Name: "receipt dropped: unresolved taken as refused", In: "agent",
		Old: "l.unresolved(t)", New: "l.refused(t)", Tests: agentTests,
	},
	{
		Name: "unresolved taken as acknowledged", In: "agent",
		Old: "l.unresolved(t)", New: "l.acked(t); l.commit(); t.shard.Resolve(); l.p.queue.Release(t.shard, t.outcomes, time.Time{})", Tests: agentTests,
	},
	{
		Name: "repeat not compared with its receipt", In: "agent",
		Old: "if err == nil && !want.Matches(&seg) {", New: "if err != nil && !want.Matches(&seg) {", Tests: agentTests,
	},
	{
		Name: "more of a stream sent while its batch is unresolved", In: "agent",
		Old: "l.p.queue.GiveBack(t.shard, t.withoutSuspended(), time.Now().Add(l.failed(t)))",
		New: "l.p.queue.GiveBack(t.shard, t.outcomes, time.Now().Add(l.failed(t)))", Tests: agentTests,
	},
	{
		Name: "shard in trouble shares a request", In: "agent",
		Old: "if len(s.along) < maxShards-1 && other.proven && !other.behind && q.sharer.Peer(other.id) == peer {",
		New: "if len(s.along) < maxShards-1 && !other.behind && q.sharer.Peer(other.id) == peer {", Tests: []string{"./agent/pipeline/queue"}, Run: "Alone",
	},
	{
		Name: "shard in trouble takes others along", In: "agent",
		Old: "if q.sharer == nil || !s.proven || s.behind {", New: "if q.sharer == nil || s.behind {", Tests: []string{"./agent/pipeline/queue"}, Run: "Alone",
	},
	{
		Name: "record dropped that quarantine can't take", In: "agent",
		After: "err := l.p.quar.Put(ctx, &r)", Old: "if err != nil {", New: "if err != nil && false {", Tests: agentTests,
	},
	{
		Name: "a log moves to another partition in the middle of a file", In: "agent",
		Old: "if seg.Start > 0 || seg.Late || f.tried {", New: "if seg.Late || f.tried {", Tests: agentTests,
	},
	{
		Name: "records that may have arrived move to another partition", In: "agent",
		Old: "if seg.Start > 0 || seg.Late || f.tried {", New: "if seg.Start > 0 || seg.Late {", Tests: agentTests,
	},
	{
		Name: "refused timestamp taken for a poisoned record", In: "agent",
		Old: "case fate.BadTime:", New: "case false:", Tests: agentTests,
	},
	{
		Name: "confused numbers not counted as possible duplicates", In: "agent",
		Old: "if t.batch.Repeat || t.batch.Fate.Doubtful {", New: "if t.batch.Repeat {", Tests: agentTests,
	},
	// Which cluster.
	{
		Name: "another cluster taken for the route's own", In: "agent",
		Old: "case id != \"\" && id != cluster:", New: "case false:", Tests: agentTests,
	},
	{
		Name: "receipt repeated at another cluster", In: "agent",
		Old: "if l.held(s) != nil {", New: "if false {", Tests: agentTests,
	},
	{
		Name: "offsets inherited without the cluster that acknowledged them", In: "agent",
		Old: "r = heir", New: "r.ID = heir.ID", Tests: []string{"./agent/routes"},
	},
	// Brokers that fail.
	{
		Name: "batches read for a broker that is held back", In: "agent",
		Old: "if s.state.failures == 0 || q.gate.Ready(s.id) {", New: "if true {", Tests: agentTests, Run: "TestShardWaits",
	},
	// The end of a generation.
	{
		Name: "audit record of unknown fate sent under fresh numbers", In: "agent/audit",
		Old: "s.batch.Repeat = true", New: "s.batch.Repeat = false", Tests: []string{"./agent/audit"},
	},
	// State.
	{
		Name: "copied state keeps its ids", In: "agent/host",
		Old: "if Copied(s.Owner, id, now) {", New: "if false {", Tests: hostTests,
	},
	{
		Name: "copies of one image get the same ids", In: "agent/host",
		Old: "owner.Salt = hash(id, s.Owner.Salt, lasting.String())", New: "owner.Salt = hash(id, s.Owner.Salt)", Tests: hostTests,
	},
	{
		Name: "state of another machine taken for one's own where ids are equal", In: "agent/host",
		Old: "case differs(product), differs(instance):", New: "case false:", Tests: hostTests,
	},
	{Name: "a lane that hangs in a commit is not replaced", In: "agent/pipeline/lanes", After: "l.giveBack()", Old: "l.replace()", New: "_ = l.substitute", Tests: agentTests},
	// Reloading.
	{
		Name: "a stream leaves while a lane has its batch in hand", In: "agent",
		After: "if f.inFlight {", Old: "if f.hung || s.leased {", New: "if f.hung {", Tests: agentTests, Run: "TestStreamsLeave",
	},
	{
		Name: "receipt kept for an output that was replaced", In: "agent",
		After: "for _, s := range q.shards {", Old: "q.giveUpReceipt(s)", New: "s.Resolve()", Tests: agentTests, Run: "TestOutputIsReplaced",
	},
	{
		Name: "a former name's offset inherited", In: "agent/routes",
		Old: "if _, ok := g.Watermarks[old.Heir]; ok && !t.used[old.Heir] {", New: "if false {", Tests: []string{"./agent/routes"},
	},
	// Drain, verify, replay.
	{
		Name: "runway of one rotation too many", In: "agent/runway",
		Old: "return next + time.Duration(max(0, keep-newer-1))*interval", New: "return next + time.Duration(max(0, keep-newer))*interval",
		Tests: []string{"./agent/runway"},
	},
	{
		Name: "verify believes an id whatever its value", In: "agent/verify",
		Old: "case ok && bytes.Equal(r.value, value):", New: "case ok:", Tests: []string{"./agent/verify"},
	},
	{
		Name: "verify takes a record that comes late for one in order", In: "agent/verify",
		Old: "if k.Offset < f.high || !late {", New: "if !late {", Tests: []string{"./agent/verify"},
	},
	{
		Name: "an interrupted replay begins anew", In: "agent",
		Old: "if w := g.Watermarks[src.routes[0].ID()]; w.Offset > 0 {", New: "if w := g.Watermarks[src.routes[0].ID()]; w.Offset < 0 {",
		Tests: []string{"./agent/replay"}, Run: "TestInterruptedReplay",
	},
	// What is put aside and comes back.
	{Name: "a repeat that hangs keeps its lane", In: "agent/pipeline/lanes", After: "l.turn, l.at, l.again = t, i, true", Old: "l.watch.Begin()", New: "", Tests: agentTests, Run: "^TestHangingRepeats"},
	{Name: "all counts as returned while a reload has not looked", In: "agent/guard", Old: "s.Unseen = true", New: "_ = s.Unseen", Tests: []string{"./testing/failover"}, Run: "^TestReloadWhileObjectsReturn$"},
	{Name: "healthy while lines may be aside", In: "agent/failover", Old: "case !s.Aside && !s.Unseen:", New: "case !s.Aside:", Tests: []string{"./agent/failover"}, Run: "^TestEdges$"},
	{Name: "a failover that a reload brings is not tended", In: "agent", Old: "close(old.over)", New: "_ = old.over", Tests: []string{"./testing/failover"}, Run: "^TestFailoverByReload$"},
	{
		Name: "object returned before its lines are acknowledged", In: "agent/failover",
		Old: "if r.End.Offset <= a.passed[id] {", New: "if r.Start <= a.passed[id] {", Tests: []string{"./agent/failover"},
	},
	{
		Name: "offset moved by what was only put aside", In: "agent",
		Old: "stored.AddIdentity(&l.changes, p, f.Route().Input())", New: "stored.AddProgress(&l.changes, p, f.Route().Input(), f.Route().Lead().ID())",
		Tests: []string{"./testing/failover"}, Run: "TestReturn",
	},
	{
		Name: "records of a replayed object skipped that others hold only in part", In: "agent/restore/cut",
		Old: "case end < c.Past, end == c.Past && offset < end:", New: "case offset < c.Past:", Tests: []string{"./agent/restore/cut"},
	},
	{
		Name: "object of a replay noted as shipped before it is", In: "agent/restore/ship",
		Old: "s.note(x.URL, next, len(records))", New: "s.note(x.URL, len(records), len(records))", Tests: []string{"./testing/failover"}, Run: "TestHostDies",
	},
	{
		Name: "what can't be taken back is not shown", In: "agent/failover",
		Old: "k.trouble = text", New: "_ = text", Tests: []string{"./testing/failover"}, Run: "TestStatusWhileSomethingStaysAside",
	},
	{
		Name: "deleted file let go while its end is nowhere else", In: "agent/failover",
		Old: "return start >= end", New: "return true", Tests: []string{"./agent/failover"},
	},
	{Name: "short runway diverts nothing", In: "agent/failover", Old: "return p.WhenRunwayBelow > 0 && s.Runway >= 0 && s.Runway < p.WhenRunwayBelow", New: "return false", Tests: []string{"./agent/failover"}},
	{
		Name: "a failover that a reload changes begins anew beside the one before", In: "agent/guard",
		Old:   "g.keeper, g.cache = before.keeper, before.cache",
		New:   "g.cache = before.cache; g.keeper = &failover.Keeper{Output: of.Name(), Commit: store.Commit, Health: store.Health, Log: log}; g.keeper.Load(store.State().Notes)",
		Tests: []string{"./agent/guard"},
	},
	{
		Name: "return_rate bounds nothing", In: "agent",
		Old: "o.Rest = pace.Next(int64(len(data)), now)", New: "_, _ = data, now", Tests: []string{"./testing/failover"}, Run: "TestReturnBeside/slowly",
	},
	{Name: "return_rate holds up logs that never were aside", In: "agent", Old: "at, s.rests = rest, true", New: "at, s.rests = rest, false", Tests: []string{"./agent/pipeline/queue"}},
	{
		Name: "an object fetched for each piece of it", In: "agent/failover/objects",
		Old: "i := slices.IndexFunc(c.held, func(h *held) bool { return h.done || time.Since(h.used) >= unusedAfter })",
		New: "i := 0", Tests: []string{"./agent/failover/objects"},
	},
	{
		Name: "objects of another host with the same agent id taken back", In: "agent/failover/recall",
		Old: "case ours && got.Generation.Host != f.host:", New: "case false:", Tests: []string{"./agent/failover/recall"},
	},
	{Name: "a halt waits for an object", In: "agent/pipeline/lanes", Old: "if !l.collect(soft, hard, t) {", New: "if !l.collect(hard, hard, t) {", Tests: agentTests, Run: "^TestNoHaltWaits"},
	{Name: "a halt repeats no batch", In: "agent/pipeline/lanes", Old: "switch l.repeat(hard, t) {", New: "switch l.repeat(soft, t) {", Tests: agentTests, Run: "^TestRepeatIsWaitedFor$"},
	{Name: "a reload waits for an object", In: "agent/failover", Old: "func (a *Aside) End() { close(a.ended) }", New: "func (a *Aside) End() {}", Tests: agentTests, Run: "^TestNoReloadWaits"},
	{Name: "objects deleted while the state is not durable", In: "agent/failover", Old: "if k.Health != nil && k.Health() != nil {", New: "if k.Health != nil && k.Health() != nil && now.IsZero() {", Tests: []string{"./agent/failover"}},
	{Name: "an object that is stored after its lines arrived is never due", In: "agent/failover", Old: "if len(a.ranges[r.Generation]) == 0 && !r.Intent { // an object that is intended may yet come", New: "if len(a.ranges[r.Generation]) == 0 {", Tests: []string{"./agent/failover"}},
	// What is said about the agent.
	{
		Name: "a terminal is not given back after a panic", In: "agent/top",
		Old: "defer t.leave() // in a panic, too", New: "_ = t", Tests: []string{"./agent/top"},
	},
	{
		Name: "names of files rule the terminal", In: "agent/top/model",
		Old: "s.Lines[i] = columns.Fit(columns.Harmless(line), m.width)", New: "s.Lines[i] = columns.Fit(line, m.width)", Tests: []string{"./agent/top/model"},
	},
	{
		Name: "the page is told every file", In: "agent/status/page",
		Old: "for _, r := range rows[:min(len(rows), mostFiles)] {", New: "for _, r := range rows {", Tests: []string{"./agent/status/page"},
	},
	{
		Name: "lag of routes counted as nothing in metrics", In: "agent/status/metrics",
		Old: "func(_ *status.Snapshot, r *status.Route) float64 { return float64(r.LagBytes) }),", New: "func(_ *status.Snapshot, r *status.Route) float64 { return 0 }),",
		Tests: []string{"./agent/status/metrics"},
	},
	{
		Name: "any token opens the port", In: "agent/status/access",
		Old: "if err != nil || !ok || subtle.ConstantTimeCompare(hash[:], k.token[:]) != 1 {", New: "if err != nil || !ok || subtle.ConstantTimeCompare(hash[:], k.token[:]) > 1 {", Tests: []string{"./testing/operate"}, Run: "TestListenForOthers",
	},
	{
		Name: "other hosts served without keys", In: "agent/status/access",
		Old: `if !IsLoopback(host) && (c.Cert == "" || c.Key == "" || c.ClientCA == "" && c.TokenFile == "") {`, New: `if !IsLoopback(host) && false {`, Tests: []string{"./agent/status/..."}, Run: "TestOnlyLoopback",
	},
	{
		Name: "profiles served unasked", In: "agent",
		Old: "if s.cfg.Agent.Pprof {", New: "if !s.cfg.Agent.Pprof {", Tests: []string{"./testing/operate"}, Run: "TestProfilesAreOff",
	},
	{
		Name: "an event has another name than documented", In: "agent",
		Old: `log.Info("no bytes are about to be lost any more")`, New: `log.Info("no bytes are about to be lost")`, Tests: []string{"./testing/docs"}, Run: "TestEventsPage",
	},
	// Files found late, and reloads.
	{
		Name: "records of complete files dropped by a reload", In: "agent/audit",
		Old: "a.news = append(a.news, list...)", New: "_ = list", Tests: []string{"./agent/audit"},
	},
	{
		Name: "a reload waits for max_rate", In: "agent",
		Old: "return queue.GateEvery // the output is well", New: "_ = 0", Tests: agentTests, Run: "TestReloadDoesNotWait",
	},
	{
		Name: "a lane that ends tells nobody", In: "agent/pipeline/queue", After: "if ctx.Err() != nil {",
		Old: "q.WakeLane()", New: "_ = 0", Tests: []string{"./agent/pipeline/queue"}, Run: "TestLaneThatEnds",
	},
}
