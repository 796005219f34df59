package s3

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"sync"
	"time"

	"shipper/inputs"
	"shipper/outputs"
	"shipper/outputs/s3/object"
)

// Output stores segments as objects. It implements outputs.Output.
type Output struct {
	cfg    Config
	client client
	pace   pace
	health *outputs.Health

	mu       sync.Mutex
	closed   bool
	encoders []*object.Encoder // that nobody uses
}

// Open makes an Output. It asks nobody: a bucket that is not there shows in Status
// and Check, and Write tries again.
func Open(c Config) (*Output, error) {
	if err := c.fill(); err != nil {
		return nil, err
	}
	o := &Output{cfg: c, pace: pace{perSecond: c.MaxPuts, rush: outputs.NewRush()}}
	o.client.cfg = &o.cfg
	o.health = outputs.NewHealth(o.where())
	return o, nil
}

// where names the place for people.
func (o *Output) where() string {
	s := "s3://" + o.cfg.Bucket
	if o.cfg.Prefix != "" {
		s += "/" + o.cfg.Prefix
	}
	return s
}

// Shape asks for megabytes and minutes: a batch is an object.
func (o *Output) Shape() outputs.Shape {
	return outputs.Shape{
		BatchBytes: o.cfg.BatchSize, Linger: o.cfg.MaxAge, Bytes: true,
		// What can't be compressed grows by less than a hundredth. The rest is
		// what the encoder keeps, and the connection.
		EncodedBytes: o.cfg.BatchSize + o.cfg.BatchSize/64 + encoderBytes,
	}
}

// encoderBytes is what compressing needs beside raw and compressed bytes.
const encoderBytes = 2 << 20

// Shard gives each stream its own: objects of different logs have nothing to do
// with each other. Two that share one by chance only wait for each other.
func (o *Output) Shard(s *inputs.Stream) (outputs.Shard, error) {
	h := fnv.New32a()
	_, _ = fmt.Fprintf(h, "%s/%s", s.Input, s.Name) // a hash returns no error
	return outputs.Shard{Partition: int32(h.Sum32() & math.MaxInt32)}, nil
}

// Rush implements outputs.Pacer: it ends waits for Config.MaxPuts.
func (o *Output) Rush() (end func()) { return o.pace.rush.Begin() }

// Status describes the bucket.
func (o *Output) Status() outputs.Status { return o.health.Status() }

// Close makes later Writes be refused.
func (o *Output) Close(context.Context) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed, o.encoders = true, nil
	return nil
}

// encoder lends an encoder, or nil once the output is closed.
func (o *Output) encoder() *object.Encoder {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return nil
	}
	n := len(o.encoders)
	if n == 0 {
		return new(object.Encoder)
	}
	e := o.encoders[n-1]
	o.encoders = o.encoders[:n-1]
	return e
}

func (o *Output) giveBack(e *object.Encoder) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.closed {
		o.encoders = append(o.encoders, e)
	}
}

// pace spreads requests over time.
type pace struct {
	perSecond int
	rush      *outputs.Rush

	mu   sync.Mutex
	next time.Time
}

// wait blocks until one more request may be made. It fails only if ctx ends first, or if
// rush ends the wait; then none is counted.
func (p *pace) wait(ctx context.Context) error {
	if p.perSecond <= 0 {
		return ctx.Err()
	}
	p.mu.Lock()
	now := time.Now()
	at := p.next
	if at.Before(now) {
		at = now
	}
	each := time.Second / time.Duration(p.perSecond)
	p.next = at.Add(each)
	p.mu.Unlock()
	timer := time.NewTimer(at.Sub(now))
	defer timer.Stop()
	var err error
	select {
	case <-timer.C:
		return ctx.Err()
	case <-p.rush.Done():
		err = outputs.ErrRushed
	case <-ctx.Done():
		err = ctx.Err()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next = p.next.Add(-each)
	return err
}
