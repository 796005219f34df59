package pipeline

import "shipper/inputs/logfile/notices"

// announcer announces what the kernel does, when the test says so: a watcher that
// waits for the kernel waits for what the clock of the test does not know.
type announcer struct {
	notices.Watcher // drained by pump only
	ready           chan struct{}
	events          chan notices.Event
}

func newAnnouncer() *announcer {
	w, err := notices.System()
	if err != nil {
		panic(err)
	}
	return &announcer{w, make(chan struct{}, 1), make(chan notices.Event, 1<<14)}
}

// Drain implements notices.Watcher.
func (a *announcer) Drain(event func(notices.Event)) (n int, whole bool) {
	for {
		select {
		case e := <-a.events:
			event(e)
			n++
		default:
			return n, true
		}
	}
}

// Await implements notices.Watcher.
func (a *announcer) Await() {
	if len(a.events) == 0 {
		return // pump tells
	}
	select {
	case a.ready <- struct{}{}:
	default:
	}
}

// Ready implements notices.Watcher.
func (a *announcer) Ready() <-chan struct{} { return a.ready }

// pump announces what has happened since the last time.
func (a *announcer) pump() {
	_, _ = a.Watcher.Drain(func(e notices.Event) { a.events <- e })
	a.Await()
}
