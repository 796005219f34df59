package kafka

import (
	"crypto/tls"
	"fmt"
	"math"
	"slices"
	"time"

	"shipper/agent/config/block"
	"shipper/agent/config/rule"
	"shipper/agent/config/s3"
	"shipper/agent/config/value"
)

const (
	kib = 1 << 10
	mib = 1 << 20
	gib = 1 << 30

	longest = 10 * 365 * 24 * time.Hour
)

// Output is what a block `output "kafka"` holds.
type Output struct {
	Brokers            []string
	ClientID           string        // default "shipper"
	Compression        string        // none, lz4, snappy, zstd (default)
	Format             string        // raw (default), json
	RecordID           bool          // default true
	BatchBytes         int64         // default 512 KiB
	Linger             time.Duration // default 5 ms
	AttemptTimeout     time.Duration // default 10 s
	MaxRate            int64         // bytes sent a second; 0: any number
	PartitionsPerAgent int           // of each topic; 0: all
	MetadataMaxAge     time.Duration // default 5 min
	TLS                *TLS
	SASL               *SASL
	Quarantine         *Quarantine  // nil: as the agent's
	Failover           *s3.Failover // nil: lines wait in their files

	MinInSyncReplicas int  // what `check` and the durability watch expect; default 2
	ReplicationFactor int  // likewise; default 3
	RequireDurable    bool // refuse topics that are weaker

	// What the inputs send here: the greatest max_line, whether records bring the
	// time of their line or file, and whether complete files are told of.
	Longest  int64
	OwnTimes bool
	Audited  bool
}

// Feed notes what one input sends here.
func (o *Output) Feed(maxLine int64, ownTimes, audited bool) {
	o.Longest = max(o.Longest, maxLine)
	o.OwnTimes = o.OwnTimes || ownTimes
	o.Audited = o.Audited || audited
}

// TLS is the block `tls`.
type TLS struct {
	CA, Cert value.PEM // "" for the system's roots, no client certificate
	Key      value.SecretPEM
	// ServerName is "" for the host of each broker.
	ServerName         string
	InsecureSkipVerify bool
}

// SASL is the block `sasl`. Of OAUTHBEARER, one of TokenFile and TokenCommand is
// set; of the others, Username and Password.
type SASL struct {
	Mechanism    string // PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER
	Username     string
	Password     value.Secret
	TokenFile    string   // absolute path
	TokenCommand []string // program and arguments
}

// OAuthBearer is the mechanism that logs in with a token.
const OAuthBearer = "OAUTHBEARER"

// Quarantine is a block `quarantine`: where records go that no broker takes.
type Quarantine struct {
	Topic   string // "": only the file
	File    string // absolute path; "": in the state directory
	MaxSize int64  // bytes of the file, default 256 MiB
}

