package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"shipper/inputs"
	"shipper/outputs/s3/object"
)

// Entry is one key of a listing.
type Entry struct {
	Key  string
	Size int64 // compressed
	// Foreign says that the key is not one of ours, and Name is not known.
	Foreign  bool
	Name     object.Name
	Returned bool // the object is marked as returned
}

// Bucket is the bucket's name.
func (o *Output) Bucket() string { return o.cfg.Bucket }

// Own is what the keys of this agent's failover begin with.
func (o *Output) Own() string { return object.Own(o.cfg.Prefix, o.cfg.AgentID) }

// List calls visit for every object whose key begins with prefix, in the order of
// keys, which is that of place for those of one generation. Marks are not objects:
// they show in Returned. It ends with visit's error, if any. Stores may list what
// was deleted and leave out what was put a moment ago.
func (o *Output) List(ctx context.Context, prefix string, visit func(Entry) error) error {
	var held *Entry // a mark follows its object, but not always at once
	flush := func() error {
		if held == nil {
			return nil
		}
		e := *held
		held = nil
		return visit(e)
	}
	err := o.keys(ctx, prefix, func(key string, size int64) error {
		if held != nil && key == held.Key+object.Returned {
			held.Returned = true
			return flush()
		}
		if err := flush(); err != nil {
			return err
		}
		name, returned, ok := object.ParseKey(key)
		if returned {
			return nil // its object was deleted
		}
		held = &Entry{Key: key, Size: size, Name: name, Foreign: !ok}
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

func (o *Output) keys(ctx context.Context, prefix string, visit func(key string, size int64) error) error {
	c, err := o.client.get(ctx)
	if err != nil {
		return o.wrap("list", prefix, err)
	}
	pages := s3.NewListObjectsV2Paginator(c, &s3.ListObjectsV2Input{Bucket: &o.cfg.Bucket, Prefix: &prefix})
	for pages.HasMorePages() {
		attempt, cancel := context.WithTimeout(ctx, o.cfg.AttemptTimeout)
		page, err := pages.NextPage(attempt)
		cancel()
		if err != nil {
			return o.wrap("list", prefix, err)
		}
		for i := range page.Contents {
			if err := visit(aws.ToString(page.Contents[i].Key), aws.ToInt64(page.Contents[i].Size)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Get reads an object and brings its segment back, compared with its checksums.
// The segment's memory is the caller's. Errors that the object itself is to blame
// for are object.ErrForeign, ErrNewer and ErrDamaged, or ErrNotThere; after any
// other it may be tried again.
func (o *Output) Get(ctx context.Context, key string) (*object.Meta, *inputs.Segment, error) {
	meta, seg, err := o.get(ctx, key)
	return meta, seg, o.wrap("read", key, err)
}

func (o *Output) get(ctx context.Context, key string) (*object.Meta, *inputs.Segment, error) {
	c, err := o.client.get(ctx)
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, o.cfg.AttemptTimeout)
	defer cancel()
	out, err := c.GetObject(ctx, &s3.GetObjectInput{Bucket: &o.cfg.Bucket, Key: &key})
	if err != nil {
		return nil, nil, notThere(err)
	}
	defer func() { _ = out.Body.Close() }() // read only
	meta := lower(out.Metadata)
	if meta["shipper"] == "" {
		return nil, nil, object.ErrForeign
	}
	if aws.ToInt64(out.ContentLength) > 2*object.MaxRaw {
		return nil, nil, fmt.Errorf("%w: it is larger than any object may be", object.ErrDamaged)
	}
	body := bytes.NewBuffer(make([]byte, 0, aws.ToInt64(out.ContentLength)+bytes.MinRead)) // so that it need not grow
	if _, err := body.ReadFrom(out.Body); err != nil {
		return nil, nil, err
	}
	if out.ContentLength != nil && int64(body.Len()) != *out.ContentLength {
		return nil, nil, fmt.Errorf("%d bytes of %d: %w", body.Len(), *out.ContentLength, io.ErrUnexpectedEOF)
	}
	m, seg, err := object.Decode(meta, body.Bytes())
	if err != nil {
		return nil, nil, err
	}
	if name, _, ok := object.ParseKey(key); ok && name != m.Name() {
		return nil, nil, errOtherName
	}
	return m, seg, nil
}

// Describe reads an object's metadata, and its bytes only if some of the metadata
// stands there. Its errors are those of Get.
func (o *Output) Describe(ctx context.Context, key string) (*object.Meta, error) {
	m, err := o.describe(ctx, key)
	return m, o.wrap("look at", key, err)
}

func (o *Output) describe(ctx context.Context, key string) (*object.Meta, error) {
	c, err := o.client.get(ctx)
	if err != nil {
		return nil, err
	}
	attempt, cancel := context.WithTimeout(ctx, o.cfg.AttemptTimeout)
	defer cancel()
	out, err := c.HeadObject(attempt, &s3.HeadObjectInput{Bucket: &o.cfg.Bucket, Key: &key})
	if err != nil {
		return nil, notThere(err)
	}
	meta := lower(out.Metadata)
	if meta["notes"] != "" {
		m, _, err := o.get(ctx, key)
		return m, err
	}
	m, err := object.ParseMeta(meta)
	if err != nil {
		return nil, err
	}
	if name, _, ok := object.ParseKey(key); ok && name != m.Name() {
		return nil, errOtherName
	}
	return m, nil
}

var errOtherName = fmt.Errorf("%w: its key says other bytes than it holds", object.ErrDamaged)

// Unusable tells whether an error of Get or Describe is the object's own fault, so
// that to try again is in vain.
func Unusable(err error) bool {
	return errors.Is(err, object.ErrForeign) || errors.Is(err, object.ErrNewer) || errors.Is(err, object.ErrDamaged) || errors.Is(err, ErrNotThere)
}

// lower gives names of metadata as they are defined: some stores change their case.
func lower(m map[string]string) map[string]string {
	low := make(map[string]string, len(m))
	for name, v := range m {
		low[strings.ToLower(name)] = v
	}
	return low
}

func notThere(err error) error {
	switch codeOf(err) {
	case "NoSuchKey", "NotFound":
		return errors.Join(ErrNotThere, err)
	}
	return err
}
