package kafka

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"shipper/inputs"
	"shipper/outputs"
	"shipper/outputs/kafka/codes"
	"shipper/testing/await"
	"shipper/testing/port"
)

// freePort finds a port that nobody listens on.
func freePort(t *testing.T) int {
	t.Helper()
	found, err := port.Free(1)
	if err != nil {
		t.Fatal(err)
	}
	return found[0]
}

func TestClusterThatStartsLater(t *testing.T) {
	number := freePort(t)
	log := &logBuffer{}
	o := openOutput(t, []string{"127.0.0.1:" + strconv.Itoa(number)}, log, nil)
	await.OK(t, time.Minute, func() error {
		if st := o.Status(); st.Healthy || !strings.Contains(st.LastError, "refused") {
			return errors.New("status does not say why: " + st.LastError)
		}
		return nil
	})
	if _, err := o.Shard(testStream); err == nil {
		t.Fatal("a shard without a cluster")
	}
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.Ports(number), kfake.SeedTopics(3, topicName))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	w := &world{T: t, kafka: c, out: o, log: log, faults: &faults{}}
	s := w.shard()
	w.deliver(w.batch(s, "a"))
	w.expect(s, "a")
	if st := o.Status(); !st.Healthy || st.LastError != "" || len(st.Peers) != 1 {
		t.Errorf("status %+v", st)
	}
	if n := strings.Count(log.String(), "no broker answers"); n != 1 {
		t.Errorf("%d lines say that no broker answers", n)
	}
}

func TestTopicThatAppearsLater(t *testing.T) {
	w := newWorld(t, nil)
	st := &inputs.Stream{Name: "x", Topic: "later"}
	await.OK(t, time.Minute, func() error {
		if _, err := w.out.Shard(st); !errors.Is(err, codes.UnknownTopicOrPartition) {
			return errors.New("not known to be unknown")
		}
		return nil
	})
	// Other topics go on meanwhile, and so does a batch for this one: refused.
	w.deliver(w.batch(w.shard(), "a"))
	b := w.batch(outputs.Shard{Topic: "later"}, "b")
	w.write(b, outputs.Refused)
	if b.Fate.Class != outputs.TopicError {
		t.Errorf("class %v", b.Fate.Class)
	}
	createTopic(t, w, "later", 5)
	s := waitShard(t, w.out, st)
	b = w.batch(s, "b")
	w.deliver(b)
	w.expect(s, "b")
}

func createTopic(t *testing.T, w *world, name string, partitions int32) {
	t.Helper()
	req := kmsg.NewPtrCreateTopicsRequest()
	rt := kmsg.NewCreateTopicsRequestTopic()
	rt.Topic, rt.NumPartitions, rt.ReplicationFactor = name, partitions, 1
	req.Topics = append(req.Topics, rt)
	ask(t, w, req)
}

