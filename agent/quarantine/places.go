package quarantine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"time"

	"shipper/agent/config"
	"shipper/agent/host"
	"shipper/agent/parts"
	"shipper/outputs/quarantine"
)

const (
	closeLimit   = 5 * time.Second  // for outputs to close
	takeOutLimit = 30 * time.Second // for a topic to take that a record is out
)

// Record is a record in quarantine.
type Record = quarantine.Record

// Selection is which records are meant. Its zero value means all.
type Selection struct {
	IDs    []string // as list shows them; nil: any
	Output string   // "": any
	Topic  string   // "": any
}

func (s *Selection) has(r *quarantine.Record) bool {
	return (s.IDs == nil || slices.Contains(s.IDs, r.ID())) &&
		(s.Output == "" || s.Output == r.Output) && (s.Topic == "" || s.Topic == r.Topic)
}

// Places are where the records in quarantine are by a configuration: its files, and
// its topics.
type Places struct {
	cfg    *config.Config
	paths  []string
	topics []*config.Output // whose records go to a topic first; each topic is here once
}

// Open finds the places. It touches none.
func Open(cfg *config.Config) *Places {
	p := &Places{cfg: cfg}
	for _, o := range cfg.Outputs {
		if path, _ := parts.QuarantineFile(cfg, o); !slices.Contains(p.paths, path) {
			p.paths = append(p.paths, path)
		}
		same := func(other *config.Output) bool {
			return parts.QuarantineTopic(other) == parts.QuarantineTopic(o) && slices.Equal(other.Kafka.Brokers, o.Kafka.Brokers)
		}
		if parts.QuarantineTopic(o) != "" && !slices.ContainsFunc(p.topics, same) {
			p.topics = append(p.topics, o)
		}
	}
	return p
}

// Paths are the files' paths.
func (p *Places) Paths() []string { return p.paths }

// Each calls see for the selected records. What can't be read is an error of the
// end, and does not keep back the rest.
func (p *Places) Each(ctx context.Context, s Selection, see func(*quarantine.Record)) error {
	var errs []error
	for _, path := range p.paths {
		for r, err := range quarantine.Records(path) {
			switch {
			case err != nil:
				errs = append(errs, err)
			case s.has(r):
				see(r)
			}
		}
	}
	errs = append(errs, p.eachInTopics(ctx, &s, func(_ *quarantine.Topic, r *quarantine.Record) error {
		see(r)
		return nil
	}))
	return errors.Join(errs...)
}

// eachInTopics calls f for the selected records of all topics, until it fails.
func (p *Places) eachInTopics(ctx context.Context, s *Selection, f func(*quarantine.Topic, *quarantine.Record) error) error {
	var errs []error
	for _, o := range p.topics {
		errs = append(errs, p.eachInTopic(ctx, o, s, f))
	}
	return errors.Join(errs...)
}

func (p *Places) eachInTopic(ctx context.Context, o *config.Output, s *Selection, f func(*quarantine.Topic, *quarantine.Record) error) error {
	id, _ := host.ID(p.cfg.Agent.ID)
	topic, err := parts.OpenQuarantineTopic(p.cfg, o, id, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeLimit)
		defer cancel()
		_ = topic.Close(ctx) // all that counts was acknowledged
	}()
	return topic.Each(ctx, func(r *quarantine.Record) error {
		if !s.has(r) {
			return nil
		}
		return f(topic, r)
	}, nil)
}

// Drop takes the selected records away for ever, and returns how many. A topic keeps
// them until its retention ends, but they are not listed any more.
func (p *Places) Drop(ctx context.Context, s Selection) (dropped int, err error) {
	for _, path := range p.paths {
		n, err := edit(path, func(e *quarantine.Editor) (int, error) { return e.Remove(s.has) })
		if dropped += n; err != nil {
			return dropped, err
		}
	}
	err = p.eachInTopics(ctx, &s, func(t *quarantine.Topic, r *quarantine.Record) error {
		err := takeOut(ctx, t, r)
		if err == nil {
			dropped++
		}
		return err
	})
	return dropped, err
}

// takeOut takes a record out of a topic. It does not end with ctx, so that what was
// sent again does not stay.
func takeOut(ctx context.Context, t *quarantine.Topic, r *quarantine.Record) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeOutLimit)
	defer cancel()
	for {
		err := t.TakeOut(ctx, r)
		if err == nil || !wait(ctx) {
			return err
		}
	}
}

// edit has f work as the only editor of a file.
func edit(path string, f func(*quarantine.Editor) (int, error)) (int, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	e, err := quarantine.Edit(path)
	if err != nil {
		return 0, err
	}
	n, err := f(e)
	if cerr := e.Close(); err == nil && cerr != nil {
		err = fmt.Errorf("unlock quarantine: %w", cerr)
	}
	return n, err
}
