package model

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"shipper/agent/columns"
	"shipper/agent/status"
	"shipper/agent/top/words"
)

// urgency sorts the states of shards: what waits for something comes first.
var urgency = []string{status.ShardUnresolved, status.ShardWaiting, status.ShardSending, status.ShardReady, status.ShardIdle}

// lanes shows each output's lanes, and below them what they serve.
func (m *Model) lanes() table {
	const form = "%s %-10s %5s %5s %s"
	t := table{
		head:  fmt.Sprintf(form, columns.Fit("OUTPUT AND PARTITION", 34), "STATE", "TRIES", "NEXT", "ERROR"),
		empty: "no lanes: there are no outputs",
	}
	for i := range m.now.Outputs {
		o := &m.now.Outputs[i]
		shards := m.shards(o.Name)
		text := fmt.Sprintf("%s: %d lanes for %s", status.Printable(o.Name), o.Lanes, tally(shards))
		if m.wanted(o.Name) {
			t.rows = append(t.rows, row{id: o.Name, show: func() string { return text }, about: func() string { return text }})
		}
		for _, s := range shards {
			if !m.wanted(o.Name, words.Shard(&s), s.State, s.LastError) {
				continue
			}
			next, tries := "-", "-"
			if wait := s.RetryAt.Sub(m.now.Time); wait > 0 {
				next = status.Duration(wait)
			}
			if s.Attempts > 0 {
				tries = fmt.Sprint(s.Attempts)
			}
			t.rows = append(t.rows, row{
				id: o.Name + "\x00" + words.Shard(&s),
				show: func() string {
					name, state := status.Printable(words.Shard(&s)), status.Printable(s.State)
					return fmt.Sprintf(form, columns.FitEnd("  "+name, 34), columns.Fit(state, 10), tries, next, status.Printable(s.LastError))
				},
				about: func() string {
					return fmt.Sprintf("%s %s: ", status.Printable(o.Name), status.Printable(words.Shard(&s))) +
						words.Sentences(status.Printable(s.State), words.Count(int64(s.Attempts), "attempts failed"), status.Printable(s.LastError))
				},
			})
		}
	}
	return t
}

// tally counts the shards that are in each state.
func tally(shards []status.Shard) string {
	if len(shards) == 0 {
		return "no partitions yet"
	}
	in := map[string]int64{}
	for _, s := range shards {
		in[s.State]++
	}
	var counts []string
	for _, state := range urgency {
		if n := words.Count(in[state], state); n != "" {
			counts = append(counts, n)
		}
	}
	partitions := "1 partition"
	if n := len(shards); n != 1 {
		partitions = fmt.Sprintf("%d partitions", n)
	}
	return partitions + ": " + strings.Join(counts, ", ")
}

// shards are those of an output, each once although several routes may use it.
func (m *Model) shards(output string) []status.Shard {
	var all []status.Shard
	for i := range m.now.Routes {
		if r := &m.now.Routes[i]; r.Output == output {
			all = append(all, r.Shards...)
		}
	}
	byName := func(a, b status.Shard) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
	}
	slices.SortFunc(all, byName)
	all = slices.CompactFunc(all, func(a, b status.Shard) bool { return byName(a, b) == 0 })
	slices.SortStableFunc(all, func(a, b status.Shard) int {
		return cmp.Compare(slices.Index(urgency, a.State), slices.Index(urgency, b.State))
	})
	return all
}