// Schema is what the block may hold.
func (o *Output) Schema() block.Schema {
	return block.Schema{
		Keys: []block.Key{
			block.Required("brokers", value.Texts(&o.Brokers, "list of host:port", rule.Broker), "some brokers of the cluster"),
			block.Optional("client_id", value.Text(&o.ClientID, "", rule.NotEmpty), `"shipper"`, "name for the brokers' logs and quotas"),
			block.Optional("compression", value.OneOf(&o.Compression, "none", "lz4", "snappy", "zstd"), `"zstd"`, "how batches are compressed"),
			block.Optional("format", value.OneOf(&o.Format, "raw", "json"), `"raw"`, "raw is the line as it is; json wraps it with host, path, groups and time"),
			block.Optional("record_id", value.Bool(&o.RecordID), `true`, "header id: 16 bytes that are the same however often a line is sent"),
			block.Optional("batch_size", value.Size(&o.BatchBytes, 1*kib, 64*mib), `"512KiB"`, "bytes of a file in one batch; at most an eighth of the agent's memory"),
			block.Optional("linger", value.Duration(&o.Linger, 0, time.Minute), `"5ms"`, "how long a batch that is not full waits for more"),
			block.Optional("attempt_timeout", value.Duration(&o.AttemptTimeout, 3*time.Second, time.Hour), `"10s"`, "when an attempt is given up and repeated; there is no end to repeating"),
			block.Optional("max_rate", value.Size(&o.MaxRate, 64*kib, 1<<50), ``, "bytes that are sent each second at most, as compressed"),
			block.Optional("partitions_per_agent", value.Int(&o.PartitionsPerAgent, 0, math.MaxInt32), `0`, "how many partitions of a topic this agent uses, chosen by its id; 0 is all. For thousands of slow files and topics with many partitions"),
			block.Optional("metadata_max_age", value.Duration(&o.MetadataMaxAge, time.Second, 24*time.Hour), `"5m"`, "how long new partitions may go unnoticed"),
			block.Optional("min_insync_replicas", value.Int(&o.MinInSyncReplicas, 1, math.MaxInt16), `2`, "what the topics' min.insync.replicas should be at least"),
			block.Optional("replication_factor", value.Int(&o.ReplicationFactor, 1, math.MaxInt16), `3`, "how many replicas the topics should have at least"),
			block.Optional("require_durable", value.Bool(&o.RequireDurable), `false`, "do not ship to topics that are weaker than that; otherwise only warn"),
		},
		Blocks: []block.Nested{
			{Name: "tls", Doc: "encrypt connections; an empty block trusts the system's authorities", Open: func() block.Schema {
				o.TLS = &TLS{}
				return o.TLS.schema()
			}},
			{Name: "sasl", Doc: "log in", Open: func() block.Schema {
				o.SASL = &SASL{}
				return o.SASL.schema()
			}},
			{Name: "failover", Doc: "where lines are kept while brokers take none, and from where they come back by themselves", Open: func() block.Schema {
				o.Failover = &s3.Failover{}
				return o.Failover.Schema()
			}},
			{Name: "quarantine", Doc: "where records go that no broker will ever take; by default as the agent's block says", Open: func() block.Schema {
				o.Quarantine = &Quarantine{}
				s := o.Quarantine.Schema()
				topic := block.Optional("topic", value.Text(&o.Quarantine.Topic, "", rule.Topic), ``, "topic of the same cluster for them; the file holds only what that does not take, either")
				s.Keys = slices.Insert(s.Keys, 0, topic)
				return s
			}},
		},
	}
}

func (t *TLS) schema() block.Schema {
	return block.Schema{Keys: []block.Key{
		block.Optional("ca", value.PEMText(&t.CA), ``, "authorities to trust in place of the system's; a file is read again when it changes, and so are the next two"),
		block.Optional("cert", value.PEMText(&t.Cert), ``, "certificate to show to brokers"),
		block.Optional("key", value.SecretPEMText(&t.Key), ``, "private key of cert"),
		block.Optional("server_name", value.Text(&t.ServerName, "", rule.NotEmpty), ``, "name that brokers' certificates must have, if not their host's"),
		block.Optional("insecure_skip_verify", value.Bool(&t.InsecureSkipVerify), `false`, "accept any certificate; for tests"),
	}}
}

func (s *SASL) schema() block.Schema {
	return block.Schema{Keys: []block.Key{
		block.Required("mechanism", value.OneOf(&s.Mechanism, "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", OAuthBearer), "how to log in"),
		block.Optional("username", value.Text(&s.Username, "", rule.NotEmpty), ``, "user name; not for OAUTHBEARER"),
		block.Optional("password", value.SecretText(&s.Password), ``, "password; env(\"NAME\") or file(\"path\") keep it out of the file"),
		block.Optional("token_file", value.Text(&s.TokenFile, "path", rule.Absolute), ``, "OAUTHBEARER: file that holds the token, read at every login"),
		block.Optional("token_command", value.Texts(&s.TokenCommand, "list of texts", nil), ``, "OAUTHBEARER: program and arguments, run at every login, that print the token"),
	}}
}

