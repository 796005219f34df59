package lanes

// The keys of structured log lines.
const (
	keyTopic     = "topic"
	keyPartition = "partition"
	keyPath      = "path"
	keyOffset    = "offset"
	keyBytes     = "bytes"
	keyRecords   = "records"
	keyReason    = "reason"
	keyError     = "error"
)
