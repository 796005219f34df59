package config

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"

	"shipper/agent/config/block"
)

func good(t *testing.T, file string) *Config {
	t.Helper()
	cfg, got := Load(file)
	hold(t, nil, got)
	if cfg == nil {
		t.FailNow()
	}
	return cfg
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprintf("%#v", got) != fmt.Sprintf("%#v", want) {
		t.Errorf("%s: %#v, want %#v", what, got, want)
	}
}

func at(file string, line, column int) Position {
	return Position{File: file, Line: line, Column: column}
}

func TestDefaults(t *testing.T) {
	cfg := good(t, "testdata/good/least.hcl")
	equal(t, "agent", cfg.Agent, Agent{
		StateDir: "/var/lib/shipper", Memory: 64 << 20, Listen: "127.0.0.1:9640",
		ShutdownTimeout: 30 * time.Second, OnLostState: "beginning", LogLevel: "info", LogFormat: "auto",
		Quarantine: Quarantine{MaxSize: 256 << 20},
	})
	in := *cfg.Inputs[0]
	equal(t, "topic", in.Topic.Source, `"web"`)
	equal(t, "topic is constant", in.Topic.Constant, true)
	in.Topic = nil
	equal(t, "input", in, Input{
		Label: "web", Pos: at("testdata/good/least.hcl", 1, 1),
		Paths:     []string{"/var/log/web.log"},
		Outputs:   []OutputRef{{Kind: "kafka", Label: "events", Pos: at("testdata/good/least.hcl", 3, 12)}},
		Timestamp: "read", TimestampLayout: "rfc3339", MaxLine: 256 << 10, StartAt: "beginning", OnLongLine: "split", Format: "lines",
		ScanInterval: 15 * time.Second, KeepOpen: 5 * time.Minute, OrderWait: time.Minute,
		QuietAfter: time.Minute, ForgetAfter: 72 * time.Hour,
		CompleteWhen: "sealed", OnComplete: "keep",
	})
	equal(t, "kafka", *cfg.Outputs[0].Kafka, Kafka{
		Brokers: []string{"k1:9092"}, ClientID: "shipper", Compression: "zstd", Format: "raw", RecordID: true,
		BatchBytes: 512 << 10, Linger: 5 * time.Millisecond, AttemptTimeout: 10 * time.Second, MetadataMaxAge: 5 * time.Minute,
		MinInSyncReplicas: 2, ReplicationFactor: 3, Longest: 256 << 10,
	})
	equal(t, "files", cfg.Files, []string{"testdata/good/least.hcl"})
}

