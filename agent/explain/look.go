package explain

import (
	"shipper/agent/explain/look"
	"shipper/inputs/logfile/calls"
)

// look looks at the file at a path, which is absolute. If its file system does not answer,
// it is what was last seen there, and no others are looked at; the calls that hang go on by
// themselves.
func (s *Source) look(name string) *look.File {
	if f, ok := calls.Ask(s.calls, func() *look.File { return look.At(name, s.recognise) }); ok {
		return f
	}
	out := &look.File{Path: name, Err: calls.ErrSilent}
	for _, g := range s.State.Generations {
		if g.Path == name && (out.Known == nil || g.Order > out.Known.Order) {
			out.Known = g
		}
	}
	s.silent = out
	return out
}
