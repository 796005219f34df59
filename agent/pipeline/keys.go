package pipeline

// The keys of structured log lines.
const (
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
