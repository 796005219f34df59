package kafka

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"shipper/outputs"
	"shipper/outputs/kafka/codes"
	"shipper/outputs/kafka/wire"
	"shipper/testing/await"
)

// doorman answers logins as Apache Kafka does when the password is wrong.
type doorman struct {
	closed atomic.Bool
	turned atomic.Int32 // away
}

const invalidCredentials = "Authentication failed: Invalid username or password"

func (d *doorman) watch(c *kfake.Cluster) {
	c.ControlKey(int16(kmsg.SASLAuthenticate), func(req kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		if !d.closed.Load() {
			return nil, nil, false
		}
		d.turned.Add(1)
		resp := req.ResponseKind().(*kmsg.SASLAuthenticateResponse)
		resp.ErrorCode = int16(codes.SASLAuthenticationFailed)
		resp.ErrorMessage = kmsg.StringPtr(invalidCredentials)
		return resp, nil, true
	})
}

func TestWrongPassword(t *testing.T) {
	d := &doorman{}
	d.closed.Store(true)
	w := &world{T: t, faults: &faults{}, log: &logBuffer{}}
	var err error
	if w.kafka, err = kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, topicName), kfake.ListenFn(w.faults.listen),
		kfake.EnableSASL(), kfake.Superuser(wire.Plain, "alice", "s3cret")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.kafka.Close)
	d.watch(w.kafka)
	w.out = openOutput(t, w.kafka.ListenAddrs(), w.log, func(c *Config) {
		c.SASL = SASL{Mechanism: wire.Plain, Username: "alice", Password: "s3cret"}
	})

	// From the start: nothing is known, and it is said why.
	await.OK(t, time.Minute, func() error {
		st := w.out.Status()
		if st.Healthy || !strings.Contains(st.LastError, "SASL_AUTHENTICATION_FAILED: "+invalidCredentials) {
			return errors.New("status: " + st.LastError)
		}
		return nil
	})
	start := time.Now()
	for range 100 { // streams ask all the time, and that must not mean more logins
		if _, err := w.out.Shard(testStream); err == nil {
			t.Fatal("a shard without a cluster")
		}
		time.Sleep(15 * time.Millisecond)
	}
	if n, took := d.turned.Load(), time.Since(start); n > 2 && took < 2*time.Second {
		t.Errorf("%d logins in %v with a password that is wrong", n, took)
	}
	if _, err := w.out.Shard(testStream); !strings.Contains(err.Error(), "Check username and password") {
		t.Errorf("a stream that waits is told %q", err)
	}
	if l := w.log.String(); strings.Count(l, invalidCredentials) != 1 || !strings.Contains(l, "Check username and password") || strings.Contains(l, "s3cret") {
		t.Error("not one line, with its cure and without the password")
	}
	f := w.out.Check(t.Context(), []string{topicName})
	if len(f) != 1 || f[0].Severity != outputs.Problem || !strings.Contains(f[0].Message, invalidCredentials) || !strings.Contains(f[0].Cure, "password") {
		t.Errorf("check: %+v", f)
	}
	d.closed.Store(false)
	s := w.shard()
	w.deliver(w.batch(s, "a"))

	// In mid-life, with a batch whose answer is lost.
	b, next := w.batch(s, "b"), w.batch(s, "c")
	w.faults.add(loseAnswer)
	w.write(b, outputs.Unresolved)
	d.closed.Store(true)
	d.turned.Store(0)
	w.faults.drop()
	b.Repeat = true
	await.True(t, time.Minute, "the output has heard of it", func() bool {
		w.write(b, outputs.Unresolved)
		return b.Fate.Class == outputs.AuthError
	})
	start = time.Now()
	for range 100 {
		w.write(b, outputs.Unresolved)
		if b.Fate.Class != outputs.AuthError || !strings.Contains(b.Fate.Err.Error(), invalidCredentials) || !strings.Contains(b.Fate.Err.Error(), "Check username and password") {
			t.Fatalf("fate %v: %v", b.Fate.Class, b.Fate.Err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	if n, took := d.turned.Load(), time.Since(start); n > 4 && took < 2*time.Second {
		t.Errorf("%d logins in %v", n, took)
	}
	d.closed.Store(false)
	w.deliver(b)
	w.deliver(next)
	waitSuperuser(t, w, s, "a", "b", "c")
}

// waitSuperuser compares the partition, asking as alice.
func waitSuperuser(t *testing.T, w *world, s outputs.Shard, want ...string) {
	t.Helper()
	req := kmsg.NewPtrListOffsetsRequest()
	rt := kmsg.NewListOffsetsRequestTopic()
	rp := kmsg.NewListOffsetsRequestTopicPartition()
	rp.Partition, rp.Timestamp = s.Partition, -1
	rt.Topic, rt.Partitions = s.Topic, append(rt.Partitions, rp)
	req.ReplicaID, req.Topics = -1, append(req.Topics, rt)
	resp := ask(t, w, req).(*kmsg.ListOffsetsResponse)
	if n := resp.Topics[0].Partitions[0].Offset; n != int64(len(want)) {
		t.Errorf("the partition holds %d records, want %q", n, want)
	}
}
