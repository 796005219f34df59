package agent

// The keys of structured log lines.
const (
	keyInput     = "input"
	keyOutput    = "output"
	keyRoute     = "route"
	keyTopic     = "topic"
	keyPartition = "partition"
	keyPath      = "path"
	keyOffset    = "offset"
	keyBytes     = "bytes"
	keyRecords   = "records"
	keyReason    = "reason"
	keyClass     = "class"
	keyFate      = "fate"
	keyAfter     = "after"
	keyError     = "error"
)
