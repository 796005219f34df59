package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"shipper/testing/bench/processes"
)

// shipping has files that are there shipped to their end.
type shipping struct {
	codec  string
	tls    bool
	noID   bool // records without the header id
	length int  // of a line, 0 for web-server-like ones
	files  int  // 0 is 1
	ack    time.Duration
	size   int64 // bytes of all files, 0 for what the options say
}

func (s *shipping) kind() kind             { return shipped }
func (s *shipping) repeats(o *options) int { return o.runs }

func (s *shipping) name() string {
	parts := []string{"185 B", s.codec}
	if s.length > 0 {
		parts[0] = fmt.Sprintf("%d B", s.length)
	}
	if s.tls {
		parts = append(parts, "TLS")
	}
	if s.noID {
		parts = append(parts, "no id")
	}
	if s.files > 1 {
		parts = append(parts, fmt.Sprintf("%d files", s.files))
	}
	if s.ack > 0 {
		parts = append(parts, fmt.Sprintf("ack after %v", s.ack))
	}
	return strings.Join(parts, ", ")
}

func (s *shipping) broker(ctx context.Context, e *env, want int64) (*processes.Broker, error) {
	args := []string{fmt.Sprintf("-check=%v", e.options.check), fmt.Sprintf("-ack-delay=%v", s.ack)}
	if s.tls {
		args = append(args, "-cert", e.cert, "-key", e.key)
	}
	return processes.StartBroker(ctx, e.discardPath, args, want)
}

func (s *shipping) floor(ctx context.Context, e *env) (*result, error) {
	files, err := e.files(s.length, max(1, s.files), s.size)
	if err != nil {
		return nil, err
	}
	b, err := s.broker(ctx, e, files.Lines)
	if err != nil {
		return nil, err
	}
	defer b.Stop()
	args := []string{"-broker", b.Addr, "-codec", s.codec, fmt.Sprintf("-id=%v", !s.noID), fmt.Sprintf("-stages=%v", s.ack == 0 && s.files <= 1)}
	if s.tls {
		args = append(args, "-ca", e.cert)
	}
	return e.floor(ctx, args, files)
}

func (s *shipping) agent(ctx context.Context, e *env, binary string) (*result, error) {
	return s.measure(ctx, e, binary, func(blocks string) string { return blocks })
}

// measure runs an agent whose blocks beside are changed so.
func (s *shipping) measure(ctx context.Context, e *env, binary string, change func(blocks string) string) (r *result, err error) {
	files, err := e.files(s.length, max(1, s.files), s.size)
	if err != nil {
		return nil, err
	}
	b, err := s.broker(ctx, e, files.Lines)
	if err != nil {
		return nil, err
	}
	defer b.Stop()
	set := []string{fmt.Sprintf("compression = %q", s.codec), fmt.Sprintf("record_id = %v", !s.noID)}
	if s.tls {
		set = append(set, fmt.Sprintf("tls {\n    ca = file(%q)\n  }", e.cert))
	}
	a, err := e.start(ctx, binary, change(processes.ToKafka(files.Dir, b.Addr, set...)))
	if err != nil {
		return nil, err
	}
	early := e.until(b.Reached, b.Ended, a)
	r = &result{Lines: files.Lines, Bytes: files.Bytes, Wall: time.Since(a.Begun).Seconds()}
	if err := a.stop(early, r); err != nil {
		return nil, fmt.Errorf("%w; %d of %d lines arrived", err, b.Last.Load().Records, files.Lines)
	}
	stats := b.Stop()
	if r.Repeated = stats.Records - files.Lines; stats.Refused > 0 {
		return nil, fmt.Errorf("the broker refused %d batches", stats.Refused)
	}
	r.CPU = a.Used()
	return r, nil
}

// starting has so little shipped that what it costs is start and end of the agent.
type starting struct{ shipping }

func (s *starting) kind() kind   { return started }
func (s *starting) name() string { return "start, 64 KiB shipped, end" }

// floor has none: the loop's own start is in none of its figures.
func (s *starting) floor(context.Context, *env) (*result, error) { return nil, nil }
