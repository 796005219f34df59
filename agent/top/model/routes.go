package model

import (
	"fmt"

	"github.com/dustin/go-humanize"

	"shipper/agent/columns"
	"shipper/agent/status"
	"shipper/agent/top/rates"
	"shipper/agent/top/words"
)

func (m *Model) routes() table {
	t := table{
		head:  m.routeLine("ROUTE", "STATE", "FILES", "LAG", "WAITS", "RATE", "RUNWAY"),
		empty: "no routes: nothing is configured to be shipped",
	}
	for i := range m.now.Routes {
		r := &m.now.Routes[i]
		if !m.wanted(r.Name, r.State, r.LastError, r.Held) {
			continue
		}
		speed := m.rates.Routes[r.Name]
		t.rows = append(t.rows, row{
			id: r.Name,
			show: func() string {
				waits := "-"
				if !r.OldestUnread.IsZero() {
					waits = words.Ago(m.now.Time, r.OldestUnread)
				}
				return m.routeLine(status.Printable(r.Name), status.Printable(r.State),
					humanize.Comma(int64(r.Files)), status.Size(r.LagBytes), waits, speed.String(), words.Runway(r))
			},
			about: func() string { return m.aboutRoute(r, speed) },
		})
	}
	return t
}

func (m *Model) routeLine(name, state, files, lag, waits, speed, left string) string {
	line := " " + columns.Fit(state, 8)
	if m.narrow() {
		line += fmt.Sprintf(" %9s", lag)
	} else {
		line += fmt.Sprintf(" %7s %9s %5s %10s %6s", files, lag, waits, speed, left)
	}
	return columns.Fit(name, m.width-2-columns.Cells(line)) + line
}

func (m *Model) aboutRoute(r *status.Route, speed rates.Rate) string {
	trouble, left := "", ""
	switch {
	case r.Held != "":
		trouble = "HELD: " + status.Printable(r.Held)
	case r.LastError != "":
		trouble = "last error " + words.Ago(m.now.Time, r.LastErrorAt) + " ago: " + status.Printable(r.LastError)
	}
	if r.Runway != nil {
		switch {
		case r.Runway.Seconds != nil:
			left = status.Printable(r.Runway.Text)
		case r.Runway.IfStoppedSeconds != nil:
			left = "runway " + words.Seconds(*r.Runway.IfStoppedSeconds) + " if the output took nothing from now on"
		}
	}
	delivered := fmt.Sprintf("delivered %s records, %s", humanize.Comma(r.DeliveredRecords), status.Size(r.DeliveredBytes))
	if speed.Known {
		delivered += fmt.Sprintf(", %s records/s", words.Comma(speed.Records))
	}
	return status.Printable(r.Name) + ": " + words.Sentences(trouble, left, delivered,
		words.Count(r.PossibleDuplicates, "possible duplicates"), words.Count(r.UnprovableBytes, "unprovable bytes"),
		words.Count(r.QuarantinedRecords, "quarantined records"), words.Count(r.RetimedRecords, "records with the time of reading"),
		words.Count(int64(r.AuditsWaiting), "records about complete files wait"))
}
