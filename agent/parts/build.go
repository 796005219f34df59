package parts

import (
	"fmt"
	"log/slog"
	"time"

	"shipper/agent/config"
	"shipper/inputs/logfile"
	"shipper/inputs/logfile/held"
	"shipper/inputs/logfile/settings"
	"shipper/inputs/logfile/split"
	"shipper/outputs"
	"shipper/outputs/kafka"
	"shipper/outputs/kafka/recordbatch"
	"shipper/outputs/local"
	"shipper/outputs/s3"
	"shipper/outputs/s3/object"
)

// Named is the output of that name, such as kafka.events, nil if there is none.
func Named(cfg *config.Config, name string) *config.Output {
	for _, o := range cfg.Outputs {
		if o.Name() == name {
			return o
		}
	}
	return nil
}

// Output builds the output that a block describes, for so many lanes. It
// dials nobody.
func Output(o *config.Output, agentID string, lanes int, log *slog.Logger) (outputs.Output, error) {
	switch {
	case o.Kafka != nil:
		c, err := kafkaConfig(o, agentID)
		if err != nil {
			return nil, err
		}
		c.Log, c.MaxSilent = log, max(1, lanes/2)
		return kafka.Open(c)
	case o.S3 != nil:
		return s3.Open(s3Config(o.S3, agentID, log.With("output", o.Name())))
	case o.File != nil:
		return local.OpenFile(local.FileConfig{Path: o.File.Path, JSON: o.File.Format == "json", Log: log.With("output", o.Name())})
	case o.Stdout != nil:
		return local.OpenStdout(local.StdoutConfig{JSON: o.Stdout.Format == "json"})
	}
	return nil, fmt.Errorf("output %s has no kind", o.Name())
}

var codecs = map[string]recordbatch.Codec{
	"none": recordbatch.None, "snappy": recordbatch.Snappy,
	"lz4": recordbatch.LZ4, "zstd": recordbatch.Zstd,
}

func kafkaConfig(o *config.Output, agentID string) (kafka.Config, error) {
	k := o.Kafka
	c := kafka.Config{
		Label: o.Label, Brokers: k.Brokers, ClientID: k.ClientID, AgentID: agentID,
		Codec: codecs[k.Compression], RecordID: k.RecordID,
		MaxRate: k.MaxRate, PartitionsPerAgent: k.PartitionsPerAgent, MetadataMaxAge: k.MetadataMaxAge,
		BatchBytes: int(k.BatchBytes), Linger: k.Linger, AttemptTimeout: k.AttemptTimeout,
		MinInSyncReplicas: k.MinInSyncReplicas, ReplicationFactor: k.ReplicationFactor, RequireDurable: k.RequireDurable,
		Longest: int(k.Longest), OwnTimes: k.OwnTimes,
	}
	if k.Format == "json" {
		c.Format = recordbatch.JSON
	}
	if s := k.SASL; s != nil {
		c.SASL = kafka.SASL{
			Mechanism: s.Mechanism, Username: s.Username, Password: s.Password.Reveal(),
			Token: kafka.TokenSource{File: s.TokenFile, Command: s.TokenCommand},
		}
	}
	if t := k.TLS; t != nil {
		var err error
		if c.TLS, err = kafka.NewTLS(kafka.TLSConfig{
			CA: kafka.PEM(t.CA), Cert: kafka.PEM(t.Cert), Key: kafka.PEM{Text: t.Key.Text.Reveal(), File: t.Key.File},
			ServerName: t.ServerName, InsecureSkipVerify: t.InsecureSkipVerify,
		}); err != nil {
			return c, fmt.Errorf("tls: %w", err)
		}
	}
	return c, nil
}

func s3Config(s *config.S3, agentID string, log *slog.Logger) s3.Config {
	codec, _ := object.ParseCodec(s.Compression) // one of them, says the schema
	return s3.Config{
		Bucket: s.Bucket, Prefix: s.Prefix, Region: s.Region, Endpoint: s.Endpoint, PathStyle: s.PathStyle, Key: s.Key,
		AgentID: agentID, Codec: codec, BatchSize: int(s.ObjectSize), MaxAge: s.MaxAge, MaxPuts: s.MaxPuts,
		AttemptTimeout: s.AttemptTimeout, ChecksumWhenRequired: s.Checksum == "when_required",
		SSE: s.SSE, SSEKMSKeyID: s.SSEKMSKeyID, StorageClass: s.StorageClass, Log: log,
	}
}

var longLines = map[string]split.Policy{"split": split.Pieces, "quarantine": split.Quarantine, "skip": split.Skip}

var disposals = map[string]settings.Disposal{"keep": settings.Keep, "delete": settings.Delete, "move": settings.Move}

// Input is the input's own configuration of a block.
func Input(in *config.Input) logfile.Config {
	c := logfile.Config{
		Label: in.Label, Paths: in.Paths, ExcludePaths: in.ExcludePaths, Rotated: in.Rotated, Match: in.Match,
		StreamName: eval(in.Stream), Topic: topicOf(in), Key: eval(in.Key),
		Include: in.Include, Exclude: in.Exclude,
		Timestamp: in.Timestamp, TimestampPattern: in.TimestampPattern, TimestampLayout: in.TimestampLayout,
		MaxLine: int(in.MaxLine), OnLongLine: longLines[in.OnLongLine], StripCR: in.StripCR, CRI: in.Format == "cri",
		StartAtEnd: in.StartAt == "end", History: in.StartAt != "beginning",
		ScanInterval: in.ScanInterval, KeepOpen: in.KeepOpen, OrderWait: in.OrderWait,
		QuietAfter: in.QuietAfter, ForgetAfter: in.ForgetAfter, FollowSymlinks: in.FollowSymlinks,
	}
	if c.CRI && c.Timestamp == settings.TimestampRead {
		c.Timestamp = settings.TimestampCRI
	}
	if m := in.Multiline; m != nil {
		c.JoinStart, c.JoinContinue, c.JoinMaxLines, c.JoinTimeout = m.Start, m.Continue, m.MaxLines, m.Timeout
	}
	if t, err := time.Parse(time.RFC3339, in.StartAt); err == nil { // else it is beginning or end
		c.StartAt = t
	}
	c.CompletedOnly, c.QuietCompletes = in.CompletedOnly, in.CompleteWhen == "quiet"
	c.OnComplete, c.MoveTo = disposals[in.OnComplete], in.MoveTo
	// A checksum costs some per cent where nothing is compressed: it is for those
	// who want to know of the end of a file.
	c.Checksum = in.AuditTopic != "" || c.OnComplete != settings.Keep || c.CompletedOnly || c.QuietCompletes
	if r := in.RetainDeleted; r != nil {
		c.RetainDeleted = held.Limits{MaxBytes: r.MaxBytes, MaxAge: r.MaxAge}
	}
	for _, h := range in.Headers {
		c.Headers = append(c.Headers, logfile.HeaderFunc{Key: h.Name, Value: eval(h.Value)})
	}
	return c
}

// eval gives the input a template as a function, nil for none.
func eval(t *config.Template) func(logfile.Vars) (string, error) {
	if t == nil {
		return nil
	}
	return func(v logfile.Vars) (string, error) { return t.Eval(config.Vars(v)) }
}

// topicOf gives the input the topic of a file as a function, nil for none.
func topicOf(in *config.Input) func(logfile.Vars) (string, error) {
	if in.Topic == nil {
		return nil
	}
	return func(v logfile.Vars) (string, error) { return in.TopicOf(config.Vars(v)) }
}
