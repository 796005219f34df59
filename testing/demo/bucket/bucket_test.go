package bucket

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"shipper/inputs"
	"shipper/outputs"
	"shipper/outputs/s3"
)

// TestAgentsOwnClient has the agent's output use the store in all the ways that it
// has, over more than one page of a listing.
func TestAgentsOwnClient(t *testing.T) {
	b := &Bucket{Name: "demo"}
	server := httptest.NewServer(b)
	defer server.Close()
	open := func(bucket string) *s3.Output {
		o, err := s3.Open(s3.Config{
			Bucket: bucket, Endpoint: server.URL, PathStyle: true, AgentID: "me",
			Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{AccessKeyID: "a", SecretAccessKey: "b"}, nil
			}),
		})
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	ctx := t.Context()
	if found := open("other").Check(ctx, nil); found[0].Severity != outputs.Problem {
		t.Errorf("another bucket: %+v", found)
	}
	o := open("demo")
	if found := o.Check(ctx, nil); len(found) != 1 || found[0].Severity != outputs.OK {
		t.Fatalf("check: %+v", found)
	}
	const many = mostKeys + 10
	gen := &inputs.Generation{ID: 7, Host: "h", Path: "/log", Stream: &inputs.Stream{Input: "in", Name: "log", Topic: "events"}}
	for i := range int64(many) {
		data := fmt.Appendf(nil, "line %06d\n", i)
		seg := inputs.Segment{Gen: gen, Start: i * 12, End: i*12 + 12, Data: data, Ends: []uint32{12}}
		batch := &outputs.Batch{Segments: []inputs.Segment{seg}, Time: time.Now()}
		if o.Write(ctx, []*outputs.Batch{batch}); batch.Fate.State != outputs.Acked {
			t.Fatalf("%+v", batch.Fate)
		}
		if i == 3 {
			if err := o.Return(ctx, batch.Fate.Objects[0]); err != nil {
				t.Fatal(err)
			}
		}
	}
	n, returned := 0, 0
	err := o.List(ctx, o.Own(), func(e s3.Entry) error {
		if e.Name.Start != int64(n*12) || e.Foreign {
			t.Fatalf("entry %d: %+v", n, e)
		}
		if n++; e.Returned {
			returned++
		}
		if n%500 != 1 {
			return nil
		}
		m, seg, err := o.Get(ctx, e.Key)
		if err != nil || m.Generation.Stream.Topic != "events" || string(seg.Data) != fmt.Sprintf("line %06d\n", n-1) {
			t.Fatalf("%q, %v", seg.Data, err)
		}
		if m, err := o.Describe(ctx, e.Key); err != nil || m.Records != 1 {
			t.Fatalf("%+v, %v", m, err)
		}
		return nil
	})
	if err != nil || n != many || returned != 1 {
		t.Errorf("%d objects, %d returned, %v", n, returned, err)
	}
	if _, err := o.Describe(ctx, o.Own()+"nothing"); !errors.Is(err, s3.ErrNotThere) {
		t.Errorf("of what is not there: %v", err)
	}
	for key, x := range b.Objects() {
		if x.Meta["records"] == "" && len(key) < 80 {
			t.Errorf("%s has no metadata: %v", key, x.Meta)
		}
	}
}
