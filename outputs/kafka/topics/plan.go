package topics

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Declaration is what a topic should be.
type Declaration struct {
	Name string
	// Partitions is how many it should have at least; 0: PartitionsPerBroker
	// for each broker of the cluster.
	Partitions, PartitionsPerBroker int
	ReplicationFactor               int
	Settings                        map[string]string // by Kafka's names, such as retention.ms
}

// Kind is what a step does.
type Kind uint8

// The kinds of steps.
const (
	Create Kind = iota // a topic
	Grow               // more partitions
	Set                // one setting
)

// Step is one change of one topic.
type Step struct {
	Kind  Kind
	Topic string
	// Partitions is how many there are after Create and Grow; Placement is the
	// replicas of those that are new, the preferred leader first.
	Partitions int
	Placement  [][]int32
	Settings   map[string]string // of Create; of Set the one that is set
	Was        string            // of Grow and Set: partitions, value
}

// String is the step in words.
func (s *Step) String() string {
	switch s.Kind {
	case Create:
		words := fmt.Sprintf("create topic %s with %s, replication factor %d", s.Topic, count(s.Partitions, "partition"), len(s.Placement[0]))
		for _, name := range slices.Sorted(maps.Keys(s.Settings)) {
			words += fmt.Sprintf(", %s=%s", name, s.Settings[name])
		}
		return words + "; " + s.leaders()
	case Grow:
		return fmt.Sprintf("grow topic %s from %s to %d partitions; %s", s.Topic, s.Was, s.Partitions, s.leaders())
	case Set:
	}
	var words []string
	for name, value := range s.Settings {
		words = append(words, fmt.Sprintf("set %s=%s of topic %s, which is %s", name, value, s.Topic, cmp.Or(s.Was, "not set")))
	}
	return strings.Join(words, "; ")
}

// leaders says which broker leads how many of the new partitions.
func (s *Step) leaders() string {
	leads := map[int32]int{}
	for _, list := range s.Placement {
		leads[list[0]]++
	}
	var words []string
	for _, id := range slices.Sorted(maps.Keys(leads)) {
		words = append(words, fmt.Sprintf("broker %d leads %d", id, leads[id]))
	}
	return "of the new ones " + strings.Join(words, ", ")
}

// Note is something that differs and that no step changes.
type Note struct {
	Topic   string
	Message string
	Cure    string
	// Differs says that the topic falls short of what is declared; otherwise
	// the note is only worth knowing.
	Differs bool
}

// Plan is what is to be done.
type Plan struct {
	Brokers []Broker
	Steps   []Step
	Notes   []Note
}

// found is what a topic is.
type found struct {
	placed   [][]int32 // replicas by partition
	settings map[string]string
}

// plan compares what is declared with what is; topics that are not there have
// no entry in is.
func plan(declared []Declaration, brokers []Broker, is map[string]*found) (*Plan, error) {
	p := &Plan{Brokers: brokers}
	for i := range declared {
		d := &declared[i]
		if d.ReplicationFactor > len(brokers) {
			return nil, fmt.Errorf("topic %s: replication factor %d needs so many brokers, and the cluster has %d", d.Name, d.ReplicationFactor, len(brokers))
		}
		want := d.Partitions
		if want == 0 {
			want = d.PartitionsPerBroker * len(brokers)
		}
		if f := is[d.Name]; f != nil {
			p.change(d, f, want)
			continue
		}
		p.Steps = append(p.Steps, Step{
			Kind: Create, Topic: d.Name, Partitions: want, Settings: d.Settings,
			Placement: place(brokers, nil, want, d.ReplicationFactor),
		})
	}
	return p, nil
}

// change adds the steps for a topic that is there.
func (p *Plan) change(d *Declaration, f *found, want int) {
	have := len(f.placed)
	placed := f.placed
	switch {
	case have < want:
		// Kafka wants all partitions of a topic to have equally many replicas.
		replicas := min(len(f.placed[0]), len(p.Brokers))
		added := place(p.Brokers, f.placed, want-have, replicas)
		placed = slices.Concat(placed, added)
		p.Steps = append(p.Steps, Step{Kind: Grow, Topic: d.Name, Partitions: want, Placement: added, Was: strconv.Itoa(have)})
	case have > want:
		p.note(d, false, fmt.Sprintf("it has %s, %d are declared; partitions are never taken away", count(have, "partition"), want), "")
	}
	for _, name := range slices.Sorted(maps.Keys(d.Settings)) {
		if value, is := d.Settings[name], f.settings[name]; !same(value, is) {
			p.Steps = append(p.Steps, Step{Kind: Set, Topic: d.Name, Settings: map[string]string{name: value}, Was: is})
		}
	}
	few := 0
	for _, list := range f.placed {
		if len(list) < d.ReplicationFactor {
			few++
		}
	}
	if few > 0 {
		p.note(d, true, fmt.Sprintf("%s have fewer replicas than the %d that are declared; replicas of partitions that exist are never moved",
			count(few, "partition"), d.ReplicationFactor), "Add them with kafka-reassign-partitions.sh.")
	}
	if idle := leadsNothing(p.Brokers, placed); len(idle) > 0 && len(placed) >= len(p.Brokers) {
		p.note(d, false, fmt.Sprintf("none of its partitions is led by %s, so that its load does not go there", numbers(idle)),
			"Raise partitions, or declare partitions_per_broker.")
	}
}

func (p *Plan) note(d *Declaration, differs bool, message, cure string) {
	p.Notes = append(p.Notes, Note{Topic: d.Name, Message: message, Cure: cure, Differs: differs})
}

// same tells whether two values of a setting are one. Lists are written with and
// without spaces.
func same(a, b string) bool {
	return strings.ReplaceAll(a, " ", "") == strings.ReplaceAll(b, " ", "")
}

func count(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

func numbers(ids []int32) string {
	var words []string
	for _, id := range ids {
		words = append(words, "broker "+strconv.Itoa(int(id)))
	}
	return strings.Join(words, ", ")
}
