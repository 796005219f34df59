package wire

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// maxResponse bounds what a broker can make us allocate: the largest response
// we ask for is metadata.
const maxResponse = 64 << 20

const (
	lengthSize  = 4   // of what stands before each request and response
	minResponse = 512 // what there is room for at least: most answers are shorter
)

var errClosed = errors.New("the broker closed the connection")

type versionRange struct {
	min, max int16
	known    bool
}

// Conn is a connection to a broker that answers one request at a time. It is
// for one goroutine at a time. After any error other than those of a response's
// content it is broken and must be closed.
type Conn struct {
	// Cluster is the id of the cluster that the broker belongs to, "" if that was
	// not asked or not told. A connection never leads to another one, as an
	// address may. It is for whoever dialled to fill in.
	Cluster string

	addr     string
	nc       net.Conn // with TLS if there is any
	raw      net.Conn // the TCP connection below
	clientID string

	versions [64]versionRange // by api key
	produce  int16            // the version of produce requests
	expires  time.Time        // end of the SASL session, zero if it has none

	correlation int32
	broken      bool
	aborted     atomic.Bool
	out         []byte
	room        []byte // for answers
	in          []byte // the last of them, within room
	bufs        net.Buffers
	response    kmsg.ProduceResponse
}

// Addr is the address that was dialled.
func (c *Conn) Addr() string { return c.addr }

// Close closes the connection.
func (c *Conn) Close() error { return c.nc.Close() }

// Abort ends the exchange that is under way, and the connection with it. Unlike
// other methods it may be called at any time.
func (c *Conn) Abort() {
	c.aborted.Store(true)
	_ = c.raw.SetDeadline(time.Unix(1, 0))
}

// Aborted tells whether Abort was called.
func (c *Conn) Aborted() bool { return c.aborted.Load() }

// Broken tells whether the connection can't be used any more.
func (c *Conn) Broken() bool { return c.broken }

// Expired tells whether the SASL session has ended at now, or is about to:
// the broker closes a connection that sends a request after that.
func (c *Conn) Expired(now time.Time) bool { return !c.expires.IsZero() && now.After(c.expires) }

// Idle tells whether the connection, not used for a while, is still worth
// using: brokers close idle connections, and a request written to a closed one
// would count as sent.
func (c *Conn) Idle() bool { return !c.broken && quiet(c.raw) }

// Ask is Call with the type of its response.
func Ask[R kmsg.Response](ctx context.Context, c *Conn, deadline time.Time, req kmsg.Request, limit int16) (R, error) {
	var none R
	r, err := c.Call(ctx, deadline, req, limit)
	if err != nil {
		return none, err
	}
	resp, ok := r.(R)
	if !ok {
		return none, fmt.Errorf("response to %s is a %T", kmsg.NameForKey(req.Key()), r)
	}
	return resp, nil
}

// Call sends a request in the highest version that both sides speak, but not
// above limit, and returns the response.
func (c *Conn) Call(ctx context.Context, deadline time.Time, req kmsg.Request, limit int16) (kmsg.Response, error) {
	key := req.Key()
	if key < 0 || int(key) >= len(c.versions) || !c.versions[key].known {
		return nil, fmt.Errorf("broker %s does not speak %s", c.addr, kmsg.NameForKey(key))
	}
	r := c.versions[key]
	version := min(r.max, limit, req.MaxVersion())
	if version < r.min {
		return nil, fmt.Errorf("broker %s speaks only newer versions of %s than we do", c.addr, kmsg.NameForKey(key))
	}
	req.SetVersion(version)
	return c.call(ctx, deadline, req)
}

