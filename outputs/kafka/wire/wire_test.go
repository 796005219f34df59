package wire

import (
	"bytes"
	"context"
	"crypto/rand"
	"net"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// What is framed here must be, byte for byte, what kmsg frames.
func TestFrameIsTheProtocols(t *testing.T) {
	for version := int16(minProduce); version <= maxProduce; version++ {
		for _, sizes := range [][]int{{0}, {70}, {126, 127, 128}, {16383, 1, 16384}} {
			c := &Conn{produce: version, clientID: "shipper", correlation: 77}
			var parts []Part
			req := kmsg.NewPtrProduceRequest()
			req.Version, req.Acks, req.TimeoutMillis = version, -1, 8000
			for i, n := range sizes {
				p := Part{Topic: "events", Partition: int32(i), Records: make([]byte, n)}
				if i == 2 {
					p.Topic = "other"
				}
				if _, err := rand.Read(p.Records); err != nil {
					t.Fatal(err)
				}
				parts = append(parts, p)
				if len(req.Topics) == 0 || req.Topics[len(req.Topics)-1].Topic != p.Topic {
					rt := kmsg.NewProduceRequestTopic()
					rt.Topic = p.Topic
					req.Topics = append(req.Topics, rt)
				}
				rt := &req.Topics[len(req.Topics)-1]
				rp := kmsg.NewProduceRequestTopicPartition()
				rp.Partition, rp.Records = p.Partition, p.Records
				rt.Partitions = append(rt.Partitions, rp)
			}
			want := kmsg.NewRequestFormatter(kmsg.FormatterClientID("shipper")).AppendRequest(nil, req, 77)
			c.frame(parts, 8000)
			if got := bytes.Join(c.bufs, nil); !bytes.Equal(got, want) {
				t.Errorf("version %d, sizes %v:\n got %x\nwant %x", version, sizes, got, want)
			}
		}
	}
}

func TestSessionEndsBeforeTheBrokersDoes(t *testing.T) {
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(), kfake.Superuser(Plain, "u", "p"),
		kfake.BrokerConfigs(map[string]string{"connections.max.reauth.ms": "10000"}))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	d := Dialer{ClientID: "shipper", SASL: SASL{Mechanism: Plain, Username: "u", Password: "p"}}
	conn, err := d.Dial(t.Context(), c.ListenAddrs()[0], time.Now().Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if now := time.Now(); conn.Expired(now) || !conn.Expired(now.Add(9500*time.Millisecond)) {
		t.Errorf("the session ends at %v, in %v", conn.expires, time.Until(conn.expires))
	}
}

// pair is a connection and the server's end of it.
func pair(t *testing.T) (*Conn, net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	nc, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close(); server.Close() })
	return &Conn{addr: "test", nc: nc, raw: nc, produce: 9}, server
}

func TestIdleConnectionThatEndedIsNoticed(t *testing.T) {
	c, server := pair(t)
	if !c.Idle() {
		t.Fatal("a living connection is taken for dead")
	}
	server.Close()
	for deadline := time.Now().Add(time.Minute); c.Idle(); {
		if time.Now().After(deadline) {
			t.Fatal("a dead connection is taken for alive")
		}
	}
}

func TestSentTellsWhetherAnyByteLeft(t *testing.T) {
	parts := []Part{{Topic: "t", Records: []byte("x")}}
	c, _ := pair(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, sent, err := c.Produce(ctx, time.Now().Add(time.Second), time.Second, parts); sent || err == nil {
		t.Errorf("cancelled before: sent %v, %v", sent, err)
	}
	c, _ = pair(t)
	if _, sent, err := c.Produce(t.Context(), time.Now().Add(-time.Second), time.Second, parts); sent || err == nil || !c.Broken() {
		t.Errorf("too late: sent %v, %v", sent, err)
	}
	c, _ = pair(t)
	if _, sent, err := c.Produce(t.Context(), time.Now().Add(time.Second), time.Second, parts); !sent || err == nil || !c.Broken() {
		t.Errorf("no answer: sent %v, %v", sent, err)
	}
	// A server that reads nothing takes a part of a large request.
	c, _ = pair(t)
	large := []Part{{Topic: "t", Records: make([]byte, 64<<20)}}
	if _, sent, err := c.Produce(t.Context(), time.Now().Add(2*time.Second), time.Second, large); !sent || err == nil || !c.Broken() {
		t.Errorf("a part: sent %v, %v", sent, err)
	}
}

func TestResponsesThatAreNoneBreakTheConnection(t *testing.T) {
	for name, response := range map[string][]byte{
		"another's":       {0, 0, 0, 5, 0, 0, 0, 9, 0},
		"nothing":         {0, 0, 0, 0},
		"huge":            {0x7f, 0, 0, 0},
		"TLS alert":       {0x15, 3, 3, 0, 2, 2, 70},
		"cut short":       {0, 0, 0, 40, 0, 0, 0, 1, 0},
		"broken tags":     {0, 0, 0, 6, 0, 0, 0, 1, 1, 0},
		"content missing": {0, 0, 0, 5, 0, 0, 0, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			c, server := pair(t)
			go func() {
				_, _ = server.Read(make([]byte, 512))
				_, _ = server.Write(response)
				if name == "cut short" {
					server.Close()
				}
			}()
			_, sent, err := c.Produce(t.Context(), time.Now().Add(time.Minute), time.Second, []Part{{Topic: "t", Records: []byte("x")}})
			if !sent || err == nil || !c.Broken() {
				t.Errorf("sent %v, %v, broken %v", sent, err, c.Broken())
			}
		})
	}
}

func FuzzResponse(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 0}, true)
	f.Add([]byte{0, 0, 0, 1, 2, 0, 1, 7, 1, 0, 1, 2}, true)
	f.Fuzz(func(_ *testing.T, in []byte, tags bool) {
		if len(in) < 4 {
			return
		}
		c := &Conn{in: in, correlation: 1}
		body, err := c.body(tags)
		if err != nil {
			return
		}
		resp := kmsg.ProduceResponse{Version: 9}
		_ = resp.ReadFrom(body)
	})
}
