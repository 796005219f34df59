package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"shipper/outputs"
	"shipper/outputs/kafka/codes"
)

// Dialer is how brokers are reached. It is immutable and safe for concurrent use.
type Dialer struct {
	ClientID string
	TLS      *TLS // nil: no TLS
	SASL     SASL
	// Net makes the connection that all else is spoken on; nil is TCP.
	Net func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Connect makes a connection to addr without a word to the broker, until deadline
// at most.
func (d *Dialer) Connect(ctx context.Context, addr string, deadline time.Time) (net.Conn, error) {
	if d.Net == nil {
		nd := net.Dialer{Deadline: deadline}
		return nd.DialContext(ctx, "tcp", addr)
	}
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	return d.Net(ctx, "tcp", addr)
}

// Stage is a step on the way to a usable connection.
type Stage string

// The stages, in order.
const (
	StageTCP      Stage = "connect"
	StageTLS      Stage = "TLS handshake"
	StageVersions Stage = "negotiate versions"
	StageSASL     Stage = "authenticate"
)

// Error is a failed dial: which broker, at which stage.
type Error struct {
	Addr  string
	Stage Stage
	Err   error
}

func (e *Error) Error() string { return string(e.Stage) + " " + e.Addr + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Refusal tells whether the broker, or we, refused the other side's identity,
// as opposed to a network or a broker that failed.
func (e *Error) Refusal() bool {
	var (
		certificate *tls.CertificateVerificationError
		alert       tls.AlertError
		record      tls.RecordHeaderError
		transport   net.Error
		code        codes.Code
	)
	switch e.Stage {
	case StageTLS:
		return errors.As(e.Err, &certificate) || errors.As(e.Err, &alert) || errors.As(e.Err, &record)
	case StageSASL:
		if errors.As(e.Err, &code) {
			return code.Class() == outputs.AuthError
		}
		// Some brokers just hang up on a wrong password.
		return !errors.As(e.Err, &transport)
	case StageTCP, StageVersions:
	}
	return false
}

// Dial connects to addr, does the TLS handshake, negotiates versions and
// authenticates. It blocks until deadline at most, or until ctx ends. Errors
// are of type *Error.
func (d *Dialer) Dial(ctx context.Context, addr string, deadline time.Time) (*Conn, error) {
	fail := func(stage Stage, err error) (*Conn, error) {
		return nil, &Error{Addr: addr, Stage: stage, Err: err}
	}
	nc, err := d.Connect(ctx, addr, deadline)
	if err != nil {
		return fail(StageTCP, err)
	}
	c := &Conn{addr: addr, nc: nc, raw: nc, clientID: d.ClientID}
	if d.TLS != nil {
		conf, stale := d.TLS.Config()
		if conf.ServerName == "" {
			host, _, err := net.SplitHostPort(addr)
			if err != nil {
				host = addr
			}
			conf = conf.Clone()
			conf.ServerName = host
		}
		tc := tls.Client(nc, conf)
		hctx, cancel := context.WithDeadline(ctx, deadline)
		err := tc.HandshakeContext(hctx)
		cancel()
		if err != nil {
			_ = nc.Close()
			if stale != nil {
				err = fmt.Errorf("%w (%w)", err, stale)
			}
			return fail(StageTLS, err)
		}
		c.nc = tc
	}
	if err := c.negotiate(ctx, deadline); err != nil {
		_ = c.Close()
		return fail(StageVersions, err)
	}
	if d.SASL.Mechanism != "" {
		if err := c.authenticate(ctx, deadline, d.SASL); err != nil {
			c.Close()
			return fail(StageSASL, err)
		}
	}
	return c, nil
}

// The versions of produce that are spoken: 8 is the first that names poisonous
// records, 13 the first that names topics by id alone.
const (
	minProduce = 8
	maxProduce = 12
)

// negotiate asks the broker for the versions of all requests.
func (c *Conn) negotiate(ctx context.Context, deadline time.Time) error {
	req := kmsg.NewPtrApiVersionsRequest()
	req.ClientSoftwareName = "shipper"
	req.ClientSoftwareVersion = "1"
	var resp *kmsg.ApiVersionsResponse
	for _, version := range []int16{3, 0} {
		req.Version = version
		r, err := c.call(ctx, deadline, req)
		if err != nil {
			return err
		}
		var ok bool
		if resp, ok = r.(*kmsg.ApiVersionsResponse); !ok {
			return fmt.Errorf("response to ApiVersions is a %T", r)
		}
		// A broker that does not know version 3 says so in version 0.
		if codes.Code(resp.ErrorCode) != codes.UnsupportedVersion {
			break
		}
	}
	if resp.ErrorCode != 0 {
		return codes.Code(resp.ErrorCode)
	}
	for _, k := range resp.ApiKeys {
		if k.ApiKey >= 0 && int(k.ApiKey) < len(c.versions) {
			c.versions[k.ApiKey] = versionRange{min: k.MinVersion, max: k.MaxVersion, known: true}
		}
	}
	produce := c.versions[kmsg.Produce]
	c.produce = min(produce.max, maxProduce)
	if !produce.known || c.produce < minProduce || produce.min > maxProduce {
		return fmt.Errorf("broker speaks produce %d to %d, but %d to %d is needed (Kafka 2.4 or newer): %w",
			produce.min, produce.max, minProduce, maxProduce, codes.UnsupportedVersion)
	}
	return nil
}
