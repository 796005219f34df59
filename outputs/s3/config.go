package s3

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"shipper/outputs/s3/object"
)

// Config describes a store. Open fills in the defaults of zero values.
type Config struct {
	Bucket    string // required
	Prefix    string // of all keys
	Region    string // "" for what the SDK finds, or us-east-1 with an Endpoint
	Endpoint  string // URL of a store that is not Amazon's
	PathStyle bool   // bucket in the path and not in the host's name
	// Key is the template of an archive's keys: literal text with {topic},
	// {host}, {agent}, {input}, {date} (2026-01-02) and {hour} (15; both are of
	// the time of reading, in UTC) in it. Empty: the objects of a failover.
	Key string

	AgentID string // id of the agent that stores

	Codec     object.Codec
	BatchSize int           // raw bytes of an object; default 4 MiB
	MaxAge    time.Duration // for how long bytes may wait for more; default 10 min
	MaxPuts   int           // objects a second; 0 for no bound

	AttemptTimeout time.Duration // default 60 s
	// ChecksumWhenRequired accepts objects whose checksum the store does not
	// confirm.
	ChecksumWhenRequired bool
	SSE                  string // "", AES256, aws:kms, aws:kms:dsse
	SSEKMSKeyID          string
	StorageClass         string // "" for the bucket's default

	// Credentials are used in place of the SDK's usual chain if not nil.
	Credentials aws.CredentialsProvider
	Log         *slog.Logger
}

func (c *Config) fill() error {
	if c.Bucket == "" {
		return errors.New("open s3 output: no bucket")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.BatchSize == 0 {
		c.BatchSize = 4 << 20
	}
	if c.BatchSize > object.MaxRaw {
		return fmt.Errorf("open s3 output: %d bytes are too many for one object", c.BatchSize)
	}
	if c.MaxAge == 0 {
		c.MaxAge = 10 * time.Minute
	}
	if c.AttemptTimeout == 0 {
		c.AttemptTimeout = time.Minute
	}
	if c.Region == "" && c.Endpoint != "" {
		c.Region = "us-east-1"
	}
	c.Prefix = strings.Trim(c.Prefix, "/")
	return nil
}
