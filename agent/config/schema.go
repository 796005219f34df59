package config

import (
	"time"

	"shipper/agent/config/block"
	"shipper/agent/config/rule"
	"shipper/agent/config/serve"
	"shipper/agent/config/value"
)

const (
	kib     = 1 << 10
	mib     = 1 << 20
	gib     = 1 << 30
	longest = 10 * 365 * 24 * time.Hour
)

func agentKeys(a *Agent) block.Schema {
	return block.Schema{Keys: append(serve.Keys(&a.Listen, &a.Access, &a.Pprof),
		block.Optional("id", value.Text(&a.ID, "", rule.NotEmpty), ``, "identity of this agent, part of every record id; by default the machine's"),
		block.Optional("state_dir", value.Text(&a.StateDir, "path", rule.Absolute), `"/var/lib/shipper"`, "directory that remembers what was shipped"),
		block.Optional("memory", value.Size(&a.Memory, 16*mib, 1<<50), `"64MiB"`, "memory that the agent keeps within"),
		block.Optional("shutdown_timeout", value.Duration(&a.ShutdownTimeout, 0, longest), `"30s"`, "how long a stop waits for what is being sent"),
		block.Optional("on_lost_state", value.OneOf(&a.OnLostState, "beginning", "end"), `"beginning"`, "where to read from if the state directory is unreadable: \"beginning\" repeats, \"end\" loses"),
		block.Optional("log_level", value.OneOf(&a.LogLevel, "debug", "info", "warn", "error"), `"info"`, "least severity that is logged"),
		block.Optional("log_format", value.OneOf(&a.LogFormat, "auto", "json", "text"), `"auto"`, "auto is text on a terminal, else json"),
		block.Optional("lanes", value.Int(&a.Lanes, 0, 256), `0`, "workers of each output; 0 chooses"),
	), Blocks: []block.Nested{
		{Name: "quarantine", Doc: "where records go that no output will ever take", Open: func() block.Schema {
			return a.Quarantine.Schema()
		}},
	}}
}

// outputKinds are in the order of the reference.
var outputKinds = []string{"kafka", "s3", "file", "stdout"}

// outputKeys makes the part of o that its kind needs.
func outputKeys(o *Output) block.Schema {
	switch o.Kind {
	case "kafka":
		o.Kafka = &Kafka{}
		return o.Kafka.Schema()
	case "s3":
		o.S3 = &S3{}
		return o.S3.Schema()
	case "file":
		o.File = &File{}
		return o.File.Schema()
	}
	o.Stdout = &Stdout{}
	return o.Stdout.Schema()
}
