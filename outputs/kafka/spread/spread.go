package spread

import (
	"cmp"
	"hash/fnv"
	"io"
	"slices"
	"strconv"
)

// Spread chooses partitions for the streams of an agent.
type Spread struct {
	Agent string // its id
	Most  int    // partitions of a topic that the agent uses; 0: all
}

// Of is the partition of a stream in a topic of n, which are not 0.
func (s Spread) Of(stream, topic string, n int) int32 {
	key := sum(s.Agent, stream)
	if s.Most == 0 || s.Most >= n {
		return jump(key, n)
	}
	// Of the few that the agent uses each stream takes the one that it gives the
	// highest number; whoever comes in later takes only its own streams over.
	few := s.few(topic, n)
	return slices.MaxFunc(few, func(a, b int32) int {
		return cmp.Compare(mix(key^uint64(a)), mix(key^uint64(b)))
	})
}

// few are the partitions that the agent uses, those to which it gives the highest
// numbers.
func (s Spread) few(topic string, n int) []int32 {
	key := sum(s.Agent, topic)
	all := make([]int32, n)
	for i := range all {
		all[i] = int32(i)
	}
	slices.SortFunc(all, func(a, b int32) int { return cmp.Compare(mix(key^uint64(b)), mix(key^uint64(a))) })
	return all[:s.Most]
}

// sum is a hash of two texts.
func sum(a, b string) uint64 {
	h := fnv.New64a()
	_, _ = io.WriteString(h, strconv.Itoa(len(a))+":"+a+b) // a hash takes everything
	return mix(h.Sum64())
}

// mix spreads the bits of a poor hash: the finaliser of SplitMix64 (Steele, Lea
// and Flood, 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// jump is the jump consistent hash (Lamping and Veach, 2014): of keys spread
// evenly over n, going to n+1 moves 1/(n+1) of them, all to the new one.
func jump(key uint64, n int) int32 {
	b, j := int64(-1), int64(0)
	for j < int64(n) {
		b = j
		key = key*2862933555777941757 + 1
		j = int64(float64(b+1) * (float64(1<<31) / float64(key>>33+1)))
	}
	return int32(b)
}