func TestEveryKey(t *testing.T) {
	t.Setenv("SHIPPER_TEST", "hunter2")
	cfg := good(t, "testdata/good/full.hcl")
	equal(t, "agent", cfg.Agent, Agent{
		ID: "web-7", StateDir: "/tmp/shipper", Memory: 1e9, Listen: "off", ShutdownTimeout: 90 * time.Second,
		OnLostState: "end", LogLevel: "debug", LogFormat: "json", Lanes: 4,
		Quarantine: Quarantine{File: "/tmp/quarantine.jsonl", MaxSize: 256 << 20},
	})
	in := cfg.Inputs[0]
	vars := Vars{Host: "h", Path: "/var/log/rails/shop/events.17.log", Input: "rails",
		Match: map[string]string{"app": "shop", "pid": "17"}}
	eval := func(x *Template) string {
		s, err := x.Eval(vars)
		if err != nil {
			t.Error(err)
		}
		return s
	}
	equal(t, "stream", eval(in.Stream), "shop-17")
	equal(t, "topic", eval(in.Topic), "events.shop")
	equal(t, "key", eval(in.Key), "17")
	var headers []string
	for _, h := range in.Headers {
		headers = append(headers, h.Name+"="+eval(h.Value))
	}
	equal(t, "headers", headers, []string{"app=shop", "x-host=h", "path=" + vars.Path, "hunter2=rails!"})
	equal(t, "numbers", []any{in.MaxLine, in.ScanInterval, in.KeepOpen, in.OrderWait, in.QuietAfter, in.ForgetAfter, in.FollowSymlinks},
		[]any{int64(1 << 20), 500 * time.Millisecond, time.Duration(0), 2 * time.Minute, 5 * time.Second, 24 * time.Hour, true})
	equal(t, "ending", []any{in.CompletedOnly, in.CompleteWhen, in.AuditTopic, in.OnComplete, in.MoveTo, *in.RetainDeleted},
		[]any{true, "quiet", "audit", "move", "/var/log/done", RetainDeleted{MaxBytes: 2 << 30, MaxAge: 12 * time.Hour}})
	equal(t, "lists", []int{len(in.Paths), len(in.ExcludePaths), len(in.Rotated), len(in.Outputs), len(in.Include), len(in.Exclude)},
		[]int{2, 1, 1, 4, 1, 2})
	k := cfg.Outputs[0].Kafka
	equal(t, "client", k.ClientID, "hunter2-1")
	equal(t, "batch", k.BatchBytes, int64(3<<19))
	equal(t, "server name", k.TLS.ServerName, "kafka")
	equal(t, "password", k.SASL.Password.Reveal(), "hunter2")
	equal(t, "rate and spread", []int64{k.MaxRate, int64(k.PartitionsPerAgent)}, []int64{1 << 20, 8})
	equal(t, "quarantine", *k.Quarantine, Quarantine{Topic: "dead", MaxSize: 1 << 20})
	equal(t, "limits", []any{in.TopicLimit.Topics, in.TopicLimit.Prefix}, []any{[]string{"events.shop", "events.pay"}, "events."})
	equal(t, "topics", len(cfg.Topics), 2)
	equal(t, "topic", fmt.Sprint(cfg.Topics[0].Output, cfg.Topics[0].PartitionsPerBroker, cfg.Topics[0].All()),
		"kafka.events4 map[cleanup.policy:delete max.message.bytes:2097152 min.insync.replicas:2 retention.ms:604800000]")
	equal(t, "topic of the only cluster", cfg.Topics[1].Output, "kafka.events")
	equal(t, "failover", *k.Failover, Failover{
		Output: OutputRef{Kind: "s3", Label: "backup", Pos: k.Failover.Output.Pos}, After: time.Minute,
		WhenRunwayBelow: 6 * time.Hour, ReturnAfter: 10 * time.Second, ReturnRate: 20e6, OnReturned: "delete"})
	equal(t, "backup", *cfg.Outputs[3].S3, S3{
		Bucket: "logs-failover", Region: "eu-central-1", Compression: "zstd", ObjectSize: 4 << 20,
		MaxAge: 10 * time.Minute, AttemptTimeout: time.Minute, Checksum: "always"})
	equal(t, "archive", *cfg.Outputs[4].S3, S3{
		Bucket: "logs", Prefix: "archive/web", Endpoint: "https://s3.example.com", PathStyle: true, Key: "{topic}/{date}",
		Compression: "gzip", ObjectSize: 16 << 20, MaxAge: time.Minute, MaxPuts: 50, AttemptTimeout: 30 * time.Second,
		Checksum: "when_required", SSE: "aws:kms", SSEKMSKeyID: "alias/logs", StorageClass: "STANDARD_IA"})
	equal(t, "outputs", []string{cfg.Outputs[0].Name(), cfg.Outputs[1].Name(), cfg.Outputs[2].Name()},
		[]string{"kafka.events", "file.copy", "stdout.out"})
	equal(t, "file", *cfg.Outputs[1].File, File{Path: "/tmp/copy", Format: "json"})
	equal(t, "stdout", *cfg.Outputs[2].Stdout, Stdout{Format: "json"})
}

// TestDefaultsAreValid decodes every default, and demands that every key that
// is not required says what happens without it.
func TestDefaultsAreValid(t *testing.T) {
	schemas := []block.Schema{agentKeys(&Agent{}), (&Input{}).Schema(new([]hcl.Range))}
	for _, kind := range outputKinds {
		schemas = append(schemas, outputKeys(&Output{Kind: kind}))
	}
	schemas = append(schemas, topicKeys(&topicBlock{Topic: &Topic{}}))
	for len(schemas) > 0 {
		s := schemas[0]
		schemas = schemas[1:]
		for _, b := range s.Blocks {
			schemas = append(schemas, b.Open())
		}
		for _, k := range s.Keys {
			d := newDecoder()
			k.SetDefault(&d.Decoder)
			if found := d.Diagnostics(); len(found) > 0 || k.Doc == "" || k.Required && k.Default != "" {
				t.Errorf("%s: %v %q", k.Name, found, k.Doc)
			}
		}
	}
}

func TestReference(t *testing.T) {
	var b strings.Builder
	if err := Reference(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`output "kafka" "LABEL" {}`, "attempt_timeout", `"512KiB"`, "sasl {}", "min_insync_replicas", "match.NAME"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %s in\n%s", want, b.String())
		}
	}
}
