package kafka

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"shipper/inputs"
	"shipper/outputs"
	"shipper/outputs/kafka/codes"
	"shipper/outputs/kafka/recordbatch"
	"shipper/testing/await"
)

// fault is what happens to one answer to a produce request, after the broker
// has done its work. It may change the answer.
type fault func(*kmsg.ProduceResponse) outcome

type outcome int

const (
	pass   outcome = iota // send the (changed) answer
	hangUp                // close the connection instead
	hang                  // never answer
)

// faults stands between a broker and its clients and loses, delays and falsifies
// answers to produce requests, in the order that a test has asked for.
type faults struct {
	mu     sync.Mutex
	next   []fault
	conns  map[*faultConn]struct{}
	wedged bool // no request is read any more
	served int  // produce requests that were answered by the broker
}

func (f *faults) listen(network, addr string) (net.Listener, error) {
	l, err := net.Listen(network, addr)
	return &faultListener{l, f}, err
}

// add plans faults for the next answers.
func (f *faults) add(next ...fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next = append(f.next, next...)
}

// wedge makes every connection fall silent, or speak again.
func (f *faults) wedge(on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wedged = on
}

func (f *faults) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.served
}

// accepted is how many connections there were.
func (f *faults) accepted() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.conns)
}

// drop closes all connections.
func (f *faults) drop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for c := range f.conns {
		_ = c.Close()
	}
}

type faultListener struct {
	net.Listener
	f *faults
}

func (l *faultListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	fc := &faultConn{Conn: c, f: l.f, keys: make(map[uint32][2]int16)}
	l.f.mu.Lock()
	defer l.f.mu.Unlock()
	if l.f.conns == nil {
		l.f.conns = make(map[*faultConn]struct{})
	}
	l.f.conns[fc] = struct{}{}
	return fc, nil
}

type faultConn struct {
	net.Conn
	f    *faults
	in   []byte
	mu   sync.Mutex
	keys map[uint32][2]int16 // correlation id -> key, version
}

