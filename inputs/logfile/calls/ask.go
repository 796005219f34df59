package calls

import (
	"fmt"
	"sync"
	"time"
)

// forPeople is how long a command that somebody waits for lets one call take.
const forPeople = 2 * time.Second

// ErrSilent is why such a command knows nothing of a file.
var ErrSilent = fmt.Errorf("the file system did not answer within %s", forPeople)

// NewQuestions makes a Group for a command that looks at files, with nothing else to do.
func NewQuestions() *Group {
	g := NewGroup(&sync.Mutex{})
	g.Patience = forPeople
	return g
}

// Ask returns what a call of a Group of NewQuestions brings, or false if it hangs, or was
// not begun since as many hang as may: see ErrSilent. One that hangs goes on by itself. The
// caller does not hold the lock.
func Ask[T any](g *Group, ask func() T) (said T, ok bool) {
	come := make(chan T, 1)
	if ok = g.Try(0, func() { come <- ask() }, func() {}); ok {
		said = <-come
	}
	return said, ok
}
