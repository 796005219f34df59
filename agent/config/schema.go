package config

import (
	"math"
	"time"
)

// schema is what a block may hold. The same tables decode configurations, give
// keys their defaults and print the reference.
type schema struct {
	keys   []key
	blocks []nested
}

// key is one key of a block, bound to the place its value goes to.
type key struct {
	name     string
	kind     kind
	def      string // as one would write it; "" for none
	required bool
	doc      string // one line
}

// nested is a block within a block, at most once.
type nested struct {
	name, doc string
	open      func() schema // makes the place for its values
}

func (s schema) key(name string) *key {
	for i := range s.keys {
		if s.keys[i].name == name {
			return &s.keys[i]
		}
	}
	return nil
}

func (s schema) block(name string) *nested {
	for i := range s.blocks {
		if s.blocks[i].name == name {
			return &s.blocks[i]
		}
	}
	return nil
}

// names are those of the keys, then of the blocks.
func (s schema) names() []string {
	var names []string
	for _, k := range s.keys {
		names = append(names, k.name)
	}
	for _, b := range s.blocks {
		names = append(names, b.name)
	}
	return names
}

const (
	kib = 1 << 10
	mib = 1 << 20
	gib = 1 << 30

	optional = false
	required = true

	longest = 10 * 365 * 24 * time.Hour
)

func agentKeys(a *Agent) schema {
	return schema{keys: []key{
		{"id", textKind{to: &a.ID, check: checkNotEmpty}, ``, optional, "identity of this agent, part of every record id; by default the machine's"},
		{"state_dir", textKind{&a.StateDir, "path", checkAbsolute}, `"/var/lib/shipper"`, optional, "directory that remembers what was shipped"},
		{"memory", sizeKind{&a.Memory, 16 * mib, 1 << 50}, `"64MiB"`, optional, "memory that the agent keeps within"},
		{"listen", textKind{&a.Listen, "host:port", checkListen}, `"127.0.0.1:9640"`, optional, "where status and metrics are served; \"off\" for nowhere"},
		{"shutdown_timeout", durationKind{&a.ShutdownTimeout, 0, longest}, `"30s"`, optional, "how long a stop waits for what is being sent"},
		{"on_lost_state", enumKind{&a.OnLostState, []string{"beginning", "end"}}, `"beginning"`, optional, "where to read from if the state directory is unreadable: \"beginning\" repeats, \"end\" loses"},
		{"log_level", enumKind{&a.LogLevel, []string{"debug", "info", "warn", "error"}}, `"info"`, optional, "least severity that is logged"},
		{"log_format", enumKind{&a.LogFormat, []string{"auto", "json", "text"}}, `"auto"`, optional, "auto is text on a terminal, else json"},
		{"lanes", intKind{&a.Lanes, 0, 256}, `0`, optional, "workers of each output; 0 chooses"},
	}}
}

func logfileKeys(in *inputBlock) schema {
	return schema{keys: []key{
		{"paths", textsKind{&in.Paths, "list of globs", checkGlob}, ``, required, "absolute paths of the live files; * ? [a-z] {a,b}, and ** for any number of directories"},
		{"exclude_paths", textsKind{&in.ExcludePaths, "list of globs", checkGlob}, ``, optional, "paths to leave out"},
		{"rotated", textsKind{&in.Rotated, "list of globs", checkRotated}, ``, optional, "globs of what follows the live name in further rotated names, such as \".old\"; numbers and dates are known"},
		{"match", regexpKind{&in.Match}, ``, optional, "regular expression on the path; its groups (?P<NAME>...) become match.NAME"},
		{"stream", templateKind{&in.Stream}, ``, optional, "name of the log that a file belongs to; by default its path without rotation suffix"},
		{"output", referencesKind{in}, ``, required, "where the lines go: output.KIND.LABEL; each output of a list gets every line"},
		{"topic", templateKind{&in.Topic}, ``, optional, "Kafka topic; required if an output is of kind kafka"},
		{"key", templateKind{&in.Key}, ``, optional, "Kafka key of every record of a file"},
		{"headers", templatesKind{&in.Headers, checkHeader}, ``, optional, "headers of every record of a file: { app = match.app }"},
		{"include", regexpsKind{&in.Include}, ``, optional, "ship only lines that match one of these"},
		{"exclude", regexpsKind{&in.Exclude}, ``, optional, "ship no line that matches one of these"},
		{"timestamp", enumKind{&in.Timestamp, []string{"read", "mtime", "parsed"}}, `"read"`, optional, "a record's time: when it was read, the file's modification, or parsed from the line"},
		{"timestamp_pattern", regexpKind{&in.TimestampPattern}, ``, optional, "parsed: regular expression whose first group is the time"},
		{"timestamp_layout", textKind{&in.TimestampLayout, "layout", checkLayout}, `"rfc3339"`, optional, "parsed: rfc3339, unix, unix_ms, or a Go layout such as \"02/Jan/2006:15:04:05 -0700\""},
		{"max_line", sizeKind{&in.MaxLine, 1 * kib, gib}, `"256KiB"`, optional, "longer lines are cut in pieces; at most an eighth of the agent's memory"},
		{"start_at", enumKind{&in.StartAt, []string{"beginning", "end"}}, `"beginning"`, optional, "where to begin in files that are there when a log is first seen"},
		{"scan_interval", durationKind{&in.ScanInterval, 100 * time.Millisecond, time.Hour}, `"15s"`, optional, "how often to look for files that no event told of"},
		{"keep_open", durationKind{&in.KeepOpen, 0, longest}, `"5m"`, optional, "how long a file that is not written stays open"},
		{"order_wait", durationKind{&in.OrderWait, 0, longest}, `"1m"`, optional, "how long the next generation waits for one that can't be read"},
		{"quiet_after", durationKind{&in.QuietAfter, time.Second, longest}, `"1m"`, optional, "unchanged for so long, a rotated file is finished and its unterminated last line shipped"},
		{"forget_after", durationKind{&in.ForgetAfter, time.Minute, longest}, `"72h"`, optional, "how long a file that is gone is remembered"},
		{"follow_symlinks", boolKind{&in.FollowSymlinks}, `false`, optional, "read files that are reached through symbolic links"},
	}}
}

