package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"shipper/inputs"
	"shipper/outputs"
	"shipper/outputs/s3/object"
	"shipper/testing/store"
)

// batchOf is one segment of n lines.
func batchOf(start int64, n int) *outputs.Batch {
	gen := &inputs.Generation{ID: 0xfeed, Path: "/var/log/a.log", Host: "h", Stream: &inputs.Stream{Input: "in", Name: "/var/log/a.log"}}
	seg := inputs.Segment{Gen: gen, Start: start}
	for i := range n {
		seg.Data = fmt.Appendf(seg.Data, "line %d\n", i)
		seg.Ends = append(seg.Ends, uint32(len(seg.Data)))
	}
	seg.End = start + int64(len(seg.Data))
	return &outputs.Batch{Segments: []inputs.Segment{seg}, Time: time.UnixMilli(1e12)}
}

func write(t *testing.T, o *Output, b *outputs.Batch) outputs.Fate {
	t.Helper()
	o.Write(t.Context(), []*outputs.Batch{b})
	return b.Fate
}

// TestFates: what each fault means for the batch, and that it arrives once the
// fault is over, as the one object that it is.
func TestFates(t *testing.T) {
	for fault, want := range map[store.Fault]struct {
		state outputs.State
		class outputs.Class
		says  string
	}{
		store.SlowDown:   {outputs.Unresolved, outputs.Transient, "SlowDown"},
		store.Internal:   {outputs.Unresolved, outputs.Transient, "InternalError"},
		store.LoseAnswer: {outputs.Unresolved, outputs.Transient, "EOF"},
		store.Hang:       {outputs.Unresolved, outputs.Transient, "deadline exceeded"},
		store.Truncate:   {outputs.Unresolved, outputs.Transient, "EOF"},
		store.Twice:      {outputs.Acked, 0, ""},
		store.Skewed:     {outputs.Refused, outputs.AuthError, "set this machine's clock"},
		store.Denied:     {outputs.Refused, outputs.AuthError, "allow it in the policy"},
		store.NoChecksum: {outputs.Unresolved, outputs.AuthError, "when_required"},
		store.WrongSum:   {outputs.Unresolved, outputs.Transient, "other bytes"},
	} {
		t.Run(fmt.Sprint(fault), func(t *testing.T) {
			o, p := setup(t, nil)
			if fault == store.Hang {
				o.cfg.AttemptTimeout = time.Second
			}
			p.Rule(func(*http.Request) store.Fault { return fault })
			b := batchOf(100, 50)
			f := write(t, o, b)
			if f.State != want.state || (f.State != outputs.Acked && (f.Class != want.class || !strings.Contains(fmt.Sprint(f.Err), want.says))) {
				t.Fatalf("%v %v %v, want %v %v %q", f.State, f.Class, f.Err, want.state, want.class, want.says)
			}
			if f.State != outputs.Acked && (len(f.Objects) > 0 || o.Status().Healthy) {
				t.Errorf("objects %q, status %+v", f.Objects, o.Status())
			}
			p.Rule(nil)
			o.cfg.AttemptTimeout = time.Minute
			b.Repeat = f.State == outputs.Unresolved
			f = write(t, o, b)
			if f.State != outputs.Acked || len(f.Objects) != 1 || !o.Status().Healthy {
				t.Fatalf("then %v %v, objects %q, status %+v", f.State, f.Err, f.Objects, o.Status())
			}
			keys := listAll(t, o)
			if len(keys) != 1 || keys[0].Key != f.Objects[0] || keys[0].Name.Start != 100 || keys[0].Name.End != b.Segments[0].End {
				t.Errorf("listed %+v, want %q", keys, f.Objects)
			}
			if _, seg, err := o.Get(t.Context(), f.Objects[0]); err != nil || !bytes.Equal(seg.Data, b.Segments[0].Data) {
				t.Errorf("read back: %v", err)
			}
		})
	}
}

