package kafka

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"shipper/outputs/kafka/recordbatch"
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
	// MaxSilent is how many Writes a broker may hold that has not answered
	// anybody for a second; further ones are refused at once. 0: any number.
	MaxSilent int

	TLS  *tls.Config // nil: no TLS. See NewTLS
	SASL SASL

	// What is expected of every topic, warned about or (RequireDurable)
	// demanded before the first record is sent. Defaults 2 and 3.
	MinInSyncReplicas int
	ReplicationFactor int
	RequireDurable    bool

	Log *slog.Logger // default: discard
}

// SASL is how to authenticate: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512, or not
// at all if Mechanism is empty.
type SASL = wire.SASL

// NewTLS makes a TLS configuration of PEM texts: ca "" means the system's
// roots, cert and key "" no client certificate, serverName "" the host of each
// broker.
func NewTLS(ca, cert, key, serverName string, insecureSkipVerify bool) (*tls.Config, error) {
	return wire.NewTLS(ca, cert, key, serverName, insecureSkipVerify)
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
	if c.ClientID == "" {
		c.ClientID = "shipper"
	}
	if c.BatchBytes <= 0 {
		c.BatchBytes = 512 << 10
	}
	if c.AttemptTimeout <= 0 {
		c.AttemptTimeout = 10 * time.Second
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
