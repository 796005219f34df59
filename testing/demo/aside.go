package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"shipper/outputs/s3/object"
	"shipper/testing/demo/bucket"
)

// bucketName is the bucket for what Kafka does not take.
const bucketName = "demo-aside"

// aside is where lines go while the brokers are away.
type aside struct {
	bucket bucket.Bucket
	server http.Server
	url    string
}

func startAside() (*aside, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start object store: %w", err)
	}
	s := &aside{bucket: bucket.Bucket{Name: bucketName}, url: "http://" + l.Addr().String()}
	s.server = http.Server{Handler: &s.bucket, ReadHeaderTimeout: time.Minute}
	go func() { _ = s.server.Serve(l) }() // until close
	return s, nil
}

func (s *aside) close() { _ = s.server.Close() }

// lines counts those that were put aside, and those of objects that are marked as
// returned.
func (s *aside) lines() (diverted, returned int) {
	objects := s.bucket.Objects()
	for key, o := range objects {
		n, err := strconv.Atoi(o.Meta["records"])
		if err != nil {
			continue // a mark
		}
		diverted += n
		if _, marked := objects[key+object.Returned]; marked {
			returned += n
		}
	}
	return diverted, returned
}

// allReturned waits until every object is marked, as long as that goes on.
func (p *play) allReturned(ctx context.Context) error {
	last, since := -1, time.Now()
	for time.Since(since) < patience {
		diverted, returned := p.aside.lines()
		if p.diverted, p.returned = diverted, returned; diverted == returned {
			return nil
		}
		if returned != last {
			last, since = returned, time.Now()
		}
		p.screen.progress("%d of %d lines have returned from the bucket", returned, diverted)
		if err := sleep(ctx, 200*time.Millisecond); err != nil {
			return err
		}
	}
	return nil // the verdict says what is missing
}

// verify has the agent's own command compare the topic with the files, which are all
// there still.
func (p *play) verify(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, p.shipper, "verify", "--json", "--config", filepath.Join(p.agent.dir, "shipper.hcl"), p.logs)
	cmd.Env = credentials()
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	var report struct {
		Files []struct {
			Once  int64
			Twice []struct{ Records int64 }
		} `json:"files"`
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return fmt.Errorf("verify: %w", err)
	}
	if json.Unmarshal(out, &report) != nil {
		return fmt.Errorf("verify: %w: %s", err, complaint.String())
	}
	p.verified, p.proven = err == nil, 0
	for _, f := range report.Files {
		p.proven += f.Once
		for _, twice := range f.Twice {
			p.proven += twice.Records
		}
	}
	p.provenFiles = len(report.Files)
	return nil
}
