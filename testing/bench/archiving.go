package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"shipper/testing/bench/bucket"
)

// archiving has files put into a bucket that keeps nothing.
type archiving struct{ files int }

func (a *archiving) kind() kind             { return shipped }
func (a *archiving) repeats(o *options) int { return o.runs }
func (a *archiving) name() string {
	return fmt.Sprintf("185 B, zstd, to a bucket, %d files", a.files)
}

func (a *archiving) floor(ctx context.Context, e *env) (*result, error) {
	files, err := e.files(0, a.files, 0)
	if err != nil {
		return nil, err
	}
	b, err := bucket.Start(0)
	if err != nil {
		return nil, err
	}
	defer b.Stop()
	return e.floor(ctx, []string{"-bucket", b.URL}, files)
}

// archiveBlocks configure an archive: defaults, but that what is left at the end
// does not wait for more.
const archiveBlocks = `input "logfile" "bench" {
  paths  = [%q]
  output = output.s3.bench
}

output "s3" "bench" {
  bucket     = "bench"
  endpoint   = %q
  path_style = true
  max_age    = "1s"
}
`

func (a *archiving) agent(ctx context.Context, e *env, binary string) (*result, error) {
	files, err := e.files(0, a.files, 0)
	if err != nil {
		return nil, err
	}
	b, err := bucket.Start(files.Bytes)
	if err != nil {
		return nil, err
	}
	defer b.Stop()
	agent, err := e.start(ctx, binary, fmt.Sprintf(archiveBlocks, filepath.Join(files.Dir, "*.log"), b.URL))
	if err != nil {
		return nil, err
	}
	early := e.until(b.Reached, nil, agent)
	r := &result{Lines: files.Lines, Bytes: files.Bytes, Wall: time.Since(agent.Begun).Seconds()}
	if err := agent.stop(early, r); err != nil {
		return nil, err
	}
	r.CPU = agent.Used()
	if put := b.Stop(); put.Raw != files.Bytes {
		return nil, fmt.Errorf("%d bytes of %d were put", put.Raw, files.Bytes)
	}
	return r, nil
}
