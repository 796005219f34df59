package queue

// The keys of structured log lines.
const (
	keyTopic     = "topic"
	keyPartition = "partition"
	keyRecords   = "records"
	keyClass     = "class"
	keyFate      = "fate"
	keyAfter     = "after"
	keyError     = "error"
)
