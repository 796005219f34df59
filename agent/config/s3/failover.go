package s3

import (
	"time"

	"shipper/agent/config/block"
	"shipper/agent/config/value"
)

// Failover is the block `failover` of an output: where its lines are kept while
// it takes none.
type Failover struct {
	Output          value.OutputRef // of kind s3, and of no other use
	After           time.Duration   // default 2 min
	WhenRunwayBelow time.Duration   // 0: the time that is left does not matter
	ReturnAfter     time.Duration   // default 30 s
	ReturnRate      int64           // bytes a second; 0: no bound
	OnReturned      string          // mark (default), delete
}

// Schema is what the block may hold.
func (f *Failover) Schema() block.Schema {
	return block.Schema{Keys: []block.Key{
		block.Required("output", value.Output(&f.Output), "output.s3.LABEL; no input may name it"),
		block.Optional("after", value.Duration(&f.After, time.Second, 10*365*24*time.Hour), `"2m"`, "how long a partition must have taken nothing before its lines are diverted"),
		block.Optional("when_runway_below", value.Duration(&f.WhenRunwayBelow, 0, 10*365*24*time.Hour), `"0s"`, "divert already when lines would be lost within this time; 0s is never"),
		block.Optional("return_after", value.Duration(&f.ReturnAfter, 0, 10*365*24*time.Hour), `"30s"`, "how long a partition must have taken everything before nothing more is diverted"),
		block.Optional("return_rate", value.Size(&f.ReturnRate, 0, 1<<50), `0`, "bytes a second at which logs that were diverted catch up; 0 is no bound"),
		block.Optional("on_returned", value.OneOf(&f.OnReturned, "mark", "delete"), `"mark"`, "what becomes of an object whose lines have arrived: mark puts KEY.returned beside it"),
	}}
}
