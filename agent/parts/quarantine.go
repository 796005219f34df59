package parts

import (
	"fmt"
	"log/slog"
	"path/filepath"

	"shipper/agent/audit"
	"shipper/agent/config"
	"shipper/outputs"
	"shipper/outputs/quarantine"
)

// QuarantineFile is the path and limit of the file for records that an output
// will never take. An output with a block of its own has a file of its own.
func QuarantineFile(c *config.Config, o *config.Output) (path string, limit int64) {
	q, name := &c.Agent.Quarantine, "quarantine.jsonl"
	if o.Kafka != nil && o.Kafka.Quarantine != nil {
		q, name = o.Kafka.Quarantine, "quarantine-"+o.Name()+".jsonl"
	}
	if q.File != "" {
		return q.File, q.MaxSize
	}
	return filepath.Join(c.Agent.StateDir, name), q.MaxSize
}

// Quarantine opens where the records go that an output will never take. It
// dials nobody.
func Quarantine(c *config.Config, o *config.Output, agentID string, log *slog.Logger) (quarantine.Store, error) {
	if QuarantineTopic(o) != "" {
		return OpenQuarantineTopic(c, o, agentID, log)
	}
	return quarantineFile(c, o, log), nil
}

func quarantineFile(c *config.Config, o *config.Output, log *slog.Logger) *quarantine.File {
	path, limit := QuarantineFile(c, o)
	return quarantine.NewFile(path, limit, log)
}

// QuarantineTopic is the topic for records that an output will never take, "" if
// they go to its file.
func QuarantineTopic(o *config.Output) string {
	if o.Kafka == nil || o.Kafka.Quarantine == nil {
		return ""
	}
	return o.Kafka.Quarantine.Topic
}

// OpenQuarantineTopic opens that topic. It dials nobody.
func OpenQuarantineTopic(c *config.Config, o *config.Output, agentID string, log *slog.Logger) (*quarantine.Topic, error) {
	out, err := beside(o, agentID, log.With("for", "quarantine"))
	if err != nil {
		return nil, fmt.Errorf("quarantine: %w", err)
	}
	return quarantine.NewTopic(out, QuarantineTopic(o), quarantineFile(c, o, log)), nil
}

// beside opens an output of kind kafka once more, for few records of our own, which
// are sent as they are: none of its shards is written by the other.
func beside(o *config.Output, agentID string, log *slog.Logger) (outputs.Output, error) {
	own, kafka := *o, *o.Kafka
	own.Kafka, kafka.MaxRate, kafka.PartitionsPerAgent, kafka.Format = &kafka, 0, 0, "raw"
	return Output(&own, agentID, 1, log)
}

// Auditor opens what tells the audit topics of an output's inputs of complete files,
// nil if there are none.
func Auditor(o *config.Output, agentID string, log *slog.Logger) (*audit.Auditor, error) {
	if o.Kafka == nil || !o.Kafka.Audited {
		return nil, nil //nolint:nilnil // nothing is wrong
	}
	log = log.With("for", "audit")
	out, err := beside(o, agentID, log)
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	return audit.NewAuditor(out, log.With("output", o.Name())), nil
}