// outputKinds are in the order of the reference.
var outputKinds = []string{"kafka", "file", "stdout"}

// outputKeys makes the part of o that its kind needs.
func outputKeys(o *Output) schema {
	switch o.Kind {
	case "kafka":
		o.Kafka = &Kafka{}
		return kafkaKeys(o.Kafka)
	case "file":
		o.File = &File{}
		return schema{keys: []key{
			{"path", textKind{&o.File.Path, "path", checkAbsolute}, ``, required, "file that records are appended to"},
			{"format", formatKind(&o.File.Format), `"raw"`, optional, formatDoc},
		}}
	}
	o.Stdout = &Stdout{}
	return schema{keys: []key{
		{"format", formatKind(&o.Stdout.Format), `"raw"`, optional, formatDoc},
	}}
}

const formatDoc = "raw is the line as it is; json wraps it with host, path, groups and time"

func formatKind(to *string) kind { return enumKind{to, []string{"raw", "json"}} }

func kafkaKeys(k *Kafka) schema {
	return schema{
		keys: []key{
			{"brokers", textsKind{&k.Brokers, "list of host:port", checkBroker}, ``, required, "some brokers of the cluster"},
			{"client_id", textKind{to: &k.ClientID, check: checkNotEmpty}, `"shipper"`, optional, "name for the brokers' logs and quotas"},
			{"compression", enumKind{&k.Compression, []string{"none", "lz4", "snappy", "zstd"}}, `"zstd"`, optional, "how batches are compressed"},
			{"format", formatKind(&k.Format), `"raw"`, optional, formatDoc},
			{"record_id", boolKind{&k.RecordID}, `true`, optional, "header id: 16 bytes that are the same however often a line is sent"},
			{"batch_size", sizeKind{&k.BatchBytes, 1 * kib, 64 * mib}, `"512KiB"`, optional, "bytes of a file in one batch; at most an eighth of the agent's memory"},
			{"linger", durationKind{&k.Linger, 0, time.Minute}, `"5ms"`, optional, "how long a batch that is not full waits for more"},
			{"attempt_timeout", durationKind{&k.AttemptTimeout, 3 * time.Second, time.Hour}, `"10s"`, optional, "when an attempt is given up and repeated; there is no end to repeating"},
			{"min_insync_replicas", intKind{&k.MinInSyncReplicas, 1, math.MaxInt16}, `2`, optional, "what the topics' min.insync.replicas should be at least"},
			{"replication_factor", intKind{&k.ReplicationFactor, 1, math.MaxInt16}, `3`, optional, "how many replicas the topics should have at least"},
			{"require_durable", boolKind{&k.RequireDurable}, `false`, optional, "do not ship to topics that are weaker than that; otherwise only warn"},
		},
		blocks: []nested{
			{"tls", "encrypt connections; an empty block trusts the system's authorities", func() schema {
				t := &TLS{}
				k.TLS = t
				return schema{keys: []key{
					{"ca", pemKind{func(s string) { t.CA = s }}, ``, optional, "authorities to trust in place of the system's"},
					{"cert", pemKind{func(s string) { t.Cert = s }}, ``, optional, "certificate to show to brokers"},
					{"key", pemKind{func(s string) { t.Key = Secret(s) }}, ``, optional, "private key of cert"},
					{"server_name", textKind{to: &t.ServerName, check: checkNotEmpty}, ``, optional, "name that brokers' certificates must have, if not their host's"},
					{"insecure_skip_verify", boolKind{&t.InsecureSkipVerify}, `false`, optional, "accept any certificate; for tests"},
				}}
			}},
			{"sasl", "log in", func() schema {
				s := &SASL{}
				k.SASL = s
				return schema{keys: []key{
					{"mechanism", enumKind{&s.Mechanism, []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}}, ``, required, "how to log in"},
					{"username", textKind{to: &s.Username, check: checkNotEmpty}, ``, required, "user name"},
					{"password", secretKind{&s.Password}, ``, required, "password; env(\"NAME\") or file(\"path\") keep it out of the file"},
				}}
			}},
		},
	}
}
