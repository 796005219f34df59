package restore

import (
	"context"
	"fmt"
	"io"

	"github.com/dustin/go-humanize"
)

// Write says for people what would be shipped. printable makes a text fit for a
// terminal.
func (p *Plan) Write(ctx context.Context, w io.Writer, printable func(string) string) error {
	counts, err := p.Count(ctx)
	if err != nil {
		return err
	}
	var records int64
	objects := 0
	for i := range counts {
		c := &counts[i]
		to := p.Output
		if topic := p.TopicOf(c.Log); topic != "" {
			to += ", topic " + printable(topic)
		}
		fmt.Fprintf(w, "host %s, %s, generation %016x: bytes %d to %d, objects: %d, records: %s, to %s\n", printable(c.Log.Host), printable(c.First.Path),
			c.First.Generation, c.First.Start, c.End, c.Objects, humanize.Comma(c.Records), to)
		records += c.Records
		objects += c.Objects
	}
	if p.Returned > 0 {
		fmt.Fprintf(w, "left out, being marked as returned: %d\n", p.Returned)
	}
	resumed := ""
	if p.Resumed {
		resumed = "; an interrupted replay of this goes on where it stopped, unless --restart is given"
	}
	_, err = fmt.Fprintf(w, "in all objects: %d, %s, records: %s%s\n", objects, humanize.IBytes(uint64(p.Bytes())), humanize.Comma(records), resumed)
	return err
}

// mostProblems is how many objects that can't be shipped are named.
const mostProblems = 100

// WriteProblems names the objects that can't be shipped.
func (p *Plan) WriteProblems(w io.Writer, printable func(string) string) {
	for i, x := range p.Problems {
		if i == mostProblems {
			fmt.Fprintf(w, "and %d more\n", len(p.Problems)-i)
			return
		}
		fmt.Fprintln(w, printable(x.Text))
	}
}
