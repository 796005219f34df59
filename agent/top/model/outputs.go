package model

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"shipper/agent/columns"
	"shipper/agent/status"
	"shipper/agent/top/words"
)

// outputs shows each output with its brokers and its failover.
func (m *Model) outputs() table {
	t := table{head: m.outputLine("OUTPUT, BROKER, FAILOVER", "STATE", "SINCE", "ERROR"), empty: "no outputs"}
	for i := range m.now.Outputs {
		o := &m.now.Outputs[i]
		cluster := ""
		if o.Cluster != "" {
			cluster = "cluster " + status.Printable(o.Cluster)
		}
		m.add(&t, outputRow{id: o.Name, name: o.Name, state: words.Health(o.Healthy), since: words.Ago(m.now.Time, o.Since), text: o.LastError, more: cluster})
		for _, p := range o.Peers {
			m.add(&t, outputRow{id: o.Name + "\x00" + p.Name, name: "  " + p.Name, state: words.Health(p.Healthy), text: p.LastError})
		}
		if o.Failover != nil {
			m.failover(&t, o.Name, o.Failover)
		}
	}
	return t
}

func (m *Model) failover(t *table, output string, f *status.Failover) {
	state := "healthy"
	if len(f.Shards) > 0 {
		state = fmt.Sprintf("%d away", len(f.Shards))
	}
	var edges []string
	for _, e := range slices.Sorted(maps.Keys(f.Edges)) {
		edges = append(edges, fmt.Sprintf("%s %d", status.Printable(e), f.Edges[e]))
	}
	m.add(t, outputRow{
		id: output + "\x00failover", name: "  failover to " + f.To, state: state,
		text: words.Sentences(fmt.Sprintf("%s aside in %d objects", status.Size(f.AsideBytes), f.AsideObjects), f.LastError),
		more: words.Sentences(fmt.Sprintf("%d objects diverted, %d returned", f.DivertedObjects, f.ReturnedObjects), strings.Join(edges, ", ")),
	})
	for i := range f.Shards {
		s := &f.Shards[i]
		name := fmt.Sprintf("    %s/%d", s.Topic, s.Partition)
		if s.Partition < 0 {
			name = "    " + s.Topic
		}
		m.add(t, outputRow{id: output + "\x00failover\x00" + name, name: name, state: s.State, since: words.Ago(m.now.Time, s.Since), text: s.Reason})
	}
}

// outputRow is a line of the view, and what else is said of it when it is chosen.
type outputRow struct{ id, name, state, since, text, more string }

func (m *Model) add(t *table, r outputRow) {
	if !m.wanted(r.id, r.state, r.text) {
		return
	}
	t.rows = append(t.rows, row{
		id:   r.id,
		show: func() string { return m.outputLine(r.name, r.state, r.since, r.text) },
		about: func() string {
			return status.Printable(strings.TrimSpace(r.name)) + ": " + words.Sentences(status.Printable(r.state), status.Printable(r.text), r.more)
		},
	})
}

func (m *Model) outputLine(name, state, since, text string) string {
	return fmt.Sprintf("%s %s %5s %s", columns.FitEnd(status.Printable(name), 34), columns.Fit(status.Printable(state), 10), since, status.Printable(text))
}
