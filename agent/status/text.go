package status

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"shipper/agent/columns"
)

// TextOptions choose what WriteText prints.
type TextOptions struct {
	All bool // every file, instead of the 20 of each route that lag most
}

// fewRows is how many files of a route are shown without TextOptions.All.
const fewRows = 20

// WriteText prints a snapshot for people, in lines of at most 80 columns but for
// single words that are longer. Files are sorted by lag.
func WriteText(w io.Writer, s *Snapshot, o TextOptions) error {
	p := &printer{w: bufio.NewWriter(w), now: s.Time, all: o.All}
	p.agent(s)
	for i := range s.Routes {
		p.line("")
		p.route(&s.Routes[i])
		p.files(filesOf(s, s.Routes[i].Name), s.Routes[i].LastError)
	}
	for i := range s.Inputs {
		if d := s.Inputs[i].Deleted; d != nil {
			p.wrapped("", Printable(s.Inputs[i].Label)+": "+Printable(d.Text))
		}
	}
	p.troubles(s)
	return p.w.Flush()
}

type printer struct {
	w   *bufio.Writer // remembers the first error
	now time.Time
	all bool
}

// line prints text, which holds nothing from outside that was not escaped.
func (p *printer) line(format string, args ...any) {
	fmt.Fprintf(p.w, format+"\n", args...)
}

func (p *printer) agent(s *Snapshot) {
	a := &s.Agent
	p.wrapped("", fmt.Sprintf("shipper %s on %s, agent %s, pid %d, up %s",
		Printable(a.Version), Printable(a.Host), Printable(a.ID), a.PID, Duration(p.now.Sub(a.StartedAt))))
	if ready, reason := s.Ready(); !ready {
		p.wrapped("", "NOT READY: "+Printable(reason))
	}
	for i := range s.Outputs {
		out := &s.Outputs[i]
		word := "healthy"
		if !out.Healthy {
			word = "UNHEALTHY"
		}
		p.wrapped("", fmt.Sprintf("output %s: %s%s", Printable(out.Name), word, p.since(" for %s", out.Since)))
		if out.LastError != "" {
			p.wrapped("  ", Printable(out.LastError))
		}
		for _, peer := range out.Peers {
			if !peer.Healthy && peer.LastError != out.LastError {
				p.wrapped("  ", Printable(peer.Name)+": "+Printable(peer.LastError))
			}
		}
		if out.Failover != nil {
			p.failover(out.Failover)
		}
	}
}

func (p *printer) route(r *Route) {
	head := fmt.Sprintf("%s: %s", Printable(r.Name), Printable(r.State))
	if r.LagBytes > 0 {
		head += fmt.Sprintf(", %s behind%s", Size(r.LagBytes), p.since(", the oldest waits for %s", r.OldestUnread))
	} else {
		head += ", nothing left to ship"
	}
	p.wrapped("", head)
	text := fmt.Sprintf("delivered %s records, %s", humanize.Comma(r.DeliveredRecords), Size(r.DeliveredBytes))
	for _, c := range []struct {
		n    int64
		what string
	}{
		{r.PossibleDuplicates, "possible duplicates"}, {r.UnprovableBytes, "unprovable bytes"},
		{r.QuarantinedRecords, "quarantined records"},
		{r.RetimedRecords, "records with the time of reading in place of a refused one"},
	} {
		if c.n > 0 {
			text += fmt.Sprintf("; %s %s", humanize.Comma(c.n), c.what)
		}
	}
	p.wrapped("  ", text)
	if r.Runway != nil && r.Runway.Seconds != nil {
		p.wrapped("  ", Printable(r.Runway.Text))
	}
	if r.AuditsWaiting > 0 {
		p.wrapped("  ", fmt.Sprintf("%s records about complete files wait: %s", humanize.Comma(int64(r.AuditsWaiting)), Printable(r.AuditError)))
	}
	if r.Held != "" {
		p.wrapped("  ", "HELD: "+Printable(r.Held))
	} else if r.LastError != "" {
		p.wrapped("  ", "last error"+p.since(" %s ago", r.LastErrorAt)+": "+Printable(r.LastError))
	}
	for i := range r.Shards {
		if sh := &r.Shards[i]; sh.State == ShardWaiting || sh.State == ShardUnresolved {
			p.shard(sh, r.LastError)
		}
	}
}

