package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"shipper/outputs/kafka/recordbatch"
	"shipper/outputs/kafka/topics"
	"shipper/outputs/kafka/wire"
)

// Config describes one output block. Open fills in the defaults of zero values.
type Config struct {
	Label   string
	Brokers []string // host:port, asked for the rest of the cluster
	// ClientID is what brokers see in their logs and quotas. Default "shipper".
	ClientID string
	// AgentID is what spreads the streams of many agents over partitions. It
	// should outlive restarts.
	AgentID string

	Codec    recordbatch.Codec
	Format   recordbatch.Format
	RecordID bool // add the header `id`

	BatchBytes     int           // default 512 KiB
	Linger         time.Duration // as given
	AttemptTimeout time.Duration // bounds one Write. Default 10 s
	// MaxRate is how many bytes may be sent each second, as compressed; 0: any
	// number. Waiting for it is not part of AttemptTimeout.
	MaxRate int64
	// PartitionsPerAgent is how many partitions of a topic are used; 0: all.
	PartitionsPerAgent int
	// MetadataMaxAge is how long new partitions may go unnoticed. Default 5 min.
	MetadataMaxAge time.Duration
	// MaxSilent is how many Writes a broker may hold that has not answered
	// anybody for a second; further ones are refused at once. 0: any number.
	MaxSilent int

	TLS  *TLS // nil: no TLS. See NewTLS
	SASL SASL

	// What is expected of every topic, warned about or (RequireDurable)
	// demanded before the first record is sent. Defaults 2 and 3.
	MinInSyncReplicas int
	ReplicationFactor int
	RequireDurable    bool
	// What is sent, compared with what the topics take: bytes of the longest
	// record, 0 if unknown, and whether records bring a time of their own.
	Longest  int
	OwnTimes bool

	// Net makes the connections to brokers; nil is TCP.
	Net func(ctx context.Context, network, addr string) (net.Conn, error)

	Log *slog.Logger // default: discard
}

// The types of package wire that a Config holds.
type (
	// SASL is how to authenticate, or not at all if Mechanism is empty.
	SASL = wire.SASL
	// TokenSource is where OAUTHBEARER has its token from.
	TokenSource = wire.TokenSource
	// TLS is how connections are encrypted.
	TLS = wire.TLS
	// TLSConfig is what a TLS is made of.
	TLSConfig = wire.TLSConfig
	// PEM is a PEM text, and the file that it came from.
	PEM = wire.PEM
)

// NewTLS makes a TLS of PEM texts, and fails if they can't be used.
func NewTLS(from TLSConfig) (*TLS, error) { return wire.NewTLS(from) }

// NewAdmin reaches the cluster of an output for the sake of its topics.
func NewAdmin(c Config) (*topics.Admin, error) {
	if err := c.complete(); err != nil {
		return nil, err
	}
	return &topics.Admin{Brokers: c.Brokers, Dialer: c.dialer()}, nil
}

func (c *Config) dialer() *wire.Dialer {
	return &wire.Dialer{ClientID: c.ClientID, TLS: c.TLS, SASL: c.SASL, Net: c.Net}
}

func (c *Config) complete() error {
	if len(c.Brokers) == 0 {
		return errors.New("brokers: at least one is needed")
	}
	for _, addr := range c.Brokers {
		if host, port, err := net.SplitHostPort(addr); err != nil || host == "" || port == "" {
			return fmt.Errorf("brokers: %q is not host:port", addr)
		}
	}
	if err := c.SASL.Valid(); err != nil {
		return fmt.Errorf("sasl: %w", err)
	}
	switch c.Codec {
	case recordbatch.None, recordbatch.Snappy, recordbatch.LZ4, recordbatch.Zstd:
	default:
		return fmt.Errorf("codec %d is not known", c.Codec)
	}
	if c.TLS != nil {
		c.TLS.Log = c.Log
	}
	if c.ClientID == "" {
		c.ClientID = "shipper"
	}
	if c.BatchBytes <= 0 {
		c.BatchBytes = 512 << 10
	}
	if c.AttemptTimeout <= 0 {
		c.AttemptTimeout = 10 * time.Second
	}
	if c.MetadataMaxAge <= 0 {
		c.MetadataMaxAge = 5 * time.Minute
	}
	if c.MinInSyncReplicas <= 0 {
		c.MinInSyncReplicas = 2
	}
	if c.ReplicationFactor <= 0 {
		c.ReplicationFactor = 3
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return nil
}

// The keys of log attributes.
const (
	keyBroker    = "broker"
	keyTopic     = "topic"
	keyPartition = "partition"
)
