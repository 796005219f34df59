package topics

import (
	"cmp"
	"slices"
)

// Broker is one broker of the cluster.
type Broker struct {
	ID   int32
	Addr string // host:port, as advertised
	Rack string // "" if it has none
}

// place chooses the replicas of so many more partitions, the preferred leader
// first. Placed are the replica lists of the topic's present partitions. There
// must be at least so many brokers as replicas.
func place(brokers []Broker, placed [][]int32, more, replicas int) [][]int32 {
	leads, holds := map[int32]int{}, map[int32]int{}
	for _, list := range placed {
		for i, id := range list {
			holds[id]++
			if i == 0 {
				leads[id]++
			}
		}
	}
	rack := map[int32]string{}
	for _, b := range brokers {
		rack[b.ID] = b.Rack
	}
	var chosen [][]int32
	for range more {
		var list []int32
		used := map[string]bool{} // racks
		for len(list) < replicas {
			best := slices.MinFunc(without(brokers, list), func(a, b Broker) int {
				first := 0
				if len(list) == 0 {
					first = cmp.Compare(leads[a.ID], leads[b.ID])
				}
				return cmp.Or(first,
					compareBool(a.Rack != "" && used[a.Rack], b.Rack != "" && used[b.Rack]),
					cmp.Compare(holds[a.ID], holds[b.ID]),
					cmp.Compare(leads[a.ID], leads[b.ID]),
					cmp.Compare(a.ID, b.ID))
			})
			if len(list) == 0 {
				leads[best.ID]++
			}
			holds[best.ID]++
			used[rack[best.ID]] = true
			list = append(list, best.ID)
		}
		chosen = append(chosen, list)
	}
	return chosen
}

func without(brokers []Broker, ids []int32) []Broker {
	return slices.DeleteFunc(slices.Clone(brokers), func(b Broker) bool { return slices.Contains(ids, b.ID) })
}

// compareBool orders false before true.
func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// leadsNothing are the brokers that are the preferred leader of no partition.
func leadsNothing(brokers []Broker, placed [][]int32) []int32 {
	var idle []int32
	for _, b := range brokers {
		if !slices.ContainsFunc(placed, func(list []int32) bool { return len(list) > 0 && list[0] == b.ID }) {
			idle = append(idle, b.ID)
		}
	}
	return idle
}
