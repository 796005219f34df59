package model

import "strings"

// table is what a view shows.
type table struct {
	head  string // of the columns
	rows  []row
	empty string // what to say if there are none
}

// row is a line of a table. Its functions are called for what is shown only.
type row struct {
	id    string // the same from one look to the next
	path  string // of a file
	show  func() string
	about func() string // everything about it, shown while it is chosen
}

// recipe is what a table is made by, beside a snapshot.
type recipe struct {
	view          View
	order         Order
	reverse       bool
	route, filter string
	width         int // its columns' heads are of it
}

// table is the rows of the view, filtered and sorted. They are made anew when another
// snapshot or another recipe asks for it: of a hundred thousand files each key would be
// felt. There is a snapshot.
func (m *Model) table() *table {
	by := recipe{m.view, m.Order, m.reverse, m.route, m.Filter, m.width}
	if m.made == nil || m.madeBy != by {
		t := m.fill()
		m.made, m.madeBy = &t, by
	}
	return m.made
}

func (m *Model) fill() table {
	switch m.view {
	case Files:
		return m.files()
	case Lanes:
		return m.lanes()
	case Outputs:
		return m.outputs()
	case Routes:
	}
	return m.routes()
}

// wanted tells whether one of the texts contains the filter.
func (m *Model) wanted(texts ...string) bool {
	filter := strings.ToLower(m.Filter)
	for _, t := range texts {
		if strings.Contains(strings.ToLower(t), filter) {
			return true
		}
	}
	return filter == ""
}