// shard prints a shard that waits, and its error unless that was said already.
func (p *printer) shard(s *Shard, said string) {
	text := fmt.Sprintf("shard %d: %s", s.Partition, Printable(s.State))
	if s.Topic != "" {
		text = fmt.Sprintf("%s/%d: %s", Printable(s.Topic), s.Partition, Printable(s.State))
	}
	if s.Attempts > 0 {
		text += fmt.Sprintf(" after %d attempts", s.Attempts)
	}
	if wait := s.RetryAt.Sub(p.now); wait > 0 {
		text += ", next in " + Duration(wait)
	}
	if s.LastError != "" && s.LastError != said {
		text += ": " + Printable(s.LastError)
	}
	p.wrapped("  ", text)
}

// row is one file as a route sees it.
type row struct {
	file  *File
	route *FileRoute
}

func filesOf(s *Snapshot, route string) []row {
	var rows []row
	for i := range s.Files {
		for j := range s.Files[i].Routes {
			if r := &s.Files[i].Routes[j]; r.Route == route {
				rows = append(rows, row{&s.Files[i], r})
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(b.route.LagBytes, a.route.LagBytes), cmp.Compare(a.file.Path, b.file.Path))
	})
	return rows
}

const pathColumns = 33

// files prints the table of a route's files. An error that is the route's own is
// not said again for each of them.
func (p *printer) files(rows []row, said string) {
	if len(rows) == 0 {
		p.line("  no files yet")
		return
	}
	p.line("  %-*s %9s %9s %9s %5s %s", pathColumns, "FILE", "SIZE", "SHIPPED", "LAG", "AGE", "STATE")
	for i, r := range rows {
		if i == fewRows && !p.all {
			var rest int64
			for _, r := range rows[i:] {
				rest += r.route.LagBytes
			}
			p.line("  and %s files more, %s behind (--all shows them)", humanize.Comma(int64(len(rows)-i)), Size(rest))
			return
		}
		age := "-"
		if r.route.LagBytes > 0 {
			age = Duration(time.Duration(r.route.LagSeconds * float64(time.Second)))
		}
		p.line("  %s %9s %9s %9s %5s %s", columns.FitEnd(Printable(r.file.Path), pathColumns),
			Size(r.file.Size), Size(r.route.Offset), Size(r.route.LagBytes), age, Printable(cmp.Or(r.file.Ended, r.file.State)))
		for _, e := range []string{r.file.LastError, r.route.LastError} {
			if e != "" && e != said {
				p.wrapped("    ", Printable(e))
			}
		}
	}
}

// troubles prints errors that belong to no row of any route.
func (p *printer) troubles(s *Snapshot) {
	headed := false
	show := func(subject, text string) {
		if !headed {
			p.line("\nnot read:")
			headed = true
		}
		if text = Printable(text); !strings.Contains(text, subject) {
			text = Printable(subject) + ": " + text
		}
		p.wrapped("  ", text)
	}
	said := map[string]bool{"": true} // an input's error may be that of a file
	n := 0
	for i := range s.Files {
		f := &s.Files[i]
		said[f.LastError] = true
		if len(f.Routes) > 0 || f.LastError == "" {
			continue
		}
		if n++; n <= fewRows || p.all {
			show(f.Path, f.LastError)
		}
	}
	if n > fewRows && !p.all {
		p.line("  and %s files more (--all shows them)", humanize.Comma(int64(n-fewRows)))
	}
	for i := range s.Inputs {
		if in := &s.Inputs[i]; !said[in.LastError] {
			show("input "+in.Label, in.LastError)
		}
	}
}

// since formats the time that has passed since t, "" if t is zero.
func (p *printer) since(format string, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return fmt.Sprintf(format, Duration(p.now.Sub(t)))
}

// wrapped prints text, which was escaped, as a paragraph.
func (p *printer) wrapped(indent, text string) {
	for _, line := range columns.Flow(indent, text, 80) {
		p.line("%s", line)
	}
}
