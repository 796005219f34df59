package corpus

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"time"
)

// Generator makes lines.
type Generator struct {
	random  *rand.Rand
	clock   time.Time
	clients []string // addresses, with the user agent that each one has
	agents  []string
	line    []byte
}

// New makes a generator. Equal seeds give equal lines.
func New(seed uint64) *Generator {
	g := &Generator{
		random: rand.New(rand.NewPCG(seed, 0x5eed)),
		clock:  time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC),
	}
	for range clients {
		g.clients = append(g.clients, fmt.Sprintf("%d.%d.%d.%d",
			g.random.IntN(224), g.random.IntN(256), g.random.IntN(256), g.random.IntN(256)))
		g.agents = append(g.agents, userAgents[g.random.IntN(len(userAgents))])
	}
	return g
}

// clients is how many addresses are seen.
const clients = 2000

// Line is the next line, with its newline. It is valid until the next call.
func (g *Generator) Line() []byte {
	r := g.random
	g.clock = g.clock.Add(time.Duration(r.ExpFloat64() * float64(2*time.Millisecond)))
	// The square makes some clients much busier than others.
	f := r.Float64()
	client := int(f * f * clients)

	b := append(g.line[:0], g.clients[client]...)
	b = append(b, " - - ["...)
	b = g.clock.AppendFormat(b, "02/Jan/2006:15:04:05 -0700")
	b = append(b, `] "`...)
	route := routes[r.IntN(len(routes))]
	b = append(b, route.method...)
	b = append(b, route.path...)
	if route.numbered {
		b = strconv.AppendInt(b, int64(r.IntN(5000)), 10)
	}
	b = append(b, ` HTTP/1.1" `...)
	b = append(b, statuses[r.IntN(len(statuses))]...)
	b = strconv.AppendInt(b, int64(200+r.IntN(route.size)), 10)
	b = append(b, ` "`...)
	b = append(b, referrers[r.IntN(len(referrers))]...)
	b = append(b, `" "`...)
	b = append(b, g.agents[client]...)
	b = append(b, `" `...)
	b = appendID(b, r.Uint64())
	g.line = append(b, '\n')
	return g.line
}

// appendID appends a request id: 16 hexadecimal digits.
func appendID(dst []byte, id uint64) []byte {
	const digits = "0123456789abcdef"
	for range 16 {
		dst = append(dst, digits[id&15])
		id >>= 4
	}
	return dst
}

// Write writes whole lines until there are at least size bytes, and returns
// how many lines and bytes they are.
func Write(w io.Writer, seed uint64, size int64) (lines, bytes int64, err error) {
	g := New(seed)
	out := bufio.NewWriterSize(w, 1<<20)
	for bytes < size {
		line := g.Line()
		if _, err := out.Write(line); err != nil {
			return lines, bytes, err
		}
		bytes += int64(len(line))
		lines++
	}
	return lines, bytes, out.Flush()
}

// WriteFixed writes the same text in lines of length bytes each, newline
// included.
func WriteFixed(w io.Writer, seed uint64, size int64, length int) (lines, bytes int64, err error) {
	g := New(seed)
	out := bufio.NewWriterSize(w, 1<<20)
	var text []byte
	for bytes < size {
		for len(text) < length-1 {
			line := g.Line()
			text = append(append(text, line[:len(line)-1]...), ' ')
		}
		_, err := out.Write(text[:length-1])
		if err := errors.Join(err, out.WriteByte('\n')); err != nil {
			return lines, bytes, err
		}
		text = text[:copy(text, text[length-1:])]
		bytes += int64(length)
		lines++
	}
	return lines, bytes, out.Flush()
}
