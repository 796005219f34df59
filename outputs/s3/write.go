package s3

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"shipper/inputs"
	"shipper/outputs"
	"shipper/outputs/s3/object"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Write stores each segment of each batch. The fate's Objects are the keys.
func (o *Output) Write(ctx context.Context, batches []*outputs.Batch) {
	e := o.encoder()
	if e == nil {
		for _, b := range batches {
			b.Fate = outputs.Fate{State: outputs.Refused, Class: outputs.Transient, Err: errClosed, BaseOffset: -1}
		}
		return
	}
	defer o.giveBack(e)
	ctx, cancel := context.WithTimeout(ctx, o.cfg.AttemptTimeout)
	defer cancel()
	for _, b := range batches {
		o.writeBatch(ctx, e, b)
	}
}

func (o *Output) writeBatch(ctx context.Context, e *object.Encoder, b *outputs.Batch) {
	b.Fate = outputs.Fate{State: outputs.Acked, BaseOffset: -1}
	sent := b.Repeat
	keys := make([]string, len(b.Segments))
	for i := range b.Segments {
		key, reached, err := o.store(ctx, e, &b.Segments[i], b)
		if keys[i] = key; err == nil {
			sent = sent || key != ""
			continue
		}
		b.Fate = fateOf(err, reached, sent)
		b.Fate.Err = fmt.Errorf("store in %s: %w", o.where(), explained{err})
		if !errors.Is(ctx.Err(), context.Canceled) && !errors.Is(err, outputs.ErrRushed) {
			o.health.Set(b.Fate.Err)
		}
		return
	}
	b.Fate.Objects = keys
	if sent {
		o.health.Set(nil)
	}
}

// Key is where Write will put a segment of a batch, "" for one of no bytes. It reads
// the segment's bytes once.
func (o *Output) Key(b *outputs.Batch, i int) string {
	seg := &b.Segments[i]
	if len(seg.Data) == 0 {
		return ""
	}
	n := object.NameOf(seg)
	return n.Aside(o.cfg.Prefix, o.cfg.AgentID)
}

// store puts one segment. reached tells whether a request was begun.
func (o *Output) store(ctx context.Context, e *object.Encoder, seg *inputs.Segment, b *outputs.Batch) (key string, reached bool, err error) {
	if len(seg.Data) == 0 { // a hole in the file, or nothing at all
		return "", false, nil
	}
	c, err := o.client.get(ctx)
	if err != nil {
		return "", false, err
	}
	if err := o.pace.wait(ctx); err != nil {
		return "", false, err
	}
	enc, err := e.Encode(seg, o.cfg.AgentID, b.Time.UnixMilli(), o.cfg.Codec)
	if err != nil {
		return "", false, err
	}
	key = o.cfg.key(seg, enc, b.Time)
	return key, true, o.put(ctx, c, key, enc.Meta, enc.Body)
}

// put makes one request. It returns nil only when the store has confirmed the
// checksum of what it received.
func (o *Output) put(ctx context.Context, c *s3.Client, key string, meta map[string]string, body []byte) error {
	sum := base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, crc32.Checksum(body, castagnoli)))
	in := &s3.PutObjectInput{
		Bucket: &o.cfg.Bucket, Key: &key, Metadata: meta,
		Body: bytes.NewReader(body), ContentLength: aws.Int64(int64(len(body))),
		ContentType: aws.String("application/octet-stream"),
	}
	if !o.cfg.ChecksumWhenRequired {
		in.ChecksumAlgorithm, in.ChecksumCRC32C = types.ChecksumAlgorithmCrc32c, &sum
	}
	if o.cfg.SSE != "" {
		in.ServerSideEncryption = types.ServerSideEncryption(o.cfg.SSE)
	}
	if o.cfg.SSEKMSKeyID != "" {
		in.SSEKMSKeyId = &o.cfg.SSEKMSKeyID
	}
	if o.cfg.StorageClass != "" {
		in.StorageClass = types.StorageClass(o.cfg.StorageClass)
	}
	out, err := c.PutObject(ctx, in)
	if err != nil {
		return err
	}
	switch {
	case o.cfg.ChecksumWhenRequired:
		return nil
	case out.ChecksumCRC32C == nil:
		return errNoChecksum
	case *out.ChecksumCRC32C != sum:
		return fmt.Errorf("%w: sent %s, stored %s", errChecksum, sum, *out.ChecksumCRC32C)
	}
	return nil
}

// Return marks an object as one whose bytes have arrived where they belong.
func (o *Output) Return(ctx context.Context, key string) error {
	c, err := o.client.get(ctx)
	if err == nil {
		err = o.put(ctx, c, key+object.Returned, nil, nil)
	}
	return o.wrap("mark as returned", key, err)
}

// Delete deletes an object. That it is not there is no error.
func (o *Output) Delete(ctx context.Context, key string) error {
	c, err := o.client.get(ctx)
	if err == nil {
		_, err = c.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &o.cfg.Bucket, Key: &key})
	}
	if errors.Is(err, ErrNotThere) || codeOf(err) == "NoSuchKey" {
		return nil
	}
	return o.wrap("delete", key, err)
}

// wrap names the object in an error and says what to do.
func (o *Output) wrap(verb, key string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s s3://%s/%s: %w", verb, o.cfg.Bucket, key, explained{err})
}
