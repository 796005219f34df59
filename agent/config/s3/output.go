package s3

import (
	"fmt"
	"math"
	"strings"
	"time"

	"shipper/agent/config/block"
	"shipper/agent/config/rule"
	"shipper/agent/config/value"
)

const (
	kib = 1 << 10
	mib = 1 << 20
)

// Output is what a block `output "s3"` holds: a bucket of an object store.
type Output struct {
	Bucket, Prefix, Region string
	Endpoint               string // "" for Amazon's
	PathStyle              bool
	Key                    string // template of an archive's keys; "" in a failover's output

	Compression    string        // zstd (default), gzip, none
	ObjectSize     int64         // bytes of a file; default 4 MiB, or an eighth of the memory if that is less
	MaxAge         time.Duration // default 10 min
	MaxPuts        int           // a second; 0: no bound
	AttemptTimeout time.Duration // default 60 s
	Checksum       string        // always (default), when_required

	SSE, SSEKMSKeyID, StorageClass string
}

// Schema is what the block may hold.
func (s *Output) Schema() block.Schema {
	return block.Schema{Keys: []block.Key{
		block.Required("bucket", value.Text(&s.Bucket, "", rule.NotEmpty), "bucket that objects are put into; it must be there"),
		block.Optional("prefix", value.Text(&s.Prefix, "", rule.Prefix), ``, "what all keys begin with"),
		block.Optional("region", value.Text(&s.Region, "", rule.NotEmpty), ``, "region of the bucket; by default what the environment says, us-east-1 with an endpoint"),
		block.Optional("endpoint", value.Text(&s.Endpoint, "URL", rule.URL), ``, "of a store that is not Amazon's: \"https://s3.example.com\""),
		block.Optional("path_style", value.Bool(&s.PathStyle), `false`, "name the bucket in the path and not in the host"),
		block.Optional("key", value.Text(&s.Key, "", rule.ObjectKey), `"{topic}/{host}/{date}"`, "where objects go; may hold {topic}, {host}, {agent}, {input}, {date} and {hour} (UTC). Not for the output of a failover, whose keys are fixed"),
		block.Optional("compression", value.OneOf(&s.Compression, "zstd", "gzip", "none"), `"zstd"`, "how objects are compressed"),
		block.Optional("object_size", value.Size(&s.ObjectSize, 64*kib, 64*mib), `"4MiB"`, "bytes of a file in one object; at most an eighth of the agent's memory"),
		block.Optional("max_age", value.Duration(&s.MaxAge, time.Second, 24*time.Hour), `"10m"`, "how long lines wait for an object to be full"),
		block.Optional("max_puts", value.Int(&s.MaxPuts, 0, math.MaxInt32), `0`, "how many objects are put in a second at most; 0 is no bound"),
		block.Optional("attempt_timeout", value.Duration(&s.AttemptTimeout, 3*time.Second, time.Hour), `"1m"`, "when an attempt is given up and repeated; there is no end to repeating"),
		block.Optional("checksum", value.OneOf(&s.Checksum, "always", "when_required"), `"always"`, "always: an object counts when the store has confirmed its CRC-32C; when_required is for stores that can't"),
		block.Optional("sse", value.OneOf(&s.SSE, "AES256", "aws:kms", "aws:kms:dsse"), ``, "how the store encrypts objects"),
		block.Optional("sse_kms_key_id", value.Text(&s.SSEKMSKeyID, "", rule.NotEmpty), ``, "key for aws:kms"),
		block.Optional("storage_class", value.Text(&s.StorageClass, "", rule.NotEmpty), ``, "storage class of the objects"),
	}}
}

// Check holds the values of the block b against each other and against the
// agent's memory.
func (s *Output) Check(d *value.Decoder, b block.Block, memory int64) {
	limit := memory / 8
	switch {
	case s.ObjectSize <= limit || limit == 0:
	case !b.Has("object_size"):
		s.ObjectSize = limit
	default:
		d.ErrorAt(b.At("object_size"), "object_size is too large for the memory",
			fmt.Sprintf("It can be an eighth of the agent's memory, %s; raise memory in the block agent to at least %s.",
				value.SizeText(limit), value.SizeText(8*s.ObjectSize)))
	}
	if b.Has("sse_kms_key_id") && s.SSE != "aws:kms" && s.SSE != "aws:kms:dsse" {
		d.ErrorAt(b.At("sse_kms_key_id"), "sse_kms_key_id needs sse = \"aws:kms\"", "")
	}
}

// SamePlace tells whether both put their objects below the same keys.
func (s *Output) SamePlace(o *Output) bool {
	return s.Bucket == o.Bucket && s.Endpoint == o.Endpoint && strings.Trim(s.Prefix, "/") == strings.Trim(o.Prefix, "/")
}
