package wire

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Part is the records of one partition in a produce request.
type Part struct {
	Topic     string
	Partition int32
	Records   []byte // one record batch, owned by the caller until Produce returns
}

// Produce sends one acks=all request and waits for its response, which is valid
// until the next call. timeout is how long the broker may wait for replicas;
// sent is false if certainly no byte of the request reached the socket. With an
// error and sent nothing is known of the records.
func (c *Conn) Produce(ctx context.Context, deadline time.Time, timeout time.Duration, parts []Part) (resp *kmsg.ProduceResponse, sent bool, err error) {
	c.correlation++
	c.frame(parts, int32(timeout.Milliseconds()))
	if sent, err = c.exchange(ctx, deadline); err != nil {
		return nil, sent, err
	}
	body, err := c.body(c.produce >= 9)
	if err != nil {
		return nil, true, err
	}
	c.response = kmsg.ProduceResponse{Version: c.produce}
	if err := c.response.ReadFrom(body); err != nil {
		c.broken = true
		return nil, true, fmt.Errorf("read response of %s to Produce: %w", c.addr, err)
	}
	return &c.response, true, nil
}

// frame lays the request out in c.bufs: its own bytes, which are in c.out, and
// between them the record batches where they are. Parts of one topic must be
// neighbours: they share one entry, as brokers demand.
func (c *Conn) frame(parts []Part, timeoutMillis int32) {
	flexible := c.produce >= 9
	b := c.out[:0]
	b = append(b, 0, 0, 0, 0) // size, filled in below
	b = binary.BigEndian.AppendUint16(b, uint16(kmsg.Produce))
	b = binary.BigEndian.AppendUint16(b, uint16(c.produce))
	b = binary.BigEndian.AppendUint32(b, uint32(c.correlation))
	b = binary.BigEndian.AppendUint16(b, uint16(len(c.clientID)))
	b = append(b, c.clientID...)
	if flexible {
		b = append(b, 0) // header tags
		b = append(b, 0) // no transactional id
	} else {
		b = binary.BigEndian.AppendUint16(b, 0xffff)
	}
	b = binary.BigEndian.AppendUint16(b, 0xffff) // acks=all
	b = binary.BigEndian.AppendUint32(b, uint32(timeoutMillis))

	topics := 0
	for i := range parts {
		if i == 0 || parts[i].Topic != parts[i-1].Topic {
			topics++
		}
	}
	b = appendLength(b, topics, flexible)
	// Where the frame is cut to let the records in: offsets now, slices once
	// b has stopped moving.
	var few [8]int
	cuts := few[:0]
	for i := range parts {
		p := &parts[i]
		if i == 0 || p.Topic != parts[i-1].Topic {
			if flexible {
				b = binary.AppendUvarint(b, uint64(len(p.Topic))+1)
			} else {
				b = binary.BigEndian.AppendUint16(b, uint16(len(p.Topic)))
			}
			b = append(b, p.Topic...)
			n := 1
			for i+n < len(parts) && parts[i+n].Topic == p.Topic {
				n++
			}
			b = appendLength(b, n, flexible)
		}
		b = binary.BigEndian.AppendUint32(b, uint32(p.Partition))
		b = appendLength(b, len(p.Records), flexible)
		cuts = append(cuts, len(b))
		if flexible {
			b = append(b, 0) // partition tags
			if i+1 == len(parts) || parts[i+1].Topic != p.Topic {
				b = append(b, 0) // topic tags
			}
		}
	}
	if flexible {
		b = append(b, 0) // request tags
	}
	c.out = b

	size, start := len(b)-4, 0
	c.bufs = c.bufs[:0]
	for i, cut := range cuts {
		c.bufs = append(c.bufs, b[start:cut], parts[i].Records)
		size += len(parts[i].Records)
		start = cut
	}
	if start < len(b) {
		c.bufs = append(c.bufs, b[start:])
	}
	binary.BigEndian.PutUint32(b, uint32(size))
}

func appendLength(b []byte, n int, flexible bool) []byte {
	if flexible {
		return binary.AppendUvarint(b, uint64(n)+1)
	}
	return binary.BigEndian.AppendUint32(b, uint32(n))
}
