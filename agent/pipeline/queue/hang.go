package queue

import "time"

// Lose notes that a lane has lost the shard of a feed of which it still waits for a
// read: the shard may be given back without it.
func (q *Queue) Lose(f *Feed) {
	q.mu.Lock()
	defer q.mu.Unlock()
	f.hung = true
}

// Find takes a feed back whose overdue read has returned, with what it has brought. Behind
// that there may be more, of which a wake has told, or tells until it is taken: a feed
// that waits is only told once.
func (q *Queue) Find(f *Feed, a Ahead) {
	q.mu.Lock()
	defer q.mu.Unlock()
	defer q.freed.Broadcast()
	brought := a.Seg.Start < a.Seg.End
	again := a.More || f.woken || brought
	f.hung, f.inFlight, f.woken = false, false, false
	if brought && f.route.Lead() == nil { // else the lead may pass it
		a.More = true
		f.ahead = &a
	}
	switch {
	case f.route.Ended():
	case !again:
		f.idle = time.Now()
	case q.enqueue(f):
		q.schedule(f.shard, time.Now())
	}
}
