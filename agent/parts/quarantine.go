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
	path, limit := QuarantineFile(c, o)
	file := quarantine.NewFile(path, limit, log)
	if o.Kafka == nil || o.Kafka.Quarantine == nil || o.Kafka.Quarantine.Topic == "" {
		return file, nil
	}
	out, err := beside(o, agentID, log.With("for", "quarantine"))
	if err != nil {
		return nil, fmt.Errorf("quarantine: %w", err)
	}
	return quarantine.NewTopic(out, o.Kafka.Quarantine.Topic, file), nil
}

// beside opens an output of kind kafka once more, for few records of our own: none
// of its shards is written by the other.
func beside(o *config.Output, agentID string, log *slog.Logger) (outputs.Output, error) {
	own, kafka := *o, *o.Kafka
	own.Kafka, kafka.MaxRate, kafka.PartitionsPerAgent = &kafka, 0, 0
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
