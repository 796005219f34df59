package model

import (
	"fmt"
	"strings"

	"shipper/agent/columns"
	"shipper/agent/status"
	"shipper/agent/status/verdict"
	"shipper/agent/top/keys"
	"shipper/agent/top/words"
)

// Screen is what a terminal shows.
type Screen struct {
	Lines  []string // one for each of the terminal's, as wide as it
	Marked int      // the line of the chosen row, -1 if there is none
}

// The least that makes sense.
const (
	leastWidth  = 40
	leastHeight = 10
)

// aboutLines is how many tell about the chosen row.
func (m *Model) aboutLines() int {
	if m.height < 16 {
		return 1
	}
	return 3
}

// narrow tells that there is room for the columns that matter most only.
func (m *Model) narrow() bool { return m.width < 70 }

// Screen is what there is to see now.
func (m *Model) Screen() Screen {
	s := Screen{Marked: -1}
	switch {
	case m.width < leastWidth || m.height < leastHeight:
		s.Lines = []string{fmt.Sprintf("needs %d × %d, has %d × %d", leastWidth, leastHeight, m.width, m.height)}
	case m.help:
		s.Lines = strings.Split(keys.Help, "\n")
	case m.now == nil:
		s.Lines = append([]string{"shipper top"}, columns.Wrap(status.Printable(m.trouble), m.width, 5)...)
	default:
		s.Lines = m.head()
		if m.detail != nil {
			m.explanation(&s)
		} else {
			m.body(&s)
		}
	}
	for len(s.Lines) < m.height {
		s.Lines = append(s.Lines, "")
	}
	s.Lines = s.Lines[:max(0, m.height)]
	for i, line := range s.Lines {
		s.Lines[i] = columns.Fit(columns.Harmless(line), m.width)
	}
	return s
}

// head is what every view begins with.
func (m *Model) head() []string {
	n, a := m.now, &m.now.Agent
	clock := n.Time.Format("15:04:05")
	switch {
	case m.paused:
		clock = "PAUSED " + clock
	case m.every > 0:
		clock += " every " + status.Duration(m.every)
	}
	title := fmt.Sprintf("shipper %s on %s, up %s, agent %s", status.Printable(a.Version), status.Printable(a.Host), words.Ago(n.Time, a.StartedAt), status.Printable(a.ID))
	lines := []string{columns.Fit(title, m.width-columns.Cells(clock)-1) + " " + clock}
	if m.detail != nil {
		return lines // what is said of the file needs the room
	}
	lines = append(lines, m.totals())
	if m.trouble != "" {
		return append(lines, columns.Wrap("NO ANSWER: "+status.Printable(m.trouble)+"; what is shown is of "+n.Time.Format("15:04:05"), m.width, 2)...)
	}
	return append(lines, columns.Wrap(judged(n), m.width, 2)...)
}

// totals are those of all routes.
func (m *Model) totals() string {
	var lag int64
	oldest, left := "", ""
	least := -1.0
	waits := m.now.Time
	for i := range m.now.Routes {
		r := &m.now.Routes[i]
		lag += r.LagBytes
		if !r.OldestUnread.IsZero() && r.OldestUnread.Before(waits) {
			waits = r.OldestUnread
			oldest = ", oldest " + words.Ago(m.now.Time, waits)
		}
		if r.Runway != nil && r.Runway.Seconds != nil && (least < 0 || *r.Runway.Seconds < least) {
			least = *r.Runway.Seconds
			left = ", runway " + words.Seconds(least)
		}
	}
	speed := m.rates.Total()
	records := "-"
	if speed.Known {
		records = words.Comma(speed.Records)
	}
	files := "1 file"
	if n := len(m.now.Files); n != 1 {
		files = words.Comma(float64(n)) + " files"
	}
	return fmt.Sprintf("%s, %s records/s, %s wait%s%s, %s", speed, records, status.Size(lag), oldest, left, files)
}

// judged is what is wrong, by the limits of `status --check`.
func judged(n *status.Snapshot) string {
	v := verdict.Judge(n, verdict.Usual())
	var reasons []string
	for _, r := range v.Reasons {
		reasons = append(reasons, status.Printable(r))
	}
	if len(reasons) > 0 {
		return v.State.String() + ": " + strings.Join(reasons, "; ")
	}
	for i := range n.Routes {
		if r := &n.Routes[i]; r.State == status.RouteStalled {
			return fmt.Sprintf("%s is stalled: %s", status.Printable(r.Name), status.Printable(r.LastError))
		}
	}
	return "all is well"
}