// ask sends a request to the first broker.
func ask(t *testing.T, w *world, req kmsg.Request) kmsg.Response {
	t.Helper()
	d := w.out.dialer
	conn, err := d.Dial(t.Context(), w.kafka.ListenAddrs()[0], time.Now().Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	resp, err := conn.Call(t.Context(), time.Now().Add(time.Minute), req, 100)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

// A topic that is deleted and created again is another one: what was sent to
// the old one can't be repeated, and its offsets prove nothing.
func TestTopicCreatedAgainIsAnother(t *testing.T) {
	w := newWorld(t, nil)
	s := w.shard()
	w.deliver(w.batch(s, "a"))
	w.deliver(w.batch(s, "b"))
	b := w.batch(s, "c")
	w.faults.add(loseAnswer)
	w.write(b, outputs.Unresolved)
	known, err := w.out.cluster.Topic(topicName)
	if err != nil {
		t.Fatal(err)
	}

	del := kmsg.NewPtrDeleteTopicsRequest()
	name := topicName
	dt := kmsg.NewDeleteTopicsRequestTopic()
	dt.Topic = &name
	del.Topics, del.TopicNames = append(del.Topics, dt), []string{name}
	ask(t, w, del)
	createTopic(t, w, topicName, 1)

	await.OK(t, time.Minute, func() error {
		w.out.cluster.Refresh()
		if now, _ := w.out.cluster.Topic(topicName); now == nil || now.ID == known.ID {
			return errors.New("not noticed")
		}
		return nil
	})
	b.Repeat = true
	w.write(b, outputs.GivenUp)
	b.Repeat = false
	w.write(b, outputs.Acked)
	w.deliver(w.batch(s, "d"))
	w.expect(s, "c", "d")
}

func TestTopicThatIsGoneGivesItsReceiptUp(t *testing.T) {
	w := newWorld(t, nil)
	s := w.shard()
	b := w.batch(s, "a")
	w.faults.add(loseAnswer)
	w.write(b, outputs.Unresolved)
	del := kmsg.NewPtrDeleteTopicsRequest()
	name := topicName
	dt := kmsg.NewDeleteTopicsRequestTopic()
	dt.Topic = &name
	del.Topics, del.TopicNames = append(del.Topics, dt), []string{name}
	ask(t, w, del)
	b.Repeat = true
	await.OK(t, time.Minute, func() error {
		w.out.Write(t.Context(), []*outputs.Batch{b})
		if b.Fate.State != outputs.GivenUp {
			return b.Fate.Err
		}
		return nil
	})
	b.Repeat = false
	w.write(b, outputs.Refused)
	createTopic(t, w, topicName, 1)
	w.deliver(b)
	w.expect(s, "a")
}

func TestLeaderThatMovesIsFollowed(t *testing.T) {
	w := newWorld(t, nil, kfake.NumBrokers(3))
	s := w.shard()
	w.deliver(w.batch(s, "a"))
	for i, node := range []int32{0, 1, 2, 0} {
		if err := w.kafka.MoveTopicPartition(topicName, s.Partition, node); err != nil {
			t.Fatal(err)
		}
		w.deliver(w.batch(s, strconv.Itoa(i)))
	}
	w.expect(s, "a", "0", "1", "2", "3")
}

func TestConnectionsThatBreakAreReplacedWithoutLoss(t *testing.T) {
	w := newWorld(t, nil)
	s := w.shard()
	w.deliver(w.batch(s, "a"))
	for _, v := range []string{"b", "c", "d"} {
		w.faults.drop()
		time.Sleep(150 * time.Millisecond) // idle for so long a connection is looked at
		w.write(w.batch(s, v), outputs.Acked)
	}
	for _, v := range []string{"e", "f", "g"} {
		w.faults.drop()
		w.deliver(w.batch(s, v))
	}
	w.expect(s, "a", "b", "c", "d", "e", "f", "g")
}

// A broker that hangs costs one attempt; then its partitions are refused at
// once until it answers its prober. Others go on.
func TestBrokerThatHangsIsWaitedForOnce(t *testing.T) {
	const timeout = 2 * time.Second
	w := newWorld(t, func(c *Config) { c.AttemptTimeout = timeout })
	s := w.shard()
	w.deliver(w.batch(s, "a"))
	w.faults.wedge(true)
	b := w.batch(s, "b")
	start := time.Now()
	w.write(b, outputs.Unresolved)
	if took := time.Since(start); took < timeout*4/5 || took > 5*timeout { // the machine may do other things
		t.Errorf("the attempt took %v", took)
	}
	b.Repeat = true
	start = time.Now()
	for range 20 {
		w.write(b, outputs.Unresolved)
	}
	if took := time.Since(start); took > timeout { // of each
		t.Errorf("20 attempts at a broker that is held back took %v", took)
	}
	if st := w.out.Status(); st.Healthy || st.LastError == "" || st.Peers[0].Healthy {
		t.Errorf("status %+v", st)
	}
	w.faults.wedge(false)
	w.deliver(b)
	w.deliver(w.batch(s, "c"))
	w.expect(s, "a", "b", "c")
	if l := w.log.String(); strings.Count(l, "broker is down") != 1 || strings.Count(l, "broker is up") != 1 {
		t.Error("not one line when it went and one when it came")
	}
}

// A silent broker does not get every lane.
func TestSilentBrokerHoldsFewWrites(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.AttemptTimeout, c.MaxSilent = time.Minute, 1 }, kfake.SeedTopics(2, "two"))
	w.deliver(w.batch(w.shard(), "a"))
	other := waitShard(t, w.out, &inputs.Stream{Name: "x", Topic: "two"})
	w.faults.add(neverAnswer)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.out.Write(ctx, []*outputs.Batch{{
			Shard: outputs.Shard{Topic: topicName}, Time: time.Now(), Segments: w.batch(outputs.Shard{}, "b").Segments,
		}})
	}()
	time.Sleep(1200 * time.Millisecond)
	b := &outputs.Batch{Shard: other, Time: time.Now(), Segments: []inputs.Segment{{Gen: &inputs.Generation{Stream: testStream}, Data: []byte("c\n"), Ends: []uint32{2}, End: 2}}}
	start := time.Now()
	w.out.Write(context.Background(), []*outputs.Batch{b})
	if b.Fate.State != outputs.Refused || time.Since(start) > 20*time.Second {
		t.Errorf("fate %v after %v", b.Fate.State, time.Since(start))
	}
	cancel()
	<-done
}

