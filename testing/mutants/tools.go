package main

// tools are those of what is used beside shipping: drain, verify, replay.
var tools = []mutant{
	{
		name: "a file that has just grown counts as drained", in: "inputs/logfile",
		old: "case now.Sub(timeOf(f.changed)) < in.settle:", new: "case false:", tests: readingTests, run: "^TestDrain",
	},
	{
		name: "runway of one rotation too many", in: "agent/runway",
		old: "return next + time.Duration(max(0, keep-newer-1))*interval", new: "return next + time.Duration(max(0, keep-newer))*interval",
		tests: []string{"./agent/runway"},
	},
	{
		name: "verify believes an id whatever its value", in: "agent/verify",
		old: "case ok && bytes.Equal(r.value, value):", new: "case ok:", tests: []string{"./agent/verify"},
	},
	{
		name: "verify takes a record that comes late for one in order", in: "agent/verify",
		old: "if k.Offset < f.high || !late {", new: "if !late {", tests: []string{"./agent/verify"},
	},
	{
		name: "aborted transactions are read back", in: "outputs/kafka/reader",
		old: "gone[aborted[0].ProducerID] = true", new: "gone[aborted[0].ProducerID] = false", tests: []string{"./outputs/kafka/reader"},
	},
	{
		name: "an interrupted replay begins anew", in: "agent",
		old: "if w := g.Watermarks[src.routes[0].ID()]; w.Offset > 0 {", new: "if w := g.Watermarks[src.routes[0].ID()]; w.Offset < 0 {",
		tests: []string{"./agent/replay"}, run: "TestInterruptedReplay",
	},
	{
		name: "a replay ships what is delivered", in: "inputs",
		old: "if !is(s.Start + int64(r.Start)) {", new: "if is(s.Start+int64(r.Start)) || true {",
		tests: []string{"./agent/replay"}, run: "TestSkipDelivered",
	},
	{
		name: "a route that could not ship yet taken for a new one", in: "inputs/logfile",
		old: "in.fresher[r] = in.hadState && env.Fresh[r]", new: "in.fresher[r] = in.hadState", tests: readingTests, run: "TestStartAtEndOfARoute",
	},
}
