package main

// idle is what saves work where nothing happens, and must miss nothing by it, and what
// does not wait for what does not answer.
var idle = []mutant{
	{
		name: "files at rest never looked at", in: "inputs/logfile",
		old: "func (d *Directory[F]) hasTurn() bool { return (uint32(d.Inode)+d.round)%turns == 0 }",
		new: "func (d *Directory[F]) hasTurn() bool { return d.round == 0 }", tests: readingTests, run: "^TestIdleFiles",
	},
	{
		name: "a directory that has changed is not listed", in: "inputs/logfile",
		old: "if l.err != nil || l.info.Inode != d.Inode || l.info.Device != d.Device || l.info.Changed != d.changed {",
		new: "if l.err != nil {", tests: readingTests, run: "^TestGlances",
	},
	{
		name: "a listing is trusted within the grain of a directory's time", in: "inputs/logfile",
		old: "if l.begun.UnixNano()-info.Changed < int64(coarse) {", new: "if false {", tests: readingTests, run: "^TestFresh",
	},
	{name: "a file that an event has told of is taken for idle", in: "inputs/logfile", old: "x.written = true", new: "x.written = false", tests: readingTests, run: "^TestIdleFiles"},
	{
		name: "one slow look at a directory puts off the next ones", in: "inputs/logfile",
		old: "d.cost = min(took, max(2*d.cost, leastCost))", new: "d.cost = took", tests: readingTests, run: "^TestSlowLooks$",
	},
	{
		name: "what others read on while a file is opened is taken for cut off", in: "inputs/logfile",
		old: "case info.Size < offset:", new: "case info.Size < max(offset, f.maxOffset()):", tests: readingTests, run: "^TestReadOnWhileItIsOpened$",
	},
	{name: "who begins to wait for a time waits for a scan", in: "inputs/logfile", old: "if len(l.until) == 0 {", new: "if false {", tests: readingTests, run: "^TestNoTickInVain$"},
	{
		name: "discovery waits for a directory that hangs", in: "inputs/logfile/calls",
		old: "case <-timer.C:", new: "case <-chan int(nil):", tests: agentTests, run: "^TestHangingDirectory",
	},
	{
		name: "any number of calls may hang", in: "inputs/logfile/calls",
		old: "return n >= mostOn || len(g.hung) >= most", new: "return n > 1000", tests: readingTests, run: "^TestWait$",
	},
	{
		name: "a directory that hung is not looked at again", in: "inputs/logfile",
		old: "d.busy, d.notBefore = false, time.Time{}", new: "d.notBefore = time.Time{}", tests: agentTests, run: "^TestHangingDirectory",
	},
	{
		name: "events that the kernel has dropped are not missed", in: "inputs/logfile/notices",
		old: "whole = false", new: "whole = true", tests: readingTests, run: "^TestOverflow$",
	},
	{
		name: "a directory that was moved away stays watched", in: "inputs/logfile/notices",
		old: "if mask&lost != 0 {", new: "if false {", tests: readingTests, run: "^TestDirectoryIsGone$",
	},
	{
		name: "a first line waits for others without a linger", in: "inputs/logfile/notices",
		old: "if n >= steady && !g.Eager {", new: "if n >= steady {", tests: readingTests, run: "^TestGathering$",
	},
}
