package waiting

import "time"

// List is who waits, and until when. Make one with New. It is guarded by a lock of its
// owner, but for News.
type List[T comparable] struct {
	until map[T]time.Time
	news  chan struct{} // holds one
}

// New makes a List of nobody.
func New[T comparable]() *List[T] {
	return &List[T]{until: map[T]time.Time{}, news: make(chan struct{}, 1)}
}

// Until has who wait until then, or for less if that was asked for before.
func (l *List[T]) Until(who T, then time.Time) {
	if at, ok := l.until[who]; ok && !then.Before(at) {
		return
	}
	if len(l.until) == 0 {
		l.Tell()
	}
	l.until[who] = then
}

// Over takes out, and returns, those whose time has come.
func (l *List[T]) Over(now time.Time) (over []T) {
	for who, at := range l.until {
		if !now.Before(at) {
			over = append(over, who)
			delete(l.until, who)
		}
	}
	return over
}

// Drop has who wait no longer.
func (l *List[T]) Drop(who T) { delete(l.until, who) }

// Len is how many wait.
func (l *List[T]) Len() int { return len(l.until) }

// Tell has News receive: something waits that is not in the List. It does not block.
func (l *List[T]) Tell() {
	select {
	case l.news <- struct{}{}:
	default:
	}
}

// News receives once after Tell, and after an Until while nobody waited.
func (l *List[T]) News() <-chan struct{} { return l.news }
