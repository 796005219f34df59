package logfile

import (
	"regexp"
	"time"

	"shipper/agent/config/diag"
	"shipper/agent/config/kafka"
	"shipper/agent/config/value"
)

// Input is a block `input "logfile" "label"`.
type Input struct {
	Label        string
	Pos          diag.Position
	Paths        []string
	ExcludePaths []string
	Rotated      []string // globs of what follows the live name in further rotated names
	Match        *regexp.Regexp
	Stream       *value.Template // nil: the path without its rotation suffix
	Outputs      []value.OutputRef
	Topic        *value.Template // nil if no output of the input needs one
	TopicLimit   kafka.Limit     // what Topic may give
	Key          *value.Template
	Headers      []value.NamedTemplate
	Include      []*regexp.Regexp
	Exclude      []*regexp.Regexp

	Timestamp        string         // "read" (default), "mtime" or "parsed"
	TimestampPattern *regexp.Regexp // parsed: its first group is the time
	TimestampLayout  string         // parsed: a Go layout, "rfc3339", "unix", "unix_ms"; default rfc3339

	MaxLine        int64  // bytes, default 256 KiB
	OnLongLine     string // "split" (default), "quarantine" or "skip"
	StripCR        bool
	Format         string        // "lines" (default) or "cri"
	Multiline      *Multiline    // nil if lines are not joined
	StartAt        string        // "beginning" (default), "end" or a time as in RFC 3339
	ScanInterval   time.Duration // default 15 s
	KeepOpen       time.Duration // default 5 min
	OrderWait      time.Duration // default 60 s
	QuietAfter     time.Duration // default 1 min
	ForgetAfter    time.Duration // default 72 h
	FollowSymlinks bool

	CompletedOnly bool           // ship finished files only
	CompleteWhen  string         // "sealed" (default) or "quiet"
	AuditTopic    string         // "": no record of finished files
	OnComplete    string         // "keep" (default), "delete" or "move"
	MoveTo        string         // "" unless OnComplete is "move"
	RetainDeleted *RetainDeleted // nil: nothing unread is given up
}

// RetainDeleted is a block `retain_deleted`; at least one of its bounds is set.
type RetainDeleted struct {
	MaxBytes int64         // 0: no bound
	MaxAge   time.Duration // 0: no bound
}

// Multiline is a block `multiline`; one of Start and Continue is set.
type Multiline struct {
	Start, Continue *regexp.Regexp
	MaxLines        int           // default 1000
	Timeout         time.Duration // default 5 s
}

// TopicOf is the topic of a file, or why it has none: then the file waits.
func (in *Input) TopicOf(v value.Vars) (string, error) {
	topic, err := in.Topic.Eval(v)
	if err == nil {
		err = in.TopicLimit.Check(topic)
	}
	return topic, err
}
