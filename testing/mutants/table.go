package main

// mutant is one sabotage.
type mutant struct {
	name  string
	in    string // directory that the line is in, or below
	after string // line that precedes it, if the line alone is not unique
	old   string // the line without indentation
	new   string
	tests []string // packages that are expected to object
	run   string   // their tests, as for go test -run; "" is all
}

var (
	agentTests   = []string{"./agent/pipeline"}
	kafkaTests   = []string{"./outputs/kafka/..."}
	storeTests   = []string{"./checkpoint"}
	hostTests    = []string{"./agent/host"}
	readingTests = []string{"./inputs/logfile/..."}
)

// endingTests are those of ending_test.go.
const endingTests = "Complet|Delet|Swapped|Late|Move|Killed|NameTaken|Retain"

var rules = []mutant{
	{
		name: "a read that does not return is shown",
		in:   "agent/pipeline/lanes", old: "f.Cursor().Overdue(true)", new: "f.Cursor().Overdue(false)",
		tests: []string{"./testing/chaos"}, run: "^TestFileSystemHangs$/^read$",
	},
	// Acknowledging.
	{
		name: "commit before ack", in: "agent",
		old: "l.batches = append(l.batches, b)", new: "l.acked(t); l.commit(); l.batches = append(l.batches, b)", tests: agentTests,
	},
	{
		name: "refused taken as acknowledged", in: "agent",
		old: "l.refused(t)", new: "l.acked(t); l.commit(); t.shard.Resolve(); l.p.queue.Release(t.shard, t.outcomes, time.Time{})", tests: agentTests,
	},
	{
		name: "receipt dropped: unresolved taken as refused", in: "agent",
		old: "l.unresolved(t)", new: "l.refused(t)", tests: agentTests,
	},
	{
		name: "unresolved taken as acknowledged", in: "agent",
		old: "l.unresolved(t)", new: "l.acked(t); l.commit(); t.shard.Resolve(); l.p.queue.Release(t.shard, t.outcomes, time.Time{})", tests: agentTests,
	},
	{
		name: "repeat not compared with its receipt", in: "agent",
		old: "if err == nil && !want.Matches(&seg) {", new: "if err != nil && !want.Matches(&seg) {", tests: agentTests,
	},
	{
		name: "repeat compared without its checksum", in: "outputs",
		old: "uint32(s.Len()) == r.Records && crc32.Checksum(s.Data, castagnoli) == r.Checksum", new: "uint32(s.Len()) == r.Records",
		tests: []string{"./outputs/quarantine", "./agent/pipeline"},
	},
	{
		name: "more of a stream sent while its batch is unresolved", in: "agent",
		old: "l.p.queue.GiveBack(t.shard, t.withoutSuspended(), time.Now().Add(l.failed(t)))",
		new: "l.p.queue.GiveBack(t.shard, t.outcomes, time.Now().Add(l.failed(t)))", tests: agentTests,
	},
	{
		name: "shard in trouble shares a request", in: "agent",
		old: "if len(s.along) < maxShards-1 && other.proven && !other.behind && q.sharer.Peer(other.id) == peer {",
		new: "if len(s.along) < maxShards-1 && !other.behind && q.sharer.Peer(other.id) == peer {", tests: agentTests, run: "Alone",
	},
	{
		name: "shard in trouble takes others along", in: "agent",
		old: "if q.sharer == nil || !s.proven || s.behind {", new: "if q.sharer == nil || s.behind {", tests: agentTests, run: "Alone",
	},
	{
		name: "batches of one request over each other", in: "outputs/kafka/recordbatch",
		old: "e.plain = dst", new: "e.plain = dst[:0]", tests: kafkaTests,
	},
	{
		name: "quarantine not synced", in: "outputs/quarantine",
		old: "err = q.sync(q.file)", new: "_ = q.sync(q.file)", tests: []string{"./outputs/quarantine", "./agent/pipeline"},
	},
	{
		name: "record dropped that quarantine can't take", in: "agent",
		after: "err := l.p.quar.Put(ctx, &r)", old: "if err != nil {", new: "if err != nil && false {", tests: agentTests,
	},
	{
		name: "quarantine appends to a file that was replaced", in: "outputs/quarantine",
		old: "if named(q.file, q.path) && unchanged(q.file, q.size) {", new: "if q.size >= 0 {", tests: []string{"./outputs/quarantine"},
	},
	{
		name: "a log moves to another partition in the middle of a file", in: "agent",
		old: "if seg.Start > 0 || seg.Late || f.tried {", new: "if seg.Late || f.tried {", tests: agentTests,
	},
	{
		name: "records that may have arrived move to another partition", in: "agent",
		old: "if seg.Start > 0 || seg.Late || f.tried {", new: "if seg.Start > 0 || seg.Late {", tests: agentTests,
	},
	{
		name: "a topic that grows shuffles all its logs", in: "outputs/kafka/spread",
		old: "return jump(key, n)", new: "return int32(key % uint64(n))", tests: []string{"./outputs/kafka/spread"},
	},
	{
		name: "a topic with too few replicas passes", in: "outputs/kafka/demand",
		old: "if replicas > 0 && replicas < d.ReplicationFactor {", new: "if replicas > d.ReplicationFactor {", tests: []string{"./outputs/kafka/demand"},
	},
	{
		name: "a connection that was idle is not looked at", in: "outputs/kafka/broker",
		old: "if now := time.Now(); !c.Expired(now) && (now.Sub(c.since) < unseen || c.Idle()) {", new: "if now := time.Now(); !c.Expired(now) {", tests: kafkaTests,
	},
	{
		name: "a renewed certificate is not taken up", in: "outputs/kafka/wire",
		old: "if now == t.stamps || t.failure != nil && now == t.failed {", new: "if t.failure == nil {", tests: []string{"./outputs/kafka/wire"},
	},

	{
		name: "refused timestamp taken for a poisoned record", in: "agent",
		old: "case fate.BadTime:", new: "case false:", tests: agentTests,
	},
	{
		name: "confused numbers not counted as possible duplicates", in: "agent",
		old: "if t.batch.Repeat || t.batch.Fate.Doubtful {", new: "if t.batch.Repeat {", tests: agentTests,
	},

	// The producer's numbers.
	{
		name: "sequence reused after an unresolved batch", in: "outputs/kafka",
		old: "case !b.Repeat && s.open:", new: "case false:", tests: kafkaTests,
	},
	{
		name: "epoch not raised when a batch is given up", in: "outputs/kafka",
		old: "s.producer.Epoch++", new: "s.producer.Epoch += 0", tests: kafkaTests,
	},
	{
		name: "first attempt called a duplicate taken as ack", in: "outputs/kafka",
		old: "return Effect{outputs.GivenUp, outputs.Acked}", new: "return Effect{outputs.Acked, outputs.Acked}", tests: kafkaTests,
	},
	{
		name: "base offset not checked", in: "outputs/kafka",
		old: "case !repeat && p.BaseOffset <= s.lastBase:", new: "case repeat && p.BaseOffset <= s.lastBase:", tests: kafkaTests,
	},
	{
		name: "lost answer not remembered", in: "outputs/kafka",
		after: "func (s *shard) lost(b *outputs.Batch, err error) {", old: "s.open, s.settled = true, false", new: "s.open, s.settled = false, false", tests: kafkaTests,
	},
	{
		name: "unsent repeat called refused", in: "outputs/kafka",
		after: "func (s *shard) notSent(b *outputs.Batch, class outputs.Class, err error) {", old: "s.settled = false", new: "s.settled, s.open = false, false", tests: kafkaTests,
	},
	{
		name: "error after the append taken as refusal", in: "outputs/kafka",
		old: "case !c.BeforeAppend():", new: "case false:", tests: kafkaTests, run: "TestNotLeaderAfter",
	},
	{
		name: "retriable taken for final", in: "outputs/kafka",
		old: "case c.Never(): // the same records will be answered so for ever", new: "case c.BeforeAppend():", tests: kafkaTests, run: "TestRefusalOfARepeat|TestEveryAnswerToProduce",
	},
	{
		name: "an answer about no records sends them to quarantine", in: "outputs/kafka",
		old: "if a.To != Produce && (c == outputs.RecordError || c == outputs.SequenceError) {", new: "if a.To != Produce && c == outputs.SequenceError {", tests: kafkaTests, run: "TestOnlyProduce|TestEveryAnswerToInit",
	},
	{
		name: "a topic that takes nothing sends its log to quarantine", in: "outputs/kafka",
		old: "case alone && s.takes.Swap(false):", new: "case alone && s.takes.Load():", tests: kafkaTests, run: "TestRecordAlone",
	},
	{
		name: "acks=1", in: "outputs/kafka",
		old: "b = binary.BigEndian.AppendUint16(b, 0xffff) // acks=all", new: "b = binary.BigEndian.AppendUint16(b, 1)", tests: kafkaTests,
	},

	// Which cluster.
	{
		name: "another cluster taken for the route's own", in: "agent",
		old: "case id != \"\" && id != cluster:", new: "case false:", tests: agentTests,
	},
	{
		name: "receipt repeated at another cluster", in: "agent",
		old: "if l.held(s) != nil {", new: "if false {", tests: agentTests,
	},
	{
		name: "batch sent to whatever cluster has its broker's address", in: "outputs/kafka",
		old: `if want == "" || conn.Cluster == "" || want == conn.Cluster {`, new: "if true {", tests: kafkaTests,
	},
	{
		name: "offsets inherited without the cluster that acknowledged them", in: "agent",
		old: "r = heir", new: "r.ID = heir.ID", tests: []string{"./agent/routes"},
	},

	// Brokers that fail.
	{
		name: "breaker never closes", in: "outputs/kafka",
		old: "b.held, b.trial = nil, true", new: "b.trial = true", tests: kafkaTests, run: "TestBrokerThatHangs",
	},
	{
		name: "silent broker keeps all lanes", in: "outputs/kafka",
		after: "b.relieved++", old: "c.Abort()", new: "_ = c", tests: kafkaTests, run: "TestHungBroker",
	},
	{
		name: "batches read for a broker that is held back", in: "agent",
		old: "if s.state.failures == 0 || q.gate.Ready(s.id) {", new: "if true {", tests: agentTests, run: "TestShardWaits",
	},
	{
		name: "broken connections made anew without pause", in: "outputs/kafka",
		old: "p.next = at.Add(paceInterval)", new: "p.next = now.Add(-time.Second)", tests: kafkaTests, run: "TestAnswersLost",
	},
	{
		name: "a broker that left the cluster is waited for", in: "outputs/kafka",
		after: "for c := range b.lent {", old: "c.Abort()", new: "_ = c", tests: kafkaTests, run: "TestLeaderMoves",
	},

	// Reading.
	{
		name: "proof ignored", in: "inputs/logfile/window",
		old: "if len(read) < w.Proof || (w.Proof > 0 && proofs.Hash(read[:w.Proof]) != w.At.ProofHash) {", new: "if len(read) < w.Proof {", tests: readingTests,
	},
	{
		name: "head proof ignored when reading", in: "inputs/logfile",
		old: "if err := in.proveHead(f, h, truncations, head, headHash); err != nil {", new: "if err := error(nil); err != nil || headHash != headHash {", tests: readingTests,
	},
	{
		name: "other device taken without proof", in: "inputs/logfile",
		old: "return slices.IndexFunc(known, func(a absence) bool { return a.ProvenBy(f) })", new: "return slices.IndexFunc(known, func(a absence) bool { return a.ID > 0 })", tests: readingTests,
	},
	{
		name: "overflow ignored", in: "inputs/logfile",
		old: "in.rescan = true", new: "in.rescan = false", tests: readingTests, run: "^TestLostEvents",
	},
	{
		name: "next generation does not wait for an unreadable one", in: "inputs/logfile",
		old: "if last || now.Before(until) {", new: "if last {", tests: readingTests,
	},
	{
		name: "unreadable file taken for recovered when it can be opened", in: "inputs/logfile",
		old: "if !f.unreadable {", new: "if true {", tests: readingTests,
	},
	{
		name: "a finished and deleted file holds its successor", in: "inputs/logfile",
		old: "wait = c.in.patience(f.err)", new: "wait += 0", tests: readingTests,
	},
	{
		name: "n+1 begun without a look at what n grew", in: "inputs/logfile",
		after: "func (c *Cursor) olderMayHaveGrown(f *file) (again bool, err error) {",
		old:   "if f.routes[c.route].pos.Offset > 0 {", new: "if f.routes[c.route].pos.Offset >= 0 {", tests: readingTests,
	},
	{
		name: "n+1 before n", in: "inputs/logfile/lineage",
		old: "for i > 0 && Older(f, l.files[i-1]) < 0 {", new: "for i > 0 && Older(f, l.files[i-1]) > 0 {", tests: readingTests,
	},
	{
		name: "an error to list taken for absence", in: "inputs/logfile",
		old: "complete = err == nil || errors.Is(err, fs.ErrNotExist)", new: "complete = true", tests: readingTests,
	},
	{
		name: "an unreadable directory forgets its files", in: "inputs/logfile",
		old: "case !a.Ended && !in.couldSee(a):", new: "case false:", tests: readingTests,
	},
	{
		name: "descriptor of a deleted unread file given up", in: "inputs/logfile",
		old: "return descriptors.Pinned", new: "return descriptors.Named", tests: readingTests,
	},
	{
		name: "truncation count not in the id", in: "inputs/logfile",
		old: "strconv.AppendUint(nil, uint64(truncations), 10), head,", new: "strconv.AppendUint(nil, uint64(truncations)*0, 10), head,", tests: readingTests, run: "Truncat",
	},
	{
		name: "late lines not marked", in: "inputs/logfile",
		old: "seg.Late = f.order < c.begun", new: "seg.Late = false", tests: readingTests,
	},

	// The end of a generation.
	{
		name: "deleted without a last proof", in: "inputs/logfile/disposal",
		old: "if !o.is(&info) || (o.Prove != nil && !o.Prove(f)) {", new: "if info.Size < 0 {", tests: readingTests, run: endingTests,
	},
	{
		name: "another file that has the name by now is deleted", in: "inputs/logfile/disposal",
		old: "if err == nil && o.is(&info) {", new: "if err == nil && info.Size >= 0 {", tests: readingTests, run: endingTests,
	},
	{
		name: "deleted when the first route has it", in: "inputs/logfile",
		old: "if !f.caughtUp(r) || f.size > f.routes[r].pos.Offset {", new: "if r == 0 && (!f.caughtUp(r) || f.size > f.routes[r].pos.Offset) {",
		tests: readingTests, run: endingTests,
	},
	{
		name: "deleted before it was told of", in: "inputs/logfile",
		old: "done := !in.announces(f)", new: "done := true", tests: readingTests, run: endingTests,
	},
	{
		name: "deleted though the beginning was never shipped", in: "inputs/logfile",
		old: "whole = whole && f.routes[r].pos.Tally.Bytes == f.size", new: "whole = whole && r >= 0", tests: readingTests, run: endingTests,
	},
	{
		name: "an unterminated line shipped before its file is sealed", in: "inputs/logfile",
		old: "return f.unlinked || in.cfg.QuietCompletes || !f.stream.Newest(f), timeOf(f.changed).Add(in.cfg.QuietAfter)", new: "return true, timeOf(f.changed)",
		tests: readingTests, run: endingTests,
	},
	{
		name: "a file that grew stays complete", in: "inputs/logfile/tally",
		old: "t.Flags &^= Announced", new: "t.Flags |= 0", tests: readingTests, run: endingTests,
	},
	{
		name: "unfinished files shipped in spite of completed_only", in: "inputs/logfile",
		old: "if !in.cfg.CompletedOnly || in.draining || in.sealed(files[i], now) {", new: "if true {", tests: readingTests, run: endingTests,
	},
	{
		name: "limit of what is held ignored", in: "inputs/logfile/held",
		old: "if (l.MaxBytes == 0 || total <= l.MaxBytes) && (l.MaxAge == 0 || now.Sub(f.Deleted) <= l.MaxAge) {", new: "if total >= 0 {", tests: readingTests, run: endingTests,
	},
	{
		name: "audit record of unknown fate sent under fresh numbers", in: "agent/audit",
		old: "s.batch.Repeat = true", new: "s.batch.Repeat = false", tests: []string{"./agent/audit"},
	},

	// State.
	{
		name: "fsync of the log dropped", in: "checkpoint",
		old: "err := l.Sync()", new: "err := error(nil)", tests: storeTests,
	},
	{
		name: "fsync of the snapshot dropped", in: "checkpoint",
		old: "if err = f.Sync(); err != nil {", new: "if err != nil {", tests: storeTests,
	},
	{
		name: "log renamed without syncing the directory", in: "checkpoint",
		after: "err = s.dir.Rename(spareLog, logName(number))", old: "err = s.dir.SyncDir()", new: "_ = err", tests: storeTests,
	},
	{
		name: "descriptor trusted after a failed fsync", in: "checkpoint",
		old: "if err != nil && !l.abandoned {", new: "if err == nil && l.abandoned {", tests: storeTests,
	},
	{
		name: "failing disk tried again too late", in: "checkpoint",
		old: "lastRetry  = 4 * time.Second", new: "lastRetry  = 30 * time.Second", tests: storeTests,
	},
	{
		name: "copied state keeps its ids", in: "agent/host",
		old: "if Copied(s.Owner, id, now) {", new: "if false {", tests: hostTests,
	},
	{
		name: "copies of one image get the same ids", in: "agent/host",
		old: "owner.Salt = hash(id, s.Owner.Salt, lasting.String())", new: "owner.Salt = hash(id, s.Owner.Salt)", tests: hostTests,
	},
	{
		name: "state of another machine taken for one's own where ids are equal", in: "agent/host",
		old: "case differs(product), differs(instance):", new: "case false:", tests: hostTests,
	},
	{
		name: "frame taken without its checksum", in: "checkpoint",
		old: "if binary.LittleEndian.Uint32(b[4:]) != frameCRC(frame, seed) {", new: "if false {", tests: storeTests,
	},
	{
		name: "lower offset taken", in: "checkpoint",
		old: "if o.Offset < w.Offset {", new: "if o.Offset < 0 {", tests: storeTests,
	},
	{name: "a commit by the caller returns before it is written", in: "checkpoint", after: "s.late = late", old: "s.writeOnce()", new: "s.work.Signal()", tests: storeTests},
	{name: "who hung in a commit goes on as if in time", in: "checkpoint", old: "inTime := s.late != nil", new: "inTime := true", tests: storeTests},
	{name: "who hung in a commit is back before others have carried on", in: "checkpoint", old: "for !inTime && s.carryingOn > 0 {", new: "for false {", tests: storeTests},
	{name: "a lane that hangs in a commit is not replaced", in: "agent/pipeline/lanes", after: "l.giveBack()", old: "l.substitute()", new: "_ = l.substitute", tests: agentTests},
	{
		name: "commit returns before it is written", in: "checkpoint",
		old: "for s.written < ticket {", new: "for s.written > ticket {", tests: storeTests,
	},

	// Reads that hang.
	{
		name: "a read that hangs keeps its lane's place", in: "agent",
		old: "if l.replaced {", new: "if false {", tests: agentTests, run: "^TestHangingReads",
	},
	{
		name: "a read that hangs keeps its shard", in: "agent",
		old: "p.queue.Release(l.turn.shard, l.turn.outcomes, time.Time{})", new: "l.turn.outcomes = nil", tests: agentTests, run: "^TestHangingReads",
	},
	{
		name: "discovery waits for a newcomer that can't be read", in: "inputs/logfile",
		old: "case <-patience.C:", new: "case <-chan int(nil):", tests: agentTests, run: "^TestNewLogsThatHang$",
	},
	{
		name: "what an overdue read brought is dropped", in: "agent",
		old: "f.ahead = &a", new: "f.idle = time.Time{}", tests: agentTests, run: "^TestSlowReads",
	},
	{
		name: "a hanging file system takes all lanes", in: "agent",
		old: "hangs := n >= max(1, p.lanes/2)", new: "hangs := n < 0", tests: agentTests, run: "^TestHangingReads",
	},

	// Reloading.
	{
		name: "a stream leaves while a lane has its batch in hand", in: "agent",
		after: "if f.inFlight {", old: "if f.hung || s.leased {", new: "if f.hung {", tests: agentTests, run: "TestStreamsLeave",
	},
	{
		name: "receipt kept for an output that was replaced", in: "agent",
		after: "for _, s := range q.shards {", old: "q.giveUpReceipt(s)", new: "s.Resolve()", tests: agentTests, run: "TestOutputIsReplaced",
	},
	{
		name: "a former name's offset inherited", in: "agent/routes",
		old: "if _, ok := g.Watermarks[old.Heir]; ok && !t.used[old.Heir] {", new: "if false {", tests: []string{"./agent/routes"},
	},
}