// Schema is what the block may hold wherever it stands.
func (q *Quarantine) Schema() block.Schema {
	return block.Schema{Keys: []block.Key{
		block.Optional("file", value.Text(&q.File, "path", rule.Absolute), ``, "file for them; by default quarantine.jsonl in the state directory"),
		block.Optional("max_size", value.Size(&q.MaxSize, 64*kib, 1<<50), `"256MiB"`, "bytes of the file; once it is full, the streams of further such records wait"),
	}}
}

// Check holds the values of the block b against each other and against the
// agent's memory.
func (o *Output) Check(d *value.Decoder, b block.Block, memory int64) {
	if limit := memory / 8; o.BatchBytes > limit && limit > 0 {
		d.ErrorAt(b.At("batch_size"), "batch_size is too large for the memory",
			fmt.Sprintf("It can be an eighth of the agent's memory, %s; raise memory in the block agent to at least %s.",
				value.SizeText(limit), value.SizeText(8*o.BatchBytes)))
	}
	checkReplicas(d, b, o.MinInSyncReplicas, o.ReplicationFactor)
	for _, inner := range b.Inner() {
		switch {
		case inner.Type == "tls" && o.TLS != nil:
			o.TLS.check(d, inner)
		case inner.Type == "sasl" && o.SASL != nil:
			o.SASL.check(d, inner, o.TLS != nil)
		}
	}
}

func checkReplicas(d *value.Decoder, b block.Block, inSync, replicas int) {
	if inSync <= replicas {
		return
	}
	where := "min_insync_replicas"
	if !b.Has(where) {
		where = "replication_factor"
	}
	d.ErrorAt(b.At(where), "min_insync_replicas is greater than replication_factor",
		fmt.Sprintf("A topic with %d replicas never has %d in sync.", replicas, inSync))
}

func (t *TLS) check(d *value.Decoder, b block.Block) {
	switch {
	case b.Has("cert") != b.Has("key"):
		where := "cert"
		if b.Has("key") {
			where = "key"
		}
		d.ErrorAt(b.At(where), "cert and key belong together", "Name both, or neither.")
	case t.Cert.Text != "" && t.Key.Text != "":
		if _, err := tls.X509KeyPair([]byte(t.Cert.Text), []byte(t.Key.Text.Reveal())); err != nil {
			d.ErrorAt(b.At("cert"), "cert and key can't be used", err.Error()+".")
		}
	}
	if t.InsecureSkipVerify {
		d.WarnAt(b.At("insecure_skip_verify"), "brokers' certificates are not verified", "Anybody on the way can read and take the logs.")
	}
}

func (s *SASL) check(d *value.Decoder, b block.Block, encrypted bool) {
	needs, others := []string{"username", "password"}, []string{"token_file", "token_command"}
	switch s.Mechanism {
	case "":
		return // reported already
	case OAuthBearer:
		needs, others = nil, needs
		if b.Has("token_file") == b.Has("token_command") && !b.Broken {
			d.ErrorAt(b.DefRange(), "OAUTHBEARER needs either token_file or token_command",
				"The token is read anew at every login, so that one that is renewed outside is taken up.")
		}
	}
	for _, key := range needs {
		if b.Lacks(key) {
			d.ErrorAt(b.DefRange(), fmt.Sprintf("missing key %q in the block sasl", key), s.Mechanism+" logs in with username and password.")
		}
	}
	for _, key := range others {
		if b.Has(key) {
			d.ErrorAt(b.At(key), fmt.Sprintf("%s is not for %s", key, s.Mechanism), "")
		}
	}
	switch {
	case encrypted:
	case s.Mechanism == "PLAIN":
		d.WarnAt(b.At("mechanism"), "the password travels in clear text", "PLAIN without a block tls. Add tls {}, or use SCRAM-SHA-512.")
	case s.Mechanism == OAuthBearer:
		d.WarnAt(b.At("mechanism"), "the token travels in clear text", "OAUTHBEARER without a block tls. Add tls {}.")
	}
}
