package model

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"shipper/agent/status"
	"shipper/agent/top/keys"
	"shipper/agent/top/rates"
)

// View is one of the tables.
type View int

// The views, in the order of their keys.
const (
	Routes View = iota
	Files
	Lanes
	Outputs
)

var viewNames = []string{"routes", "files", "lanes", "outputs"}

// ViewNamed is the view of that name.
func ViewNamed(name string) (View, error) {
	i := slices.Index(viewNames, name)
	if i < 0 {
		return Routes, fmt.Errorf("there is no view %q; the views are %s", name, strings.Join(viewNames, ", "))
	}
	return View(i), nil
}

// ViewNames are those of all views.
func ViewNames() []string { return slices.Clone(viewNames) }

// Do is what is to be done after a key.
type Do int

// What a key asks for beyond the model. Whatever it is, the screen may differ.
const (
	Nothing Do = iota
	Quit
	Look    // take a snapshot now
	Explain // explain the file that Explaining names
	Stop    // give the terminal back until somebody wants it to go on
	Redraw  // write the whole screen
)

// cursor is the chosen row of a view. It stays with what it is on, as long as that
// is there.
type cursor struct {
	id   string
	at   int // its place when last seen
	from int // the first row that is shown
}

// Model is what is looked at. It belongs to one goroutine.
type Model struct {
	Order  Order  // of files
	Filter string // rows that contain it, in whatever case, are shown; "" for all

	view    View
	cursors [4]cursor
	reverse bool
	route   string  // files of this route only, "" for all
	typing  bool    // of a filter
	former  string  // filter, while another is typed
	detail  *detail // nil unless a file is explained
	help    bool
	paused  bool

	width, height int
	rows          int // lines that there are for rows, as last drawn
	every         time.Duration

	now     *status.Snapshot // nil until the first
	rates   rates.Rates
	made    *table // of now, by madeBy; nil if there is none
	madeBy  recipe
	trouble string // why there is no newer snapshot
}

// detail is the explanation of a file.
type detail struct {
	path  string
	lines []string // nil while it is not there
	from  int      // first that is shown
}

// New shows a view on a terminal of so many columns and lines.
func New(v View, width, height int) *Model {
	return &Model{view: v, width: width, height: height}
}

// Resize gives the screen another size, and tells whether it had another one.
func (m *Model) Resize(width, height int) (other bool) {
	other = width != m.width || height != m.height
	m.width, m.height = width, height
	return other
}

// Take shows a snapshot, which nobody changes any more. The next one is to be
// expected after a while.
func (m *Model) Take(s *status.Snapshot, next time.Duration) {
	m.trouble, m.every = "", next
	if m.paused && m.now != nil {
		return
	}
	m.rates = rates.Between(m.now, s)
	m.now, m.made = s, nil
}

// Fail tells why there is no newer snapshot; the first line of the error does.
func (m *Model) Fail(err error) { m.trouble, _, _ = strings.Cut(err.Error(), "\n") }

// Explaining is the path of the file that is looked at, "" if none is.
func (m *Model) Explaining() string {
	if m.detail == nil {
		return ""
	}
	return m.detail.path
}

// Explained gives the explanation of a file, which is dropped if it is not looked
// at any more.
func (m *Model) Explained(path, text string) {
	if m.detail != nil && m.detail.path == path {
		m.detail.lines = strings.Split(strings.TrimRight(text, "\n"), "\n")
	}
}

// Press changes what is looked at.
func (m *Model) Press(k keys.Key) Do {
	switch k {
	case keys.Interrupt:
		return Quit
	case keys.Suspend:
		return Stop
	case keys.Repaint:
		return Redraw
	default:
	}
	switch {
	case m.typing:
		m.typeFilter(k)
		return Nothing
	case m.help:
		m.help = false
		return Nothing
	case k == 'q':
		return Quit
	case k == '?' || k == 'h':
		m.help = true
		return Nothing
	case k == 'p':
		m.paused = !m.paused
		return Nothing
	case m.detail != nil:
		return m.pressDetail(k)
	}
	return m.pressTable(k)
}

func (m *Model) pressDetail(k keys.Key) Do {
	d := m.detail
	switch k {
	case keys.Escape, keys.Backspace, keys.Left:
		m.detail = nil
	case ' ', keys.Enter:
		return Explain
	default:
		d.from += m.distance(k, m.height)
	}
	d.from = max(0, min(d.from, len(d.lines)-1))
	return Nothing
}

func (m *Model) pressTable(k keys.Key) Do {
	switch k {
	case '1', '2', '3', '4':
		m.view = View(k - '1')
	case keys.Tab, keys.Right:
		m.view = (m.view + 1) % View(len(viewNames))
	case keys.BackTab, keys.Left:
		m.view = (m.view + View(len(viewNames)) - 1) % View(len(viewNames))
	case '/':
		m.typing, m.former = true, m.Filter
	case keys.Escape, keys.Backspace:
		m.Filter, m.route = "", ""
	case 's':
		m.Order = (m.Order + 1) % Order(len(orderNames))
	case 'r':
		m.reverse = !m.reverse
	case ' ':
		m.paused = false
		return Look
	case keys.Enter:
		return m.enter()
	default:
		if n := m.distance(k, m.rows); n != 0 {
			m.move(n)
		}
	}
	return Nothing
}

// typeFilter takes a key of a filter that is typed.
func (m *Model) typeFilter(k keys.Key) {
	switch {
	case k == keys.Enter:
		m.typing = false
	case k == keys.Escape:
		m.typing, m.Filter = false, m.former
	case k == keys.Backspace && m.Filter != "":
		runes := []rune(m.Filter)
		m.Filter = string(runes[:len(runes)-1])
	case k >= ' ' && k != keys.Backspace:
		m.Filter += string(rune(k))
	}
}

// distance is by how many rows a key moves, 0 if it does not.
func (m *Model) distance(k keys.Key, page int) int {
	const all = 1 << 30
	switch k {
	case keys.Up, 'k':
		return -1
	case keys.Down, 'j':
		return 1
	case keys.PageUp:
		return -max(1, page-1)
	case keys.PageDown:
		return max(1, page-1)
	case keys.Home, 'g':
		return -all
	case keys.End, 'G':
		return all
	default:
		return 0
	}
}

// move chooses another row.
func (m *Model) move(by int) {
	if m.now == nil {
		return
	}
	rows := m.table().rows
	at := m.locate(rows)
	if len(rows) == 0 {
		return
	}
	c := &m.cursors[m.view]
	c.at = max(0, min(at+by, len(rows)-1))
	c.id = rows[c.at].id
}

// locate finds the chosen row, and notes where it is. It is the one that was
// chosen, else what has come into its place.
func (m *Model) locate(rows []row) int {
	c := &m.cursors[m.view]
	if i := slices.IndexFunc(rows, func(r row) bool { return r.id == c.id }); i >= 0 && c.id != "" {
		c.at = i
	}
	c.at = max(0, min(c.at, len(rows)-1))
	return c.at
}

// enter goes from a route to its files, and from a file to its explanation.
func (m *Model) enter() Do {
	if m.now == nil {
		return Nothing
	}
	rows := m.table().rows
	if len(rows) == 0 {
		return Nothing
	}
	chosen := rows[m.locate(rows)]
	m.cursors[m.view].id = chosen.id
	switch m.view {
	case Routes:
		m.view, m.route, m.Filter = Files, chosen.id, ""
	case Files:
		m.detail = &detail{path: chosen.path}
		return Explain
	case Lanes, Outputs:
	}
	return Nothing
}
