package queue

import (
	"time"

	"shipper/agent/routes"
	"shipper/inputs/logfile"
	"shipper/outputs"
)

// patient is the linger from which an output would rather wait for a full batch
// than have one made of what is there: the file is the queue, so nothing is lost
// by it, and nothing held.
const patient = time.Second

// due is when a stream of a patient output is to be looked at: as soon as there is
// a full batch, or after the linger. It asks the input and must not be called
// under mu.
func (q *Queue) due(c *logfile.Cursor, shape *outputs.Shape, now time.Time) time.Time {
	if q.hurried.Load() {
		return now
	}
	bytes, since := c.Unread()
	if bytes >= int64(shape.BatchBytes) || since.IsZero() {
		return now
	}
	if at := since.Add(shape.Linger); at.After(now) {
		return at
	}
	return now
}

// dueAll is when each of the cursors is due that belong to the route; nil if the
// output is not patient. It must not be called under mu.
func (q *Queue) dueAll(r *routes.Route, cursors []*logfile.Cursor, now time.Time) []time.Time {
	shape := q.currently().shape
	if shape.Linger < patient {
		return nil
	}
	due := make([]time.Time, len(cursors))
	for i, c := range cursors {
		if c.Route() == r.Number() {
			due[i] = q.due(c, &shape, now)
		}
	}
	return due
}

// earliest is when the first of the feeds of a turn is due; zero if the output is
// not patient, so that what is there is due. It must not be called under mu.
func (q *Queue) earliest(outcomes []Outcome, now time.Time) time.Time {
	first := time.Time{}
	if q.shape.Linger < patient {
		return first
	}
	for _, o := range outcomes {
		if o.Feed.route.Asleep(o.Feed.cursor) {
			continue
		}
		if at := q.due(o.Feed.cursor, &q.shape, now); first.IsZero() || at.Before(first) {
			first = at
		}
	}
	return first
}

// Hurry has the queue wait for no full batches, until it is called with false.
func (q *Queue) Hurry(on bool) {
	q.hurried.Store(on)
	if !on || q.shape.Linger < patient {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, s := range q.shards {
		if s.lingers() {
			q.advance(s, time.Now())
		}
	}
}
