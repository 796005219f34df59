package model

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"

	"shipper/agent/columns"
	"shipper/agent/status"
	"shipper/agent/top/rates"
	"shipper/agent/top/words"
)

// Order is what files are sorted by.
type Order int

// The orders, the first row being the one to look at first.
const (
	ByLag  Order = iota // most bytes wait
	ByWait              // a byte waits for longest
	BySlow              // fewest bytes a second, among those with bytes that wait
	ByRate              // most bytes a second
	BySize
	ByName
)

var orderNames = []string{"lag", "wait", "slow", "rate", "size", "name"}

// OrderNamed is the order of that name.
func OrderNamed(name string) (Order, error) {
	i := slices.Index(orderNames, name)
	if i < 0 {
		return ByLag, fmt.Errorf("files can't be sorted by %q; the orders are %s", name, strings.Join(orderNames, ", "))
	}
	return Order(i), nil
}

// OrderNames are those of all orders.
func OrderNames() []string { return slices.Clone(orderNames) }

// progress is a file as a route sees it.
type progress struct {
	file *status.File
	on   *status.FileRoute // nil for a file that no route has
	rate rates.Rate
}

func (p *progress) lag() int64 {
	if p.on == nil {
		return 0
	}
	return p.on.LagBytes
}

func (p *progress) waits() float64 {
	if p.on == nil {
		return 0
	}
	return p.on.LagSeconds
}

func (p *progress) route() string {
	if p.on == nil {
		return ""
	}
	return p.on.Route
}

func (m *Model) files() table {
	var all []progress
	for i := range m.now.Files {
		f := &m.now.Files[i]
		if !m.wanted(f.Path, f.Stream, f.Input, f.State, f.Ended, f.LastError) {
			continue
		}
		if len(f.Routes) == 0 && m.route == "" {
			all = append(all, progress{file: f})
		}
		for j := range f.Routes {
			if r := &f.Routes[j]; m.route == "" || m.route == r.Route {
				all = append(all, progress{f, r, m.rates.Files[rates.File{Route: r.Route, Path: f.Path, Generation: f.Generation}]})
			}
		}
	}
	slices.SortStableFunc(all, m.compare)
	t := table{head: m.fileLine("FILE", "DONE", "LAG", "WAITS", "RATE", "STATE"), empty: "no files", rows: make([]row, len(all))}
	for i := range all {
		p := &all[i]
		t.rows[i] = row{
			id: p.route() + "\x00" + p.file.Path + "\x00" + p.file.Generation, path: p.file.Path,
			show: func() string {
				waits := "-"
				if p.lag() > 0 {
					waits = words.Seconds(p.waits())
				}
				state := cmp.Or(p.file.Ended, p.file.State)
				if p.file.LastError != "" || p.on != nil && p.on.LastError != "" {
					state = "ERROR"
				}
				return m.fileLine(status.Printable(p.file.Path), p.done(), status.Size(p.lag()), waits, p.rate.String(), status.Printable(state))
			},
			about: p.about,
		}
	}
	return t
}

func (m *Model) fileLine(path, done, lag, waits, speed, state string) string {
	line := fmt.Sprintf(" %4s %9s %5s", done, lag, waits)
	if !m.narrow() {
		line += fmt.Sprintf(" %10s %s", speed, columns.Fit(state, 8))
	}
	return columns.FitEnd(path, m.width-2-columns.Cells(line)) + line
}

// compare sorts by the order, and by name among equals.
func (m *Model) compare(a, b progress) int {
	c := 0
	switch m.Order {
	case ByLag:
		c = cmp.Compare(b.lag(), a.lag())
	case ByWait:
		c = cmp.Compare(b.waits(), a.waits())
	case BySlow:
		behind := func(p *progress) int {
			if p.lag() > 0 {
				return 0
			}
			return 1
		}
		c = cmp.Or(cmp.Compare(behind(&a), behind(&b)), cmp.Compare(a.rate.Bytes, b.rate.Bytes))
	case ByRate:
		c = cmp.Compare(b.rate.Bytes, a.rate.Bytes)
	case BySize:
		c = cmp.Compare(b.file.Size, a.file.Size)
	case ByName:
	}
	if c = cmp.Or(c, strings.Compare(a.file.Path, b.file.Path)); m.reverse {
		return -c
	}
	return c
}

// done is how much of a file is shipped.
func (p *progress) done() string {
	switch {
	case p.on == nil:
		return "-"
	case p.file.Size == 0 || p.lag() == 0:
		return "100%"
	}
	return fmt.Sprintf("%d%%", min(99, 100*p.on.Offset/p.file.Size))
}

func (p *progress) about() string {
	f := p.file
	head := status.Printable(f.Path) + ": "
	if p.on == nil {
		return head + words.Sentences("not read", status.Printable(f.LastError))
	}
	return head + words.Sentences(
		fmt.Sprintf("%s of %s bytes on %s", humanize.Comma(p.on.Offset), humanize.Comma(f.Size), status.Printable(p.on.Route)),
		status.Printable(f.LastError), status.Printable(p.on.LastError))
}
