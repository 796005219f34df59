package topics

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func brokers(racks ...string) []Broker {
	var all []Broker
	for i, rack := range racks {
		all = append(all, Broker{ID: int32(i + 1), Rack: rack})
	}
	return all
}

// shares counts who leads and who holds.
func shares(placed [][]int32) (leads, holds map[int32]int) {
	leads, holds = map[int32]int{}, map[int32]int{}
	for _, list := range placed {
		leads[list[0]]++
		for _, id := range list {
			holds[id]++
		}
	}
	return leads, holds
}

func TestNewTopicIsSpreadEvenly(t *testing.T) {
	placed := place(brokers("", "", "", ""), nil, 8, 3)
	leads, holds := shares(placed)
	for id := range int32(4) {
		if leads[id+1] != 2 || holds[id+1] != 6 {
			t.Errorf("broker %d leads %d and holds %d: %v", id+1, leads[id+1], holds[id+1], placed)
		}
	}
	for _, list := range placed {
		if slices.Sort(list); len(slices.Compact(list)) != 3 {
			t.Errorf("a partition is twice on a broker: %v", placed)
		}
	}
}

// Brokers that were added lead what is new, until everybody leads as many.
func TestNewBrokersLeadNewPartitions(t *testing.T) {
	old := place(brokers("", "", ""), nil, 6, 3)
	added := place(brokers("", "", "", ""), old, 2, 3)
	for _, list := range added {
		if list[0] != 4 {
			t.Errorf("a new partition is led by %d: %v", list[0], added)
		}
	}
	leads, _ := shares(append(slices.Clone(old), place(brokers("", "", "", ""), old, 6, 3)...))
	for id, n := range leads {
		if n != 3 {
			t.Errorf("broker %d leads %d of 12", id, n)
		}
	}
}

func TestCopiesGoToOtherRacks(t *testing.T) {
	where := brokers("a", "a", "b", "b", "c", "c")
	for _, list := range place(where, nil, 12, 3) {
		racks := map[string]bool{}
		for _, id := range list {
			racks[where[id-1].Rack] = true
		}
		if len(racks) != 3 {
			t.Errorf("%v are in %d racks", list, len(racks))
		}
	}
}

func TestPlan(t *testing.T) {
	three := func(n int) [][]int32 { return place(brokers("", "", ""), nil, n, 3) }
	for _, c := range []struct {
		name     string
		declared Declaration
		brokers  int
		is       *found
		want     string
	}{
		{"absent", Declaration{PartitionsPerBroker: 2, ReplicationFactor: 3, Settings: map[string]string{"b": "2", "a": "1"}}, 3, nil,
			"create topic t with 6 partitions, replication factor 3, a=1, b=2; of the new ones broker 1 leads 2, broker 2 leads 2, broker 3 leads 2"},
		{"as declared", Declaration{Partitions: 6, ReplicationFactor: 3, Settings: map[string]string{"a": "x,y"}}, 3,
			&found{three(6), map[string]string{"a": "x, y"}}, ""},
		{"a broker more", Declaration{PartitionsPerBroker: 2, ReplicationFactor: 3}, 4, &found{three(6), nil},
			"grow topic t from 6 to 8 partitions; of the new ones broker 4 leads 2"},
		{"a broker more, fixed number", Declaration{Partitions: 6, ReplicationFactor: 3}, 4, &found{three(6), nil},
			"note: none of its partitions is led by broker 4, so that its load does not go there"},
		{"too many", Declaration{Partitions: 3, ReplicationFactor: 3}, 3, &found{three(6), nil},
			"note: it has 6 partitions, 3 are declared; partitions are never taken away"},
		{"setting", Declaration{Partitions: 6, ReplicationFactor: 3, Settings: map[string]string{"a": "2", "b": "3"}}, 3,
			&found{three(6), map[string]string{"a": "1", "b": "3"}}, "set a=2 of topic t, which is 1"},
		{"few copies", Declaration{Partitions: 3, ReplicationFactor: 3}, 3, &found{place(brokers("", "", ""), nil, 3, 2), nil},
			"differs: 3 partitions have fewer replicas than the 3 that are declared; replicas of partitions that exist are never moved"},
		{"few copies, grown", Declaration{Partitions: 4, ReplicationFactor: 3}, 3, &found{place(brokers("", "", ""), nil, 3, 2), nil},
			"grow topic t from 3 to 4 partitions; of the new ones broker 3 leads 1\ndiffers: 3 partitions have fewer replicas than the 3 that are declared; replicas of partitions that exist are never moved"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.declared.Name = "t"
			is := map[string]*found{}
			if c.is != nil {
				is["t"] = c.is
			}
			p, err := plan([]Declaration{c.declared}, brokers(make([]string, c.brokers)...), is)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for i := range p.Steps {
				got = append(got, p.Steps[i].String())
			}
			for _, n := range p.Notes {
				got = append(got, fmt.Sprintf("%s: %s", map[bool]string{true: "differs", false: "note"}[n.Differs], n.Message))
			}
			if strings.Join(got, "\n") != c.want {
				t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), c.want)
			}
		})
	}
	if _, err := plan([]Declaration{{Name: "t", Partitions: 1, ReplicationFactor: 3}}, brokers("", ""), nil); err == nil {
		t.Error("three copies on two brokers")
	}
}
