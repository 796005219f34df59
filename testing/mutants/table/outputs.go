package table

// outputs are the sabotages in outputs: Kafka, object stores and quarantine.
var outputs = []Sabotage{
	// Acknowledging.
	{
		Name: "repeat compared without its checksum", In: "outputs",
		Old: "uint32(s.Len()) == r.Records && crc32.Checksum(s.Data, castagnoli) == r.Checksum", New: "uint32(s.Len()) == r.Records",
		Tests: []string{"./outputs/quarantine", "./agent/pipeline"},
	},
	{
		Name: "batches of one request over each other", In: "outputs/kafka/recordbatch",
		Old: "e.plain = dst", New: "e.plain = dst[:0]", Tests: kafkaTests,
	},
	{
		Name: "quarantine not synced", In: "outputs/quarantine",
		Old: "err = q.sync(q.file)", New: "_ = q.sync(q.file)", Tests: []string{"./outputs/quarantine", "./agent/pipeline"},
	},
	{
		Name: "quarantine appends to a file that was replaced", In: "outputs/quarantine",
		Old: "if named(q.file, q.path) && unchanged(q.file, q.size) {", New: "if q.size >= 0 {", Tests: []string{"./outputs/quarantine"},
	},
	{
		Name: "a topic that grows shuffles all its logs", In: "outputs/kafka/spread",
		Old: "return jump(key, n)", New: "return int32(key % uint64(n))", Tests: []string{"./outputs/kafka/spread"},
	},
	{
		Name: "a topic with too few replicas passes", In: "outputs/kafka/demand",
		Old: "if replicas > 0 && replicas < d.ReplicationFactor {", New: "if replicas > d.ReplicationFactor {", Tests: []string{"./outputs/kafka/demand"},
	},
	{
		Name: "a connection that was idle is not looked at", In: "outputs/kafka/broker",
		Old: "if now := time.Now(); !c.Expired(now) && (now.Sub(c.since) < unseen || c.Idle()) {", New: "if now := time.Now(); !c.Expired(now) {", Tests: kafkaTests,
	},
	{
		Name: "a renewed certificate is not taken up", In: "outputs/kafka/wire",
		Old: "if now == t.stamps || t.failure != nil && now == t.failed {", New: "if t.failure == nil {", Tests: []string{"./outputs/kafka/wire"},
	},
	// The producer's numbers.
	{
		Name: "sequence reused after an unresolved batch", In: "outputs/kafka",
		Old: "case !b.Repeat && s.open:", New: "case false:", Tests: kafkaTests,
	},
	{
		Name: "epoch not raised when a batch is given up", In: "outputs/kafka",
		Old: "s.producer.Epoch++", New: "s.producer.Epoch += 0", Tests: kafkaTests,
	},
	{
		Name: "first attempt called a duplicate taken as ack", In: "outputs/kafka",
		Old: "return Effect{outputs.GivenUp, outputs.Acked}", New: "return Effect{outputs.Acked, outputs.Acked}", Tests: kafkaTests,
	},
	{
		Name: "base offset not checked", In: "outputs/kafka",
		Old: "case !repeat && p.BaseOffset <= s.lastBase:", New: "case repeat && p.BaseOffset <= s.lastBase:", Tests: kafkaTests,
	},
	{
		Name: "lost answer not remembered", In: "outputs/kafka",
		After: "func (s *shard) lost(b *outputs.Batch, err error) {", Old: "s.open, s.settled = true, false", New: "s.open, s.settled = false, false", Tests: kafkaTests,
	},
	{
		Name: "unsent repeat called refused", In: "outputs/kafka",
		After: "func (s *shard) notSent(b *outputs.Batch, class outputs.Class, err error) {", Old: "s.settled = false", New: "s.settled, s.open = false, false", Tests: kafkaTests,
	},
	{
		Name: "error after the append taken as refusal", In: "outputs/kafka",
		Old: "case !c.BeforeAppend():", New: "case false:", Tests: kafkaTests, Run: "TestNotLeaderAfter",
	},
	{
		Name: "retriable taken for final", In: "outputs/kafka",
		Old: "case c.Never(): // the same records will be answered so for ever", New: "case c.BeforeAppend():", Tests: kafkaTests, Run: "TestRefusalOfARepeat|TestEveryAnswerToProduce",
	},
	{
		Name: "an answer about no records sends them to quarantine", In: "outputs/kafka",
		Old: "if a.To != Produce && (c == outputs.RecordError || c == outputs.SequenceError) {", New: "if a.To != Produce && c == outputs.SequenceError {", Tests: kafkaTests, Run: "TestOnlyProduce|TestEveryAnswerToInit",
	},
	{
		Name: "a topic that takes nothing sends its log to quarantine", In: "outputs/kafka",
		Old: "case alone && s.takes.Swap(false):", New: "case alone && s.takes.Load():", Tests: kafkaTests, Run: "TestRecordAlone",
	},
	{
		Name: "acks=1", In: "outputs/kafka",
		Old: "b = binary.BigEndian.AppendUint16(b, 0xffff) // acks=all", New: "b = binary.BigEndian.AppendUint16(b, 1)", Tests: kafkaTests,
	},
	// Which cluster.
	{
		Name: "batch sent to whatever cluster has its broker's address", In: "outputs/kafka",
		Old: `if want == "" || conn.Cluster == "" || want == conn.Cluster {`, New: "if true {", Tests: kafkaTests,
	},
	// Brokers that fail.
	{
		Name: "breaker never closes", In: "outputs/kafka",
		Old: "b.held, b.trial = nil, true", New: "b.trial = true", Tests: kafkaTests, Run: "TestBrokerThatHangs",
	},
	{
		Name: "silent broker keeps all lanes", In: "outputs/kafka",
		After: "b.relieved++", Old: "c.Abort()", New: "_ = c", Tests: kafkaTests, Run: "TestHungBroker",
	},
	{
		Name: "broken connections made anew without pause", In: "outputs/kafka",
		Old: "p.next = at.Add(paceInterval)", New: "p.next = now.Add(-time.Second)", Tests: kafkaTests, Run: "TestAnswersLost",
	},
	{
		Name: "a broker that left the cluster is waited for", In: "outputs/kafka",
		After: "for c := range b.lent {", Old: "c.Abort()", New: "_ = c", Tests: kafkaTests, Run: "TestLeaderMoves",
	},
	// Drain, verify, replay.
	{
		Name: "aborted transactions are read back", In: "outputs/kafka/reader",
		Old: "gone[aborted[0].ProducerID] = true", New: "gone[aborted[0].ProducerID] = false", Tests: []string{"./outputs/kafka/reader"},
	},
	// What is put aside and comes back.
	{
		Name: "key of an object without a hash of its content", In: "outputs/s3/object",
		Old: "copy(n.Hash[:], m.SHA256[:])", New: "_ = m.SHA256", Tests: []string{"./outputs/s3"}, Run: "TestOtherBytes",
	},
	{
		Name: "object counted before its checksum came back", In: "outputs/s3",
		Old: "return errNoChecksum", New: "return nil", Tests: []string{"./outputs/s3"}, Run: "TestFates",
	},
	{
		Name: "a rate for each agent whose objects are replayed", In: "outputs/kafka",
		Old: "o.rate = other.rate", New: "_ = other", Tests: []string{"./agent/restore/ship"}, Run: "TestOneRate",
	},
}
