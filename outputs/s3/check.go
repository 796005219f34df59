package s3

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"shipper/outputs"
	"shipper/outputs/s3/object"
)

// scratchPrefix begins the last part of the key that Check tries.
const scratchPrefix = ".check-"

// IsScratch tells whether a key is one that Check tried, left by one who may not delete.
func IsScratch(key string) bool {
	return strings.Contains(key, "/"+scratchPrefix) || strings.HasPrefix(key, scratchPrefix)
}

// Check puts, reads, lists and deletes an object under a scratch key, and then
// looks at some of what is there.
func (o *Output) Check(ctx context.Context, _ []string) []outputs.Finding {
	subject := o.where()
	c, err := o.client.get(ctx)
	if err != nil {
		return []outputs.Finding{o.problem("use", err)}
	}
	scratch := o.root() + scratchPrefix + rand.Text()
	verbs := []struct {
		name string
		try  func() error
	}{
		{"put", func() error { return o.put(ctx, c, scratch, nil, []byte("shipper check")) }},
		{"get", func() error {
			out, err := c.GetObject(ctx, &s3.GetObjectInput{Bucket: &o.cfg.Bucket, Key: &scratch})
			if err == nil {
				err = out.Body.Close()
			}
			return err
		}},
		{"list", func() error {
			_, err := c.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &o.cfg.Bucket, Prefix: &scratch, MaxKeys: aws.Int32(1)})
			return err
		}},
		{"delete", func() error {
			_, err := c.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &o.cfg.Bucket, Key: &scratch})
			return err
		}},
	}
	var found []outputs.Finding
	put := true
	for i, v := range verbs {
		if !put && v.name == "get" {
			continue // there is nothing to get
		}
		err := v.try()
		if err == nil {
			continue
		}
		found = append(found, o.problem(v.name, err))
		if i == 0 {
			put = false
			if !errors.Is(err, errNoChecksum) && codeOf(err) != "AccessDenied" {
				return found // the others would say the same
			}
		}
	}
	if len(found) == 0 {
		found = append(found, outputs.Finding{Subject: subject, Message: "put, get, list and delete are allowed"})
	}
	return append(found, o.inspect(ctx)...)
}

// root is what the keys of this output begin with.
func (o *Output) root() string {
	if o.cfg.Key == "" {
		return o.Own()
	}
	if o.cfg.Prefix == "" {
		return ""
	}
	return o.cfg.Prefix + "/"
}

func (o *Output) problem(verb string, err error) outputs.Finding {
	cure := cureOf(err)
	if cure == "" {
		cure = "look at the network, `endpoint` and the store"
	}
	return outputs.Finding{
		Severity: outputs.Problem, Subject: o.where(), Message: verb + ": " + brief(err), Cure: cure,
	}
}

// Check looks at so many objects of a failover that were not returned yet, and
// lists so many keys.
const (
	inspected = 8
	listed    = 10_000
)

var errEnough = errors.New("enough was seen")

// inspect finds what could not be taken back.
func (o *Output) inspect(ctx context.Context) []outputs.Finding {
	if o.cfg.Key != "" {
		return nil
	}
	var found []outputs.Finding
	seen, read, foreign := 0, 0, 0
	err := o.List(ctx, o.Own(), func(e Entry) error {
		seen++
		switch {
		case IsScratch(e.Key):
		case e.Foreign:
			if foreign++; foreign == 1 {
				found = append(found, outputs.Finding{
					Severity: outputs.Warning, Subject: "s3://" + o.cfg.Bucket + "/" + e.Key, Message: object.ErrForeign.Error() + "; it is left alone",
					Cure: "keep other objects out of this prefix",
				})
			}
		case !e.Returned && read < inspected:
			read++
			if _, _, err := o.get(ctx, e.Key); err != nil {
				found = append(found, o.unreadable(e.Key, err))
			}
		}
		if seen == listed {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) && len(found) == 0 {
		return nil // list has said so
	}
	return found
}

func (o *Output) unreadable(key string, err error) outputs.Finding {
	f := outputs.Finding{Severity: outputs.Warning, Subject: "s3://" + o.cfg.Bucket + "/" + key, Message: brief(err), Cure: cureOf(err)}
	switch {
	case errors.Is(err, object.ErrNewer):
		f.Cure = "run the newer version to have it returned"
	case errors.Is(err, object.ErrForeign):
		f.Cure = "keep other objects out of this prefix"
	case errors.Is(err, object.ErrDamaged):
		f.Cure = "keep it, and the file if that is still there: it can't be returned from the object"
	case f.Cure == "":
		f.Cure = "look at the store"
	}
	return f
}
