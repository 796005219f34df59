package table

// inputs are the sabotages in inputs: finding, telling apart, reading and ending files.
var inputs = []Sabotage{
	// Reads that hang.
	{
		Name: "discovery waits for a newcomer that can't be read", In: "inputs/logfile",
		Old: "case <-patience.C:", New: "case <-chan int(nil):", Tests: agentTests, Run: "^TestNewLogsThatHang$",
	},
	// Reading.
	{
		Name: "proof ignored", In: "inputs/logfile/window",
		Old: "if len(read) < w.Proof || (w.Proof > 0 && proofs.Hash(read[:w.Proof]) != w.At.ProofHash) {", New: "if len(read) < w.Proof {", Tests: readingTests,
	},
	{
		Name: "head proof ignored when reading", In: "inputs/logfile",
		Old: "if err := in.proveHead(f, h, truncations, head, headHash); err != nil {", New: "if err := error(nil); err != nil || headHash != headHash {", Tests: readingTests,
	},
	{
		Name: "other device taken without proof", In: "inputs/logfile",
		Old: "return slices.IndexFunc(known, func(a absence) bool { return a.ProvenBy(f) })", New: "return slices.IndexFunc(known, func(a absence) bool { return a.ID > 0 })", Tests: readingTests,
	},
	{
		Name: "overflow ignored", In: "inputs/logfile",
		Old: "in.rescan = true", New: "in.rescan = false", Tests: readingTests, Run: "^TestLostEvents",
	},
	{
		Name: "next generation does not wait for an unreadable one", In: "inputs/logfile",
		Old: "if last || now.Before(until) {", New: "if last {", Tests: readingTests,
	},
	{
		Name: "unreadable file taken for recovered when it can be opened", In: "inputs/logfile",
		Old: "if !f.unreadable {", New: "if true {", Tests: readingTests,
	},
	{
		Name: "a finished and deleted file holds its successor", In: "inputs/logfile",
		Old: "wait = c.in.patience(f.err)", New: "wait += 0", Tests: readingTests,
	},
	{
		Name: "n+1 begun without a look at what n grew", In: "inputs/logfile",
		After: "func (c *Cursor) olderMayHaveGrown(f *file) (again bool, err error) {",
		Old:   "if f.routes[c.route].pos.Offset > 0 {", New: "if f.routes[c.route].pos.Offset >= 0 {", Tests: readingTests,
	},
	{
		Name: "n+1 before n", In: "inputs/logfile/lineage",
		Old: "for i > 0 && Older(f, l.files[i-1]) < 0 {", New: "for i > 0 && Older(f, l.files[i-1]) > 0 {", Tests: readingTests,
	},
	{
		Name: "an error to list taken for absence", In: "inputs/logfile",
		Old: "complete = err == nil || errors.Is(err, fs.ErrNotExist)", New: "complete = true", Tests: readingTests,
	},
	{
		Name: "an unreadable directory forgets its files", In: "inputs/logfile",
		Old: "case !a.Ended && !in.couldSee(a):", New: "case false:", Tests: readingTests,
	},
	{
		Name: "descriptor of a deleted unread file given up", In: "inputs/logfile",
		Old: "return descriptors.Pinned", New: "return descriptors.Named", Tests: readingTests,
	},
	{
		Name: "truncation count not in the id", In: "inputs/logfile",
		Old: "strconv.AppendUint(nil, uint64(truncations), 10), head,", New: "strconv.AppendUint(nil, uint64(truncations)*0, 10), head,", Tests: readingTests, Run: "Truncat",
	},
	{
		Name: "late lines not marked", In: "inputs/logfile",
		Old: "seg.Late = f.order < c.begun", New: "seg.Late = false", Tests: readingTests,
	},
	// The end of a generation.
	{
		Name: "deleted without a last proof", In: "inputs/logfile/disposal",
		Old: "if !o.is(&info) || (o.Prove != nil && !o.Prove(f)) {", New: "if info.Size < 0 {", Tests: readingTests, Run: endingTests,
	},
	{
		Name: "another file that has the name by now is deleted", In: "inputs/logfile/disposal",
		Old: "if err == nil && o.is(&info) {", New: "if err == nil && info.Size >= 0 {", Tests: readingTests, Run: endingTests,
	},
	{
		Name: "deleted when the first route has it", In: "inputs/logfile",
		Old: "if !f.caughtUp(r) || f.size > f.routes[r].pos.Offset {", New: "if r == 0 && (!f.caughtUp(r) || f.size > f.routes[r].pos.Offset) {",
		Tests: readingTests, Run: endingTests,
	},
	{
		Name: "deleted before it was told of", In: "inputs/logfile",
		Old: "done := !in.announces(f)", New: "done := true", Tests: readingTests, Run: endingTests,
	},
	{
		Name: "deleted though the beginning was never shipped", In: "inputs/logfile",
		Old: "whole = whole && f.routes[r].pos.Tally.Bytes == f.size", New: "whole = whole && r >= 0", Tests: readingTests, Run: endingTests,
	},
	{
		Name: "an unterminated line shipped before its file is sealed", In: "inputs/logfile",
		Old: "return f.unlinked || in.cfg.QuietCompletes || !f.stream.Newest(f), timeOf(f.changed).Add(in.cfg.QuietAfter)", New: "return true, timeOf(f.changed)",
		Tests: readingTests, Run: endingTests,
	},
	{
		Name: "a file that grew stays complete", In: "inputs/logfile/tally",
		Old: "t.Flags &^= Announced", New: "t.Flags |= 0", Tests: readingTests, Run: endingTests,
	},
	{
		Name: "unfinished files shipped in spite of completed_only", In: "inputs/logfile",
		Old: "if !in.cfg.CompletedOnly || in.draining || in.sealed(files[i], now) {", New: "if true {", Tests: readingTests, Run: endingTests,
	},
	{
		Name: "limit of what is held ignored", In: "inputs/logfile/held",
		Old: "if (l.MaxBytes == 0 || total <= l.MaxBytes) && (l.MaxAge == 0 || now.Sub(f.Deleted) <= l.MaxAge) {", New: "if total >= 0 {", Tests: readingTests, Run: endingTests,
	},
	// What random actions found (agent/testdata/model).
	{
		Name: "the eldest of a log forgotten: a compressed file taken for history", In: "inputs/logfile",
		Old: "return s.Eldest(f.order) || slices.ContainsFunc(s.All(), func(g *file) bool {", New: "return slices.ContainsFunc(s.All(), func(g *file) bool {",
		Tests: readingTests, Run: "TestNotYetReadIsNotHistory",
	},
	{
		Name: "what only waits for its turn taken for the eldest of a log", In: "inputs/logfile/lineage",
		Old: "if f.Begun() {", New: "if !f.Begun() {", Tests: []string{"./inputs/logfile/lineage"}, Run: "TestEldest",
	},
	{
		Name: "history where all was to be read from the beginning", In: "inputs/logfile",
		Old: "f.beside.history = history || (in.cfg.History && in.predates(f, s))", New: "f.beside.history = history || in.predates(f, s)", Tests: readingTests, Run: "TestNotYetReadIsNotHistory",
	},
	{
		Name: "last line forgotten of a second sealed file", In: "inputs/logfile",
		Old: "if !g.caughtUp(c.route) || c.ending(g, &g.routes[c.route], now) != split.Open {", New: "if !g.caughtUp(c.route) || now.IsZero() {", Tests: agentTests, Run: "TestKeptPlans",
	},
	{
		Name: "a decoder that is done kept from others", In: "inputs/logfile/descriptors",
		Old: "x.used = time.Time{}", New: "_ = spent", Tests: readingTests, Run: "TestDecodersAreFew",
	},
	{
		Name: "new content of a truncated file placed before the old", In: "inputs/logfile/lineage",
		Old: "before, after := f.Order(), uint64(0)", New: "before, after := uint64(0), uint64(0)", Tests: agentTests, Run: "TestKeptPlans",
	},
	{
		Name: "files at rest looked at in turns after events were lost", In: "inputs/logfile",
		Old: "in.tree.Missed()", New: "_ = in", Tests: readingTests, Run: "TestIdleFiles",
	},
	{
		Name: "the search for files waits for one that hangs", In: "inputs/logfile",
		Old: "return in.asks.Try(device, ask, func() {})", New: "ask(); return in.asks != nil", Tests: readingTests, Run: "^TestCallsThatHang",
	},
	{
		Name: "what hung when it was to be skipped is read", In: "inputs/logfile",
		Old: "if f.beside != nil && f.beside.unskipped {", New: "if f.beside != nil && f.size < 0 {", Tests: readingTests, Run: "^TestCallsThatHang",
	},
	// What was found under load.
	{
		Name: "files of a volume that is not mounted taken for deleted", In: "inputs/logfile/absent",
		Old: "case device != g.Device:", New: "case false:", Tests: []string{"./inputs/logfile"}, Run: "TestVolumeIsNotMounted",
	},
	{
		Name: "what is gone forgotten by time only", In: "inputs/logfile/absent",
		Old: "return surplus(list, most)", New: "return list[:0]", Tests: readingTests, Run: "^TestGone",
	},
	{
		Name: "what a route lacks forgotten", In: "inputs/logfile/absent",
		Old: "if g.Positions[r].Offset < end {", New: "if g.Positions[r].Offset > end {", Tests: readingTests, Run: "^TestWhatIsWanted",
	},
	{
		Name: "forgotten beside a newcomer that may be it", In: "inputs/logfile",
		Old:   "return a.Ours && !a.Since.IsZero() && !busy[a.Stream] && in.deleted(a, now) && in.settled(a)",
		New:   "_ = busy; return a.Ours && !a.Since.IsZero() && in.deleted(a, now) && in.settled(a)",
		Tests: readingTests, Run: "^TestNothingIsForgotten",
	},
	{
		Name: "a loss told before the look that would show a copy", In: "inputs/logfile",
		Old: "return d != nil && d.Listed < c.due", New: "return d == nil", Tests: readingTests, Run: "^TestLoss",
	},
	{
		Name: "a copy put aside for what was truncated meanwhile", In: "inputs/logfile",
		Old: "if in.files[g.key] == g && g.truncations == k.truncations { // else it is judged anew", New: "if true {", Tests: readingTests, Run: "^TestTruncatedWhile",
	},
	{
		Name: "a log of which nothing is known any more has history", In: "inputs/logfile",
		Old: "return older", New: "return older || s.Known()", Tests: readingTests, Run: "^TestNothingIsHistory",
	},
	{
		Name: "gone on error: what may be where a look fails", In: "inputs/logfile",
		Old: "if full && (f.finished() || !in.tree.Failing()) { // else it may be where an error is", New: "if full {", Tests: readingTests, Run: "^TestMovedToWhere",
	},
	{
		Name: "n+1 before n that may be where a look fails", In: "inputs/logfile",
		Old: "case nameless && in.tree.Failing(): // it may be where an error is", New: "case nameless && false:", Tests: readingTests, Run: "^TestMovedToWhere",
	},
	{
		Name: "what a look above has not come to taken for seen", In: "inputs/logfile",
		Old: "sub.round, sub.Seen = d.round, false", New: "sub.round = d.round", Tests: readingTests, Run: "^TestNotForgottenWhere",
	},
	{
		Name: "a descriptor for what was let go of", In: "inputs/logfile",
		Old: "known := !in.closed && in.files[f.key] == f", New: "known := !in.closed", Tests: readingTests, Run: "^TestOpenedWhile",
	},
	{
		Name: "what was read before it was cut off told as lost", In: "inputs/logfile",
		Old: "if cut > 0 && f.cut() == cut && f.truncations == truncations { // else what was read may have been there before", New: "_ = cut; if f.cut() > 0 && f.truncations == truncations {", Tests: readingTests, Run: "^TestCutWhileItIsRead",
	},
	{
		Name: "what was cut off since taken for the end of a file", In: "inputs/logfile",
		Old: "r.tail = 0 // what stood there may be gone", New: "_ = r", Tests: readingTests, Run: "^TestCutWhileItIsUnderWay",
	},
	{
		Name: "a loss told before it is known whose newcomers are", In: "inputs/logfile",
		Old: "return g.stream == nil || (g.stream == f.stream && (g.origin() == f || g.origin() == nil))", New: "return g.stream == f.stream && (g.origin() == f || g.origin() == nil)", Tests: readingTests, Run: "^TestInodeReusedBefore",
	},
	{
		Name: "a torn listing taken for whole", In: "inputs/logfile",
		Old: "if !l.torn || !l.newcomers {", New: "if true {", Tests: readingTests, Run: "^TestTorn",
	},
	{
		Name: "a name that changed hands taken for all that is new", In: "inputs/logfile",
		Old: "if f := s.Entry.File; f != nil && !t.Is(f, &s.Info) {", New: "if f := s.Entry.File; f != nil && s.Info.Inode == 0 {", Tests: readingTests, Run: "^TestTorn",
	},
	// Drain, verify, replay.
	{
		Name: "a file that has just grown counts as drained", In: "inputs/logfile",
		Old: "case now.Sub(timeOf(f.changed)) < in.settle:", New: "case false:", Tests: readingTests, Run: "^TestDrain",
	},
	{
		Name: "a replay ships what is delivered", In: "inputs",
		Old: "if !is(s.Start + int64(r.Start)) {", New: "if is(s.Start+int64(r.Start)) || true {",
		Tests: []string{"./agent/replay"}, Run: "TestSkipDelivered",
	},
	{
		Name: "a route that could not ship yet taken for a new one", In: "inputs/logfile",
		Old: "in.fresher[r] = in.hadState && env.Fresh[r]", New: "in.fresher[r] = in.hadState", Tests: readingTests, Run: "TestStartAtEndOfARoute",
	},
	// What is put aside and comes back.
	{
		Name: "deleted file let go before it is elsewhere for good", In: "inputs/logfile",
		Old: "in.env.Elsewhere.Holds(behind, f.id, f.routes[behind].pos.Offset, f.size)", New: "true", Tests: []string{"./inputs/logfile"}, Run: "Elsewhere",
	},
	{
		Name: "what returns from objects read however many do", In: "inputs/logfile",
		Old: "most := c.reach(f, limit)", New: "most := limit", Tests: []string{"./testing/failover"}, Run: "TestReturnBeside/objects",
	},
	{
		Name: "an object for each write that is announced", In: "inputs/logfile",
		Old: "if r.since != 0 && (oldest == 0 || r.since < oldest) {", New: "if f.size > r.pos.Offset && r.since != 0 && (oldest == 0 || r.since < oldest) {",
		Tests: []string{"./testing/routes"}, Run: "TestArchiveOfSlowLogs",
	},
	{Name: "lines aside of a second route forgotten with those of the first", In: "inputs/logfile", Old: "a.Positions[r] = o.Positions[r] // it has read nothing", New: "_ = o.Positions[r]", Tests: readingTests, Run: "^TestEachRouteHasWhatIsElsewhere$"},
	{Name: "a reload takes what returns from objects for an open file", In: "inputs/logfile", Old: "if !ours || f.isElsewhere() || f.handle == nil || f.aside || f.finished() || f.format != packed.None {", New: "if !ours || f.handle == nil || f.aside || f.finished() || f.format != packed.None {", Tests: readingTests, Run: "^TestSuccessorOfWhatIsElsewhere$"},
	// Where nothing happens, and where something does not answer.
	{
		Name: "files at rest never looked at", In: "inputs/logfile",
		Old: "func (d *Directory[F]) hasTurn() bool { return (uint32(d.Inode)+d.round)%turns == 0 }",
		New: "func (d *Directory[F]) hasTurn() bool { return d.round == 0 }", Tests: readingTests, Run: "^TestIdleFiles",
	},
	{
		Name: "a directory that has changed is not listed", In: "inputs/logfile",
		Old: "if l.err != nil || l.info.Inode != d.Inode || l.info.Device != d.Device || l.info.Changed != d.changed {",
		New: "if l.err != nil {", Tests: readingTests, Run: "^TestGlances",
	},
	{
		Name: "a listing is trusted within the grain of a directory's time", In: "inputs/logfile",
		Old: "if l.begun.UnixNano()-info.Changed < int64(coarse) {", New: "if false {", Tests: readingTests, Run: "^TestFresh",
	},
	{Name: "a file that an event has told of is taken for idle", In: "inputs/logfile", Old: "x.written = true", New: "x.written = false", Tests: readingTests, Run: "^TestIdleFiles"},
	{
		Name: "one slow look at a directory puts off the next ones", In: "inputs/logfile",
		Old: "d.cost = min(took, max(2*d.cost, leastCost))", New: "d.cost = took", Tests: readingTests, Run: "^TestSlowLooks$",
	},
	{
		Name: "what others read on while a file is opened is taken for cut off", In: "inputs/logfile",
		Old: "case info.Size < offset:", New: "case info.Size < max(offset, f.maxOffset()):", Tests: readingTests, Run: "^TestReadOnWhileItIsOpened$",
	},
	{Name: "who begins to wait for a time waits for a scan", In: "inputs/logfile", Old: "if len(l.until) == 0 {", New: "if false {", Tests: readingTests, Run: "^TestNoTickInVain$"},
	{
		Name: "discovery waits for a directory that hangs", In: "inputs/logfile/calls",
		Old: "case <-timer.C:", New: "case <-chan int(nil):", Tests: agentTests, Run: "^TestHangingDirectory",
	},
	{
		Name: "any number of calls may hang", In: "inputs/logfile/calls",
		Old: "return n >= mostOn || len(g.hung) >= most", New: "return n > 1000", Tests: readingTests, Run: "^TestWait$",
	},
	{
		Name: "a directory that hung is not looked at again", In: "inputs/logfile",
		Old: "d.busy, d.notBefore = false, time.Time{}", New: "d.notBefore = time.Time{}", Tests: agentTests, Run: "^TestHangingDirectory",
	},
	{
		Name: "events that the kernel has dropped are not missed", In: "inputs/logfile/notices",
		Old: "whole = false", New: "whole = true", Tests: readingTests, Run: "^TestOverflow$",
	},
	{
		Name: "a directory that was moved away stays watched", In: "inputs/logfile/notices",
		Old: "if mask&lost != 0 {", New: "if false {", Tests: readingTests, Run: "^TestDirectoryIsGone$",
	},
	{
		Name: "a first line waits for others without a linger", In: "inputs/logfile/notices",
		Old: "if n >= steady && !g.Eager {", New: "if n >= steady {", Tests: readingTests, Run: "^TestGathering$",
	},
	// Files found late, and reloads.
	{
		Name: "order: newer begun before the older has its place", In: "inputs/logfile/lineage",
		Old: "return (order == 0 || !g.Begun()) && Older(f, g) < 0", New: "return order == 0 && Older(f, g) < 0", Tests: readingTests, Run: "TestHeldBy",
	},
	{
		Name: "order: the forgotten elder is no elder", In: "inputs/logfile",
		Old: "f.more().bounds.IsNewer(e.Order)", New: "_ = e", Tests: agentTests, Run: "TestKeptPlans",
	},
	{
		Name: "not needed while the first scan goes on", In: "inputs/logfile",
		Old: "return !in.looking", New: "return false", Tests: readingTests, Run: "TestNeeds",
	},
}