func (c *faultConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.in = append(c.in, b[:n]...)
	for len(c.in) >= 12 {
		size := int(binary.BigEndian.Uint32(c.in)) + 4
		if len(c.in) < size {
			break
		}
		c.mu.Lock()
		c.keys[binary.BigEndian.Uint32(c.in[8:])] = [2]int16{int16(binary.BigEndian.Uint16(c.in[4:])), int16(binary.BigEndian.Uint16(c.in[6:]))}
		c.mu.Unlock()
		c.in = c.in[size:]
	}
	for {
		c.f.mu.Lock()
		wedged := c.f.wedged
		c.f.mu.Unlock()
		if !wedged || err != nil {
			return n, err
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (c *faultConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	key := c.keys[binary.BigEndian.Uint32(b[4:])]
	c.mu.Unlock()
	if key[0] != int16(kmsg.Produce) {
		return c.Conn.Write(b)
	}
	c.f.mu.Lock()
	c.f.served++
	var f fault
	if len(c.f.next) > 0 {
		f, c.f.next = c.f.next[0], c.f.next[1:]
	}
	c.f.mu.Unlock()
	if f == nil {
		return c.Conn.Write(b)
	}
	header := 8
	if key[1] >= 9 {
		header++
	}
	resp := &kmsg.ProduceResponse{Version: key[1]}
	if err := resp.ReadFrom(bytes.Clone(b[header:])); err != nil {
		return 0, err
	}
	switch f(resp) {
	case hangUp:
		_ = c.Close()
		return 0, net.ErrClosed
	case hang:
		return len(b), nil
	case pass:
	}
	out := resp.AppendTo(bytes.Clone(b[:header]))
	binary.BigEndian.PutUint32(out, uint32(len(out)-4))
	if _, err := c.Conn.Write(out); err != nil {
		return 0, err
	}
	return len(b), nil
}

func loseAnswer(*kmsg.ProduceResponse) outcome  { return hangUp }
func neverAnswer(*kmsg.ProduceResponse) outcome { return hang }

// answer replaces the code of every partition.
func answer(code codes.Code) fault {
	return func(r *kmsg.ProduceResponse) outcome {
		for i := range r.Topics {
			for j := range r.Topics[i].Partitions {
				p := &r.Topics[i].Partitions[j]
				p.ErrorCode, p.BaseOffset = int16(code), -1
			}
		}
		return pass
	}
}

// world is a cluster, an output and what stands between.
type world struct {
	*testing.T
	kafka  *kfake.Cluster
	faults *faults
	out    *Output
	log    *logBuffer
	offset int64
}

const topicName = "events"

func newWorld(t *testing.T, change func(*Config), opts ...kfake.Opt) *world {
	t.Helper()
	w := &world{T: t, faults: &faults{}, log: &logBuffer{}}
	opts = append([]kfake.Opt{kfake.NumBrokers(1), kfake.SeedTopics(1, topicName), kfake.ListenFn(w.faults.listen)}, opts...)
	c, err := kfake.NewCluster(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	w.kafka = c
	w.out = openOutput(t, c.ListenAddrs(), w.log, change)
	return w
}

func openOutput(t *testing.T, brokers []string, log *logBuffer, change func(*Config)) *Output {
	t.Helper()
	cfg := Config{
		Label: "test", Brokers: brokers, AgentID: "agent", RecordID: true, AttemptTimeout: 10 * time.Second,
		Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if change != nil {
		change(&cfg)
	}
	o, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := o.Close(ctx); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Log(log.String())
		}
	})
	return o
}

// logBuffer collects log lines.
type logBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

var testStream = &inputs.Stream{Input: "in", Name: "/var/log/app.log", Topic: topicName}

// shard waits until the output knows the topic.
func (w *world) shard() outputs.Shard {
	w.Helper()
	return waitShard(w.T, w.out, testStream)
}

func waitShard(t testing.TB, o *Output, st *inputs.Stream) outputs.Shard {
	t.Helper()
	var s outputs.Shard
	await.OK(t, time.Minute, func() (err error) { s, err = o.Shard(st); return err })
	return s
}

// batch makes a batch of lines.
func (w *world) batch(s outputs.Shard, values ...string) *outputs.Batch {
	seg := inputs.Segment{Gen: &inputs.Generation{ID: 1, Stream: testStream, Path: testStream.Name}, Start: w.offset}
	for _, v := range values {
		seg.Data = append(append(seg.Data, v...), '\n')
		seg.Ends = append(seg.Ends, uint32(len(seg.Data)))
	}
	seg.End = seg.Start + int64(len(seg.Data))
	w.offset = seg.End
	return &outputs.Batch{Shard: s, Time: time.Now(), Segments: []inputs.Segment{seg}}
}

// write makes one attempt and expects a state.
func (w *world) write(b *outputs.Batch, want outputs.State) {
	w.Helper()
	w.out.Write(context.Background(), []*outputs.Batch{b})
	if b.Fate.State != want {
		w.Fatalf("fate %v (%v), want %v", b.Fate.State, b.Fate.Err, want)
	}
	if (b.Fate.Err == nil) != (want == outputs.Acked) {
		w.Fatalf("fate %v with error %v", want, b.Fate.Err)
	}
}

// deliver does as the agent does until the batch is acknowledged.
func (w *world) deliver(b *outputs.Batch) {
	w.Helper()
	await.OK(w.T, time.Minute, func() error {
		w.out.Write(context.Background(), []*outputs.Batch{b})
		b.Repeat = b.Fate.State == outputs.Unresolved
		return b.Fate.Err
	})
}

// values reads a partition back.
func (w *world) values(s outputs.Shard) []string { return readBack(w.T, w.kafka.ListenAddrs(), s) }

func readBack(t *testing.T, brokers []string, s outputs.Shard) []string {
	t.Helper()
	var out []string
	for _, m := range readMessages(t, brokers, s) {
		out = append(out, string(m.Value))
	}
	return out
}

func readMessages(t *testing.T, brokers []string, s outputs.Shard) []*sarama.ConsumerMessage {
	t.Helper()
	conf := sarama.NewConfig()
	conf.Consumer.MaxWaitTime = 20 * time.Millisecond
	client, err := sarama.NewClient(brokers, conf)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	end, err := client.GetOffset(s.Topic, s.Partition, sarama.OffsetNewest)
	if err != nil {
		t.Fatal(err)
	}
	if end == 0 {
		return nil
	}
	consumer, err := sarama.NewConsumerFromClient(client)
	if err != nil {
		t.Fatal(err)
	}
	defer consumer.Close()
	pc, err := consumer.ConsumePartition(s.Topic, s.Partition, sarama.OffsetOldest)
	if err != nil {
		t.Fatal(err)
	}
	defer pc.Close()
	var out []*sarama.ConsumerMessage
	for {
		select {
		case m := <-pc.Messages():
			out = append(out, m)
			if m.Offset+1 >= end {
				return out
			}
		case <-time.After(time.Minute):
			t.Fatalf("read %d of %d messages", len(out), end)
		}
	}
}

// expect compares a partition with what must be in it.
func (w *world) expect(s outputs.Shard, want ...string) {
	w.Helper()
	if got := w.values(s); fmt.Sprint(got) != fmt.Sprint(want) {
		w.Fatalf("the partition holds %q, want %q", got, want)
	}
}

var noCodec = func(c *Config) { c.Codec = recordbatch.None }
