package config

import (
	"time"

	"shipper/agent/config/diag"
	"shipper/agent/config/kafka"
	"shipper/agent/config/local"
	"shipper/agent/config/logfile"
	"shipper/agent/config/s3"
	"shipper/agent/config/serve"
	"shipper/agent/config/value"
)

// The words of the packages below that users of this one need.
type (
	// Position is where something is written.
	Position = diag.Position
	// Diagnostic is one thing that is wrong.
	Diagnostic = diag.Diagnostic
	// Diagnostics are all things that are wrong.
	Diagnostics = diag.Diagnostics
	// Secret is a text that is not printed.
	Secret = value.Secret
	// Template is a text about a file.
	Template = value.Template
	// NamedTemplate is one entry of `headers`.
	NamedTemplate = value.NamedTemplate
	// Vars is what a Template may refer to.
	Vars = value.Vars
	// Kafka is what a block `output "kafka"` holds.
	Kafka = kafka.Output
	// S3 is what a block `output "s3"` holds.
	S3 = s3.Output
	// Failover is a block `failover`.
	Failover = s3.Failover
	// OutputRef is `output.kafka.events`.
	OutputRef = value.OutputRef
	// File is what a block `output "file"` holds.
	File = local.File
	// Stdout is what a block `output "stdout"` holds.
	Stdout = local.Stdout
	// Input is a block `input "logfile"`.
	Input = logfile.Input
	// RetainDeleted is a block `retain_deleted`.
	RetainDeleted = logfile.RetainDeleted
	// Multiline is a block `multiline`.
	Multiline = logfile.Multiline
	// Topic is a block `topic`.
	Topic = kafka.Topic
	// Quarantine is a block `quarantine`.
	Quarantine = kafka.Quarantine
)

// Error is the severity of a Diagnostic that keeps a configuration from being used.
const Error = diag.Error

// Config is a whole configuration: the main file and its drop-ins, merged,
// validated, with defaults filled in.
type Config struct {
	Agent   Agent
	Inputs  []*Input  // in order: main file first, then drop-ins by name
	Outputs []*Output // likewise
	Topics  []*Topic  // likewise; those that `shipper topics` creates and grows
	Files   []string  // the files it was read from, in that order
	Shown   []Shown   // likewise, what they held
	Read    []string  // files that its values were read from: secrets and the like
	Begun   time.Time // when reading began: what has changed since is not in it
}

// Shown is the text of a file as it was read, with everything secret masked.
type Shown struct{ Name, Text string }

// Agent is the block `agent`.
type Agent struct {
	ID              string        // as configured; "" means to derive it from the machine
	StateDir        string        // default /var/lib/shipper
	Memory          int64         // bytes, default 64 MiB; sets GOMEMLIMIT
	Listen          string        // host:port, default 127.0.0.1:9640; "unix:/path"; "off"
	Access          serve.Access  // to what Listen serves
	Pprof           bool          // serve profiles, too
	ShutdownTimeout time.Duration // default 30 s
	OnLostState     string        // "beginning" or "end", default beginning
	LogLevel        string        // debug, info, warn, error; default info
	LogFormat       string        // auto, json, text; default auto: text on a terminal
	Lanes           int           // workers per output; 0 means to choose
	Quarantine      Quarantine
}

// Output is a block `output "kind" "label"`; exactly one of the pointers is set.
type Output struct {
	Kind, Label string
	Pos         Position
	Kafka       *Kafka
	S3          *S3
	File        *File
	Stdout      *Stdout
}

// Name is how the output is referred to in logs, status and state: kafka.events.
func (o *Output) Name() string { return o.Kind + "." + o.Label }
