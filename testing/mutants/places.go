package main

// places are rules about files found late, and reloads.
var places = []mutant{
	{
		name: "order: newer begun before the older has its place", in: "inputs/logfile/lineage",
		old: "return (order == 0 || !g.Begun()) && Older(f, g) < 0", new: "return order == 0 && Older(f, g) < 0", tests: readingTests, run: "TestHeldBy",
	},
	{
		name: "order: the forgotten elder is no elder", in: "inputs/logfile",
		old: "f.more().bounds.IsNewer(e.Order)", new: "_ = e", tests: agentTests, run: "TestKeptPlans",
	},
	{
		name: "not needed while the first scan goes on", in: "inputs/logfile",
		old: "return !in.looking", new: "return false", tests: readingTests, run: "TestNeeds",
	},
	{
		name: "records of complete files dropped by a reload", in: "agent/audit",
		old: "a.news = append(a.news, list...)", new: "_ = list", tests: []string{"./agent/audit"},
	},
	{
		name: "a reload waits for max_rate", in: "agent",
		old: "return queue.GateEvery // the output is well", new: "_ = 0", tests: agentTests, run: "TestReloadDoesNotWait",
	},
	{
		name: "a lane that ends tells nobody", in: "agent/pipeline/queue", after: "if ctx.Err() != nil {",
		old: "q.wakeLane()", new: "_ = 0", tests: []string{"./agent/pipeline/queue"}, run: "TestLaneThatEnds",
	},
}