// tabs names the views, what is chosen of them, and which rows are shown.
func (m *Model) tabs(place string) string {
	var b strings.Builder
	for i, name := range viewNames {
		form := " %d %s "
		if View(i) == m.view {
			form = "[%d %s]"
		}
		fmt.Fprintf(&b, form, i+1, name)
	}
	if m.view == Files {
		fmt.Fprintf(&b, " by %s", orderNames[m.Order])
		if m.reverse {
			b.WriteString(" reversed")
		}
		if m.route != "" {
			fmt.Fprintf(&b, ", of %s", status.Printable(m.route))
		}
	}
	if m.Filter != "" && !m.typing {
		fmt.Fprintf(&b, " /%s/", status.Printable(m.Filter))
	}
	return columns.Fit(b.String(), m.width-columns.Cells(place)-1) + " " + place
}

// body adds the table, what is said about its chosen row, and the keys.
func (m *Model) body(s *Screen) {
	t := m.table()
	aboutLines := m.aboutLines()
	m.rows = max(1, m.height-len(s.Lines)-3-aboutLines)
	at := m.locate(t.rows)
	c := &m.cursors[m.view]
	c.from = max(0, min(c.from, at, len(t.rows)-m.rows), at-m.rows+1)
	end := min(len(t.rows), c.from+m.rows)
	place := "none"
	if len(t.rows) > 0 {
		place = fmt.Sprintf("%s–%s of %s", words.Comma(float64(c.from+1)), words.Comma(float64(end)), words.Comma(float64(len(t.rows))))
	}
	s.Lines = append(s.Lines, m.tabs(place), "  "+t.head)
	var about []string
	for i, r := range t.rows[c.from:end] {
		mark := "  "
		if c.from+i == at {
			mark, s.Marked = "> ", len(s.Lines)
			about = columns.Wrap(r.about(), m.width, aboutLines)
		}
		s.Lines = append(s.Lines, mark+r.show())
	}
	if len(t.rows) == 0 {
		none := t.empty
		if m.Filter != "" {
			none = "nothing matches " + status.Printable(m.Filter)
		}
		s.Lines = append(s.Lines, "  "+none)
	}
	for len(s.Lines) < m.height-1-aboutLines {
		s.Lines = append(s.Lines, "")
	}
	for len(about) < aboutLines {
		about = append(about, "")
	}
	s.Lines = append(s.Lines, about...)
	s.Lines = append(s.Lines, m.keys())
}

// keys is the last line: what can be pressed, or the filter while it is typed.
func (m *Model) keys() string {
	switch {
	case m.typing:
		return "filter: " + status.Printable(m.Filter) + "_   Enter keeps it, Esc drops it"
	case m.view == Routes:
		return "q quit  ? help  Tab view  ↑↓ choose  Enter its files  / filter  p pause"
	case m.view == Files:
		return "q quit  ? help  Tab view  ↑↓ choose  Enter explain  s sort  / filter  Esc all"
	}
	return "q quit  ? help  Tab view  ↑↓ choose  / filter  Esc all  p pause"
}

// explanation adds that of a file, as far as it fits.
func (m *Model) explanation(s *Screen) {
	d := m.detail
	lines := columns.Fold(d.lines, m.width)
	room := max(1, m.height-len(s.Lines)-2)
	d.from = max(0, min(d.from, len(lines)-room))
	end := min(len(lines), d.from+room)
	place := "looking…"
	if d.lines != nil {
		place = fmt.Sprintf("%d–%d of %d", d.from+1, end, len(lines))
	}
	s.Lines = append(s.Lines, columns.FitEnd("explain "+status.Printable(d.path), m.width-columns.Cells(place)-1)+" "+place)
	s.Lines = append(s.Lines, lines[d.from:end]...)
	for len(s.Lines) < m.height-1 {
		s.Lines = append(s.Lines, "")
	}
	s.Lines = append(s.Lines, "q quit  ? help  Esc back  ↑↓ scroll  space look again")
}