func listAll(t *testing.T, o *Output) []Entry {
	t.Helper()
	var all []Entry
	if err := o.List(t.Context(), o.Own(), func(e Entry) error { all = append(all, e); return nil }); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestOtherBytesHaveAnotherKey: two hosts with one id write over nothing.
func TestOtherBytesHaveAnotherKey(t *testing.T) {
	o, _ := setup(t, nil)
	a, b := batchOf(0, 10), batchOf(0, 10)
	copy(b.Segments[0].Data, "LINE")
	for _, batch := range []*outputs.Batch{a, b, a} {
		if f := write(t, o, batch); f.State != outputs.Acked {
			t.Fatal(f.Err)
		}
	}
	keys := listAll(t, o)
	if len(keys) != 2 {
		t.Fatalf("listed %+v, want both", keys)
	}
	for _, e := range keys {
		if _, seg, err := o.Get(t.Context(), e.Key); err != nil || (string(seg.Data) != string(a.Segments[0].Data) && string(seg.Data) != string(b.Segments[0].Data)) {
			t.Errorf("%s: %v", e.Key, err)
		}
	}
}

func TestReturnAndDelete(t *testing.T) {
	o, _ := setup(t, nil)
	var keys []string
	for i := range 3 {
		f := write(t, o, batchOf(int64(i)*1000, 10+i))
		if f.State != outputs.Acked {
			t.Fatal(f.Err)
		}
		keys = append(keys, f.Objects...)
	}
	for range 2 { // either may be repeated after a crash
		if err := o.Return(t.Context(), keys[0]); err != nil {
			t.Fatal(err)
		}
		if err := o.Delete(t.Context(), keys[1]); err != nil {
			t.Fatal(err)
		}
	}
	all := listAll(t, o)
	if len(all) != 2 || !all[0].Returned || all[0].Key != keys[0] || all[1].Returned || all[1].Key != keys[2] {
		t.Errorf("listed %+v", all)
	}
	if _, _, err := o.Get(t.Context(), keys[1]); !errors.Is(err, ErrNotThere) {
		t.Errorf("read what was deleted: %v", err)
	}
}

// TestReading: an answer that was cut off is tried again, a damaged object is not.
func TestReading(t *testing.T) {
	o, p := setup(t, nil)
	f := write(t, o, batchOf(0, 10_000))
	if f.State != outputs.Acked {
		t.Fatal(f.Err)
	}
	key := f.Objects[0]
	p.Rule(func(*http.Request) store.Fault { return store.Truncate })
	if _, _, err := o.Get(t.Context(), key); err == nil || errors.Is(err, object.ErrDamaged) {
		t.Errorf("half an answer: %v", err)
	}
	p.Rule(func(*http.Request) store.Fault { return store.Slow })
	if _, _, err := o.Get(t.Context(), key); err != nil {
		t.Errorf("a slow answer: %v", err)
	}
	p.Rule(nil)
	path := server.Path(o.Bucket(), key)
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	body[len(body)/2] ^= 1
	w, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.WriteAt(body, 0); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if _, _, err := o.Get(t.Context(), key); !errors.Is(err, object.ErrDamaged) {
		t.Errorf("a damaged object: %v", err)
	}
}

// TestCheckSaysWhat: one clear message for each mistake.
func TestCheckSaysWhat(t *testing.T) {
	verbs := map[string]func(*http.Request) bool{
		"put":    func(r *http.Request) bool { return r.Method == http.MethodPut },
		"get":    func(r *http.Request) bool { return r.Method == http.MethodGet && !store.IsList(r) },
		"list":   store.IsList,
		"delete": func(r *http.Request) bool { return r.Method == http.MethodDelete },
	}
	for verb, is := range verbs {
		t.Run("no permission to "+verb, func(t *testing.T) {
			o, p := setup(t, nil)
			p.Rule(func(r *http.Request) store.Fault {
				if is(r) {
					return store.Denied
				}
				return store.Pass
			})
			one(t, o, verb+": AccessDenied", "policy")
		})
	}
	t.Run("wrong bucket", func(t *testing.T) {
		o, _ := setup(t, func(c *Config) { c.Bucket = "nobody-made-this" })
		one(t, o, "NoSuchBucket", "bucket")
	})
	t.Run("wrong region", func(t *testing.T) {
		o, _ := setup(t, func(c *Config) { c.Region = "eu-north-1" })
		one(t, o, "", "region")
	})
	t.Run("wrong secret", func(t *testing.T) {
		o, _ := setup(t, func(c *Config) {
			c.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{AccessKeyID: store.AccessKey, SecretAccessKey: "guessed"}, nil
			})
		})
		one(t, o, "SignatureDoesNotMatch", "secret")
	})
	t.Run("no credentials", func(t *testing.T) {
		for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"} {
			t.Setenv(name, "")
		}
		t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
		t.Setenv("AWS_CONFIG_FILE", "/nowhere")
		t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
		o, _ := setup(t, func(c *Config) { c.Credentials = nil })
		one(t, o, "no credentials", "AWS_ACCESS_KEY_ID")
		if f := write(t, o, batchOf(0, 1)); f.State != outputs.Refused || f.Class != outputs.AuthError {
			t.Errorf("%v %v %v", f.State, f.Class, f.Err)
		}
	})
	t.Run("nobody there", func(t *testing.T) {
		o, p := setup(t, nil)
		p.Close()
		one(t, o, "put: ", "network")
		if f := write(t, o, batchOf(0, 1)); f.State != outputs.Refused || f.Class != outputs.Transient {
			t.Errorf("%v %v %v", f.State, f.Class, f.Err)
		}
	})
	t.Run("not ours", func(t *testing.T) {
		o, _ := setup(t, nil)
		put(t, o, o.Own()+"notes.txt", nil, "hello")
		one(t, o, "not an object of shipper", "prefix")
	})
	t.Run("newer", func(t *testing.T) {
		o, _ := setup(t, nil)
		put(t, o, object.Name{Generation: 1, End: 5}.Aside(o.cfg.Prefix, o.cfg.AgentID), map[string]string{"shipper": "2"}, "hello")
		one(t, o, "newer version", "newer version")
	})
	t.Run("damaged", func(t *testing.T) {
		o, _ := setup(t, nil)
		e, err := new(object.Encoder).Encode(&batchOf(0, 10).Segments[0], "agent-1", 5, object.Zstd)
		if err != nil {
			t.Fatal(err)
		}
		put(t, o, o.cfg.key(&batchOf(0, 10).Segments[0], e, time.Time{}), e.Meta, string(e.Body[:len(e.Body)/2]))
		one(t, o, "damaged", "keep it")
	})
}

