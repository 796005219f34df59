package quarantine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"shipper/agent/config"
	"shipper/agent/host"
	"shipper/agent/parts"
	"shipper/outputs"
	"shipper/outputs/quarantine"
)

const (
	// keepEvery is after how many sent records they are taken out of the file,
	// which is written anew each time.
	keepEvery = 100
	retry     = 200 * time.Millisecond
)

// Resend is how records are sent again.
type Resend struct {
	To      string        // topic, "" for each record's own
	Timeout time.Duration // how long brokers may take for one record
	Log     *slog.Logger
	// Refused is told of each record that was not taken, and stays.
	Refused func(*quarantine.Record, error)
}

// sender has the outputs open that records are sent to.
type sender struct {
	*Resend
	cfg  *config.Config
	open map[string]outputs.Output
}

// Resend sends the selected records again, through the outputs that they were
// for, with the same id, key, headers and time, and takes those that were
// acknowledged out of quarantine. It returns how many were sent and how many stay.
// If ctx ends, what was sent until then is taken out all the same.
func (p *Places) Resend(ctx context.Context, s Selection, how Resend) (sent, stay int, err error) {
	w := &sender{Resend: &how, cfg: p.cfg, open: map[string]outputs.Output{}}
	defer w.close()
	for _, path := range p.paths {
		n, err := edit(path, func(e *quarantine.Editor) (int, error) {
			n, m, err := w.file(ctx, e, path, &s)
			stay += m
			return n, err
		})
		if sent += n; err != nil {
			return sent, stay, err
		}
	}
	done := map[quarantine.Name]bool{}
	err = p.eachInTopics(ctx, &s, func(t *quarantine.Topic, r *quarantine.Record) error {
		if !done[r.Name()] {
			switch err := w.send(ctx, r); {
			case err != nil && ctx.Err() != nil:
				return ctx.Err()
			case err != nil:
				stay++
				w.Refused(r, err)
				return nil
			}
			done[r.Name()] = true
			sent++
		} // else it was put there twice
		return takeOut(ctx, t, r)
	})
	return sent, stay, err
}

// file sends the selected records of one file.
func (w *sender) file(ctx context.Context, e *quarantine.Editor, path string, s *Selection) (sent, stay int, err error) {
	done := map[quarantine.Name]bool{}
	remove := func() error {
		n, err := e.Remove(func(r *quarantine.Record) bool { return done[r.Name()] })
		sent += n
		clear(done)
		return err
	}
	var bad []error
	for r, err := range quarantine.Records(path) {
		if err != nil {
			bad = append(bad, err)
			continue
		}
		if !s.has(r) || done[r.Name()] {
			continue
		}
		switch err := w.send(ctx, r); {
		case err == nil:
			done[r.Name()] = true
		case ctx.Err() != nil:
			return sent, stay, errors.Join(remove(), ctx.Err())
		default:
			stay++
			w.Refused(r, err)
		}
		if len(done) >= keepEvery {
			if err := remove(); err != nil { // the loop goes on in the old file, which has the rest
				return sent, stay, err
			}
		}
	}
	return sent, stay, errors.Join(append(bad, remove())...)
}

// send delivers one record, or says why not.
func (w *sender) send(ctx context.Context, r *quarantine.Record) error {
	out, err := w.output(r.Output)
	if err != nil {
		return err
	}
	topic := r.Topic
	if w.To != "" {
		topic = w.To
	}
	ctx, cancel := context.WithTimeout(ctx, w.Timeout)
	defer cancel()
	b := r.Batch(topic)
	own := topic == r.Topic
	for {
		final, err := attempt(ctx, out, b, &own)
		if final || !wait(ctx) {
			return err
		}
	}
}

// attempt makes one attempt. It is final if the record was taken, or never will
// be. own tells that the record goes to the partition that it was for; it is
// cleared if that does not exist any more.
func attempt(ctx context.Context, out outputs.Output, b *outputs.Batch, own *bool) (final bool, err error) {
	if !*own && !b.Repeat {
		if b.Shard, err = out.Shard(b.Segments[0].Gen.Stream); err != nil {
			return false, err
		}
	}
	out.Write(ctx, []*outputs.Batch{b})
	fate := &b.Fate
	b.Repeat = fate.State == outputs.Unresolved
	*own = *own && !fate.Gone
	never := fate.State == outputs.Refused && (fate.TooLarge || fate.Class == outputs.RecordError)
	return fate.State == outputs.Acked || never, fate.Err
}

// wait lets some time pass before the next try, and tells whether there is one.
func wait(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(retry):
		return true
	}
}

// output opens the output of a record.
func (w *sender) output(label string) (outputs.Output, error) {
	if out := w.open[label]; out != nil {
		return out, nil
	}
	o := parts.Named(w.cfg, label)
	switch {
	case o == nil:
		return nil, fmt.Errorf("there is no output %s in the configuration any more", label)
	case o.Kafka == nil:
		return nil, fmt.Errorf("records can be sent again only to outputs of kind kafka; see them with \"shipper quarantine show\" and append them to %s by hand", label)
	}
	id, _ := host.ID(w.cfg.Agent.ID)
	out, err := parts.Output(o, id, 1, w.Log)
	if err == nil {
		w.open[label] = out
	}
	return out, err
}

func (w *sender) close() {
	ctx, cancel := context.WithTimeout(context.Background(), closeLimit)
	defer cancel()
	for _, out := range w.open {
		_ = out.Close(ctx) // all that counts was acknowledged
	}
}
