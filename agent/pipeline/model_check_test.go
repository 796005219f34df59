package pipeline

import (
	"fmt"
	"strings"

	"shipper/inputs"
)

// delivery is a record as the broker took it.
type delivery struct {
	gen    uint64
	offset int64
	value  string
	piece  inputs.Piece
	late   bool
}

// partialKey is where the rest of a line is expected of which a part was
// delivered.
type partialKey struct {
	gen    uint64
	offset int64
}

// deliver compares a record with what was written, and returns its line.
func (w *world) deliver(d delivery) *modelLine {
	if l := w.partial[partialKey{d.gen, d.offset}]; l != nil && d.piece != inputs.WholeLine || l != nil && l.text[l.partial:] == d.value {
		return w.rest(l, d)
	}
	var log, number int
	if n, err := fmt.Sscanf(d.value, "%d.%d ", &log, &number); n < 2 || err != nil || log >= len(w.logs) || number >= len(w.logs[log].lines) {
		w.fail("delivered what was never written: %+v", d)
		return nil
	}
	l := w.logs[log].lines[number]
	first := l.times == 0 && l.partial == 0
	switch {
	case d.value == l.text && l.ended && d.piece == inputs.WholeLine:
		l.times++
	case d.piece == inputs.PiecePartial && strings.HasPrefix(l.text, d.value):
		l.partial = max(l.partial, len(d.value))
		w.partial[partialKey{d.gen, d.offset + int64(len(d.value))}] = l
	default:
		w.fail("a torn line: %+v of %q", d, l.text)
	}
	if l.times > l.allowed {
		w.fail("line %q of generation %d is delivered %d times: %+v", l.text, l.gen.number, l.times, d)
	}
	w.ordered(l, d, first)
	return l
}

// rest is the rest of a line that was delivered in part.
func (w *world) rest(l *modelLine, d delivery) *modelLine {
	if l.text[l.partial:] != d.value {
		w.fail("the rest of line %q is delivered as %+v", l.text, d)
	}
	l.times++
	return l
}

// ordered holds the first delivery of a line against what was delivered before.
func (w *world) ordered(l *modelLine, d delivery, first bool) {
	m, g := l.gen.log, l.gen
	order := g.number<<20 + l.index
	switch {
	case g.unplaced:
	case order > m.newest && d.late && m.newGen <= g.number && !m.hasCopies():
		w.fail("marked as late, and nothing newer was delivered before: %+v", d)
	case order < m.newest && !d.late && first:
		w.fail("out of order: %+v of generation %d, after line %d of generation %d", d, g.number, m.newest&(1<<20-1), m.newest>>20)
	}
	m.newest, m.newGen = max(m.newest, order), max(m.newGen, g.number)
}

// whole tells what is missing when everything should have arrived.
func (w *world) whole() {
	excused := 0
	for _, m := range w.logs {
		for _, g := range m.gens {
			for _, l := range g.lines {
				switch {
				case l.excused != "":
					excused++
				case l.delivered():
				case !l.ended && g == m.current() && g.path != "": // not a line yet, and nothing follows it
				default:
					w.fail("lost: line %q, %d of generation %d of log %d (%s, held %v, packed %v), delivered %d bytes",
						l.text, l.index, g.number, m.number, g.path, g.held, g.packed, l.partial)
				}
			}
		}
	}
	if excused == 0 && w.told > 0 && !w.swallowed && !w.logs[0].hasCopies() && !w.logs[1].hasCopies() {
		w.fail("the agent reports %d bytes lost, and nothing is", w.told)
	}
}