func TestBrokerRestart(t *testing.T) {
	number := freePort(t)
	dir := t.TempDir()
	start := func() *kfake.Cluster {
		c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.Ports(number), kfake.SeedTopics(1, topicName), kfake.DataDir(dir))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := start()
	log := &logBuffer{}
	o := openOutput(t, c.ListenAddrs(), log, nil)
	w := &world{T: t, kafka: c, out: o, log: log, faults: &faults{}}
	s := w.shard()
	w.deliver(w.batch(s, "a"))
	c.Close()
	b := w.batch(s, "b")
	w.out.Write(t.Context(), []*outputs.Batch{b})
	if b.Fate.State == outputs.Acked {
		t.Fatal("acknowledged by nobody")
	}
	b.Repeat = b.Fate.State == outputs.Unresolved
	w.kafka = start()
	defer w.kafka.Close()
	w.deliver(b)
	w.deliver(w.batch(s, "c"))
	w.expect(s, "a", "b", "c")
}

func TestShardIsAHashThatSpreads(t *testing.T) {
	w := newWorld(t, nil, kfake.SeedTopics(8, "wide"))
	waitShard(t, w.out, &inputs.Stream{Name: "0", Topic: "wide"})
	seen := make(map[int32]int)
	for i := range 800 {
		st := &inputs.Stream{Name: "/var/log/" + strconv.Itoa(i) + ".log", Topic: "wide"}
		a, err := w.out.Shard(st)
		if err != nil {
			t.Fatal(err)
		}
		if b, _ := w.out.Shard(st); a != b {
			t.Fatalf("%v, then %v", a, b)
		}
		seen[a.Partition]++
	}
	for p := range int32(8) {
		if seen[p] < 50 {
			t.Errorf("partition %d got %d of 800 streams", p, seen[p])
		}
	}
	for _, bad := range []string{"", "a b", "..", "ä", strings.Repeat("x", 250), "a\nb"} {
		if _, err := w.out.Shard(&inputs.Stream{Name: "n", Topic: bad}); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("topic %q: %v", bad, err)
		}
	}
}

func TestSeveralShardsShareARequestUnlessOneIsInTrouble(t *testing.T) {
	w := newWorld(t, nil, kfake.SeedTopics(4, "four"))
	waitShard(t, w.out, &inputs.Stream{Name: "0", Topic: "four"})
	var all []*outputs.Batch
	round := func(v string) {
		all = all[:0]
		for p := range int32(4) {
			all = append(all, w.batch(outputs.Shard{Topic: "four", Partition: p}, v))
		}
		w.out.Write(t.Context(), all)
	}
	round("a")
	before := w.faults.count()
	round("b")
	if n := w.faults.count() - before; n != 1 {
		t.Errorf("%d requests for four shards in order", n)
	}
	w.faults.add(loseAnswer)
	round("c")
	for _, b := range all {
		if b.Fate.State != outputs.Unresolved {
			t.Fatalf("fate %v", b.Fate.State)
		}
		b.Repeat = true
	}
	before = w.faults.count()
	w.out.Write(t.Context(), all)
	if n := w.faults.count() - before; n != 4 {
		t.Errorf("%d requests for four shards with receipts", n)
	}
	for _, b := range all {
		if b.Fate.State != outputs.Acked {
			t.Errorf("fate %v (%v)", b.Fate.State, b.Fate.Err)
		}
		w.expect(b.Shard, "a", "b", "c")
	}
}

// An address that leads to another cluster gets none of the old one's batches,
// whether or not metadata has told of the change yet.
func TestBatchIsSentToItsOwnClusterOnly(t *testing.T) {
	unheard := openOutput(t, []string{"127.0.0.1:" + strconv.Itoa(freePort(t))}, &logBuffer{}, nil)
	if id, ok := unheard.Identity(); id != "" || ok {
		t.Errorf("identity %q before anybody has answered", id)
	}
	w := newWorld(t, nil, kfake.ClusterID("A"))
	s := w.shard()
	if id, ok := w.out.Identity(); id != "A" || !ok {
		t.Errorf("identity %q, %v", id, ok)
	}
	b := w.batch(s, "a")
	b.Cluster = "A"
	w.deliver(b)
	b = w.batch(s, "b")
	b.Cluster = "B"
	w.write(b, outputs.Refused)
	if text := b.Fate.Err.Error(); !strings.Contains(text, "belongs to cluster A now, not to B") {
		t.Errorf("refused with %q", text)
	}
	b.Cluster = ""
	w.deliver(b)
	w.expect(s, "a", "b")
}