func (c *Conn) call(ctx context.Context, deadline time.Time, req kmsg.Request) (kmsg.Response, error) {
	c.correlation++
	c.out = kmsg.NewRequestFormatter(kmsg.FormatterClientID(c.clientID)).AppendRequest(c.out[:0], req, c.correlation)
	c.bufs = append(c.bufs[:0], c.out)
	if _, err := c.exchange(ctx, deadline); err != nil {
		return nil, err
	}
	// The response header of ApiVersions has no tags in any version.
	body, err := c.body(req.IsFlexible() && req.Key() != int16(kmsg.ApiVersions))
	if err != nil {
		return nil, err
	}
	resp := req.ResponseKind()
	if req.Key() == int16(kmsg.ApiVersions) && len(body) >= 2 && binary.BigEndian.Uint16(body) == 35 {
		resp.SetVersion(0) // "unsupported version" is always said in version 0
	}
	if err := resp.ReadFrom(body); err != nil {
		c.broken = true
		return nil, fmt.Errorf("read response of %s to %s: %w", c.addr, kmsg.NameForKey(req.Key()), err)
	}
	return resp, nil
}

// exchange writes c.bufs and reads one response into c.in. sent is false if
// certainly no byte of the request reached the socket.
func (c *Conn) exchange(ctx context.Context, deadline time.Time) (sent bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if err := c.nc.SetDeadline(deadline); err != nil {
		c.broken = true
		return false, err
	}
	if c.Aborted() { // just before: the deadline was for nothing
		c.broken = true
		return false, os.ErrDeadlineExceeded
	}
	if ctx.Done() != nil {
		stop := context.AfterFunc(ctx, func() { _ = c.raw.SetDeadline(time.Unix(1, 0)) })
		defer func() {
			if !stop() { // the deadline may be changed at any moment from now on
				c.broken = true
				if err != nil {
					err = fmt.Errorf("%w: %w", context.Cause(ctx), err)
				}
			}
		}()
	}
	bufs := c.bufs // WriteTo consumes its receiver
	n, err := c.bufs.WriteTo(c.nc)
	c.bufs = bufs[:0]
	clear(bufs) // hold on to nobody's records
	if err != nil {
		c.broken = true
		// What TLS counts are bytes before encryption: of a failed write
		// some may have left uncounted.
		return n > 0 || c.nc != c.raw, fmt.Errorf("write to %s: %w", c.addr, err)
	}
	if err := c.receive(); err != nil {
		c.broken = true
		return true, fmt.Errorf("read from %s: %w", c.addr, err)
	}
	return true, nil
}

// receive reads one frame into c.in, mostly by one read.
func (c *Conn) receive() error {
	if len(c.room) < minResponse {
		c.room = make([]byte, minResponse)
	}
	n, err := io.ReadAtLeast(c.nc, c.room, lengthSize)
	if err != nil {
		if errors.Is(err, io.EOF) {
			return errClosed
		}
		return err
	}
	size := binary.BigEndian.Uint32(c.room)
	if size < 4 || size > maxResponse {
		return fmt.Errorf("a response of %d bytes: is this a Kafka port, and without TLS?", size)
	}
	end := lengthSize + int(size)
	if n > end { // the answer is good, but nothing that follows will be
		c.broken = true
	}
	if len(c.room) < end {
		c.room = append(c.room[:n], make([]byte, end-n)...)
	}
	if n < end {
		if _, err := io.ReadFull(c.nc, c.room[n:end]); err != nil {
			return fmt.Errorf("response cut short: %w", err)
		}
	}
	c.in = c.room[lengthSize:end]
	return nil
}

// body checks the header of the response in c.in and returns what follows it.
func (c *Conn) body(tags bool) ([]byte, error) {
	b := c.in
	if got := int32(binary.BigEndian.Uint32(b)); got != c.correlation {
		c.broken = true
		return nil, fmt.Errorf("response of %s is to request %d and not to %d", c.addr, got, c.correlation)
	}
	b = b[4:]
	if !tags {
		return b, nil
	}
	count, n := binary.Uvarint(b)
	for ; n > 0 && count > 0; count-- {
		b = b[n:]
		if _, n = binary.Uvarint(b); n <= 0 {
			break
		}
		b = b[n:]
		var size uint64
		if size, n = binary.Uvarint(b); n <= 0 || size > uint64(len(b)-n) {
			n = 0
			break
		}
		n += int(size)
	}
	if n <= 0 {
		c.broken = true
		return nil, fmt.Errorf("response of %s has a broken header", c.addr)
	}
	return b[n:], nil
}
