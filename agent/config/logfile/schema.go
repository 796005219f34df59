package logfile

import (
	"time"

	"github.com/hashicorp/hcl/v2"

	"shipper/agent/config/block"
	"shipper/agent/config/rule"
	"shipper/agent/config/value"
)

const (
	kib     = 1 << 10
	mib     = 1 << 20
	gib     = 1 << 30
	longest = 10 * 365 * 24 * time.Hour
)

// Schema is the keys of the block; refs is where each of its outputs is named.
func (in *Input) Schema(refs *[]hcl.Range) block.Schema {
	return block.Schema{Keys: []block.Key{
		block.Required("paths", value.Texts(&in.Paths, "list of globs", rule.Glob), "absolute paths of the live files; * ? [a-z] {a,b}, and ** for any number of directories"),
		block.Optional("exclude_paths", value.Texts(&in.ExcludePaths, "list of globs", rule.Glob), ``, "paths to leave out"),
		block.Optional("rotated", value.Texts(&in.Rotated, "list of globs", rule.Rotated), ``, "globs of what follows the live name in further rotated names, such as \".old\"; numbers and dates are known"),
		block.Optional("match", value.Regexp(&in.Match), ``, "regular expression on the path; its groups (?P<NAME>...) become match.NAME"),
		block.Optional("stream", value.TemplateText(&in.Stream), ``, "name of the log that a file belongs to; by default its path without rotation suffix"),
		block.Required("output", value.Outputs(&in.Outputs, refs), "where the lines go: output.KIND.LABEL; each output of a list gets every line"),
		block.Optional("topic", value.TemplateText(&in.Topic), ``, "Kafka topic; required if an output is of kind kafka"),
		block.Optional("topics", value.Texts(&in.TopicLimit.Topics, "list of topics", rule.Topic), ``, "the topics that the template may give; files of any other wait"),
		block.Optional("topic_prefix", value.Text(&in.TopicLimit.Prefix, "", rule.Topic), ``, "what every topic that the template gives must begin with"),
		block.Optional("key", value.TemplateText(&in.Key), ``, "Kafka key of every record of a file"),
		block.Optional("headers", value.Templates(&in.Headers, rule.Header), ``, "headers of every record of a file: { app = match.app }"),
		block.Optional("include", value.Regexps(&in.Include), ``, "ship only lines that match one of these"),
		block.Optional("exclude", value.Regexps(&in.Exclude), ``, "ship no line that matches one of these"),
		block.Optional("timestamp", value.OneOf(&in.Timestamp, "read", "mtime", "parsed"), `"read"`, "a record's time: when it was read, the file's modification, or parsed from the line"),
		block.Optional("timestamp_pattern", value.Regexp(&in.TimestampPattern), ``, "parsed: regular expression whose first group is the time"),
		block.Optional("timestamp_layout", value.Text(&in.TimestampLayout, "layout", rule.Layout), `"rfc3339"`, "parsed: rfc3339, unix, unix_ms, or a Go layout such as \"02/Jan/2006:15:04:05 -0700\""),
		block.Optional("max_line", value.Size(&in.MaxLine, 1*kib, gib), `"256KiB"`, "longer lines are cut in pieces, and so are joined ones; at most an eighth of the agent's memory"),
		block.Optional("on_long_line", value.OneOf(&in.OnLongLine, "split", "quarantine", "skip"), `"split"`, "what becomes of a line longer than max_line"),
		block.Optional("strip_cr", value.Bool(&in.StripCR), `false`, "leave out a carriage return before the newline"),
		block.Optional("format", value.OneOf(&in.Format, "lines", "cri"), `"lines"`, "cri: Kubernetes container logs; partial pieces are joined, header stream is stdout or stderr, the time is the runtime's unless timestamp is mtime or parsed"),
		block.Optional("start_at", value.Text(&in.StartAt, "", rule.StartAt), `"beginning"`, "beginning, end, or a time such as 2026-01-02T15:04:05Z: where to begin in files that are there when the agent is installed; with a time, those not modified since begin at their end"),
		block.Optional("scan_interval", value.Duration(&in.ScanInterval, 100*time.Millisecond, time.Hour), `"15s"`, "how often to look for files that no event told of"),
		block.Optional("keep_open", value.Duration(&in.KeepOpen, 0, longest), `"5m"`, "how long a file that is not written stays open"),
		block.Optional("order_wait", value.Duration(&in.OrderWait, 0, longest), `"1m"`, "how long the next generation waits for one that can't be read"),
		block.Optional("quiet_after", value.Duration(&in.QuietAfter, time.Second, longest), `"1m"`, "unchanged for so long, a rotated file is finished and its unterminated last line shipped"),
		block.Optional("completed_only", value.Bool(&in.CompletedOnly), `false`, "ship a file only when it is finished: rotated or deleted, and unchanged for quiet_after"),
		block.Optional("complete_when", value.OneOf(&in.CompleteWhen, "sealed", "quiet"), `"sealed"`, "when a file is finished: sealed is when it has a successor or is deleted, and unchanged for quiet_after; with quiet the latter will do, for files that never get a successor"),
		block.Optional("audit_topic", value.Text(&in.AuditTopic, "topic", rule.Topic), ``, "Kafka topic that is told of each file that was finished and acknowledged: path, bytes, records, checksum, partition, offsets"),
		block.Optional("on_complete", value.OneOf(&in.OnComplete, "keep", "delete", "move"), `"keep"`, "what becomes of a finished file of which every output has acknowledged everything"),
		block.Optional("move_to", value.Text(&in.MoveTo, "path", rule.Absolute), ``, "move: directory on the same file system, not among those of paths"),
		block.Optional("forget_after", value.Duration(&in.ForgetAfter, time.Minute, longest), `"72h"`, "how long a file that is gone is remembered; of what is delivered only the newest 100 of each log, and 10,000 of all or as many as there are files"),
		block.Optional("follow_symlinks", value.Bool(&in.FollowSymlinks), `false`, "read files that are reached through symbolic links"),
	}, Blocks: []block.Nested{
		{Name: "retain_deleted", Doc: "how much of deleted files may be held for being unread; without it everything is, until it is shipped", Open: func() block.Schema {
			r := &RetainDeleted{}
			in.RetainDeleted = r
			return block.Schema{Keys: []block.Key{
				block.Optional("max_bytes", value.Size(&r.MaxBytes, 1*mib, 1<<60), ``, "disk space that they may take; the file deleted first is given up first, and its unread bytes are counted as lost"),
				block.Optional("max_age", value.Duration(&r.MaxAge, time.Second, longest), ``, "for how long after its deletion a file is held"),
			}}
		}},
		{Name: "multiline", Doc: "join lines to one record; start or continue tells which", Open: func() block.Schema {
			m := &Multiline{}
			in.Multiline = m
			return block.Schema{Keys: []block.Key{
				block.Optional("start", value.Regexp(&m.Start), ``, "regular expression that the first line of a record matches, and no other"),
				block.Optional("continue", value.Regexp(&m.Continue), ``, "regular expression that the lines after the first match"),
				block.Optional("max_lines", value.Int(&m.MaxLines, 1, 1<<20), `1000`, "a record of more lines is cut in pieces"),
				block.Optional("timeout", value.Duration(&m.Timeout, 100*time.Millisecond, time.Hour), `"5s"`, "how long lines wait for more; a record that is cut so has the header cut"),
			}}
		}},
	}}
}
