package explain

import (
	"fmt"
	"time"

	"shipper/agent/explain/look"
)

// patience is how long the file system may take to tell of one file.
const patience = 2 * time.Second

var errSilent = fmt.Errorf("the file system did not answer within %s", patience)

// answer is what a look at one file says, false if its file system does not answer.
func answer[T any](s *Source, ask func() T) (said T, ok bool) {
	come := make(chan T, 1)
	if ok = s.calls.Try(0, func() { come <- ask() }, func() {}); ok {
		said = <-come
	}
	return said, ok
}

// look looks at the file at a path, which is absolute. If its file system does not answer,
// it is what was last seen there, and no others are looked at; the calls that hang go on by
// themselves.
func (s *Source) look(name string) *look.File {
	if f, ok := answer(s, func() *look.File { return look.At(name, s.recognise) }); ok {
		return f
	}
	out := &look.File{Path: name, Err: errSilent}
	for _, g := range s.State.Generations {
		if g.Path == name && (out.Known == nil || g.Order > out.Known.Order) {
			out.Known = g
		}
	}
	s.silent = out
	return out
}