func put(t *testing.T, o *Output, key string, meta map[string]string, body string) {
	t.Helper()
	c, err := o.client.get(t.Context())
	if err == nil {
		err = o.put(t.Context(), c, key, meta, []byte(body))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// one demands exactly one finding that is not well, and what it says.
func one(t *testing.T, o *Output, message, cure string) {
	t.Helper()
	var bad []outputs.Finding
	for _, f := range o.Check(t.Context(), nil) {
		if f.Severity != outputs.OK {
			bad = append(bad, f)
		}
	}
	if len(bad) != 1 || !strings.Contains(bad[0].Message, message) || !strings.Contains(bad[0].Cure, cure) {
		t.Errorf("found %+v, want one with %q and %q", bad, message, cure)
	}
}

// TestOtherStores: a store that can't confirm checksums is accepted if told so.
func TestOtherStores(t *testing.T) {
	o, p := setup(t, func(c *Config) { c.ChecksumWhenRequired = true })
	p.Rule(func(r *http.Request) store.Fault {
		if v := r.Header.Get("X-Amz-Checksum-Crc32c"); v != "" {
			t.Errorf("asks for a checksum: %s", v)
		}
		return store.NoChecksum
	})
	if f := write(t, o, batchOf(0, 10)); f.State != outputs.Acked {
		t.Error(f.Err)
	}
}

func TestMaxPuts(t *testing.T) {
	o, _ := setup(t, func(c *Config) { c.MaxPuts = 20 })
	begun := time.Now()
	for i := range 5 {
		if f := write(t, o, batchOf(int64(i)*1000, 1)); f.State != outputs.Acked {
			t.Fatal(f.Err)
		}
	}
	if took := time.Since(begun); took < 200*time.Millisecond {
		t.Errorf("5 objects in %v at 20 a second", took)
	}
}

// TestRush: who can't wait gives its batch back, of which nothing is stored. The output is
// none the worse, and what waited costs nobody a turn.
func TestRush(t *testing.T) {
	o, p := setup(t, func(c *Config) { c.MaxPuts = 1 })
	if f := write(t, o, batchOf(0, 1)); f.State != outputs.Acked {
		t.Fatal(f.Err)
	}
	next := o.pace.next
	for _, repeat := range []bool{false, true} {
		end := o.Rush()
		b := batchOf(1000, 1)
		b.Repeat = repeat
		f := write(t, o, b)
		if !errors.Is(f.Err, outputs.ErrRushed) || f.Class != outputs.Transient || (f.State == outputs.Refused) == repeat || f.State == outputs.Acked {
			t.Errorf("repeat %v: %+v", repeat, f)
		}
		end()
	}
	if order, _ := p.Puts(); len(order) != 1 || !o.Status().Healthy || !o.pace.next.Equal(next) {
		t.Errorf("%d objects, healthy %v, a turn at %v, want %v", len(order), o.Status().Healthy, o.pace.next, next)
	}
	if f := write(t, o, batchOf(1000, 1)); f.State != outputs.Acked {
		t.Error(f.Err)
	}
}

func TestTemplates(t *testing.T) {
	c := Config{Prefix: "p", Key: "{topic}/{host}/{date}/{hour}", AgentID: "a"}
	seg := &batchOf(0, 1).Segments[0]
	seg.Gen.Stream.Topic, seg.Gen.Host = "a/../b", ".."
	if got := c.directory(seg, time.Date(2026, 1, 2, 23, 30, 0, 0, time.FixedZone("", -3600))); got != "p/a%2F..%2Fb/_../2026-01-03/00" {
		t.Errorf("directory %s", got)
	}
}
