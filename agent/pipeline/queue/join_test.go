package queue

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"shipper/outputs"
)

// TestLeasedAlone: what is in trouble, new or behind is leased alone, and shards go along
// with another only to the same peer.
func TestLeasedAlone(t *testing.T) {
	well := Shard{proven: true}
	backlog := Shard{proven: true, behind: true}
	var trouble Shard // or new
	for _, c := range []struct {
		name         string
		first, other Shard
		peers        string // a letter each, "  " if none is known
		together     bool
	}{
		{"both are well", well, well, "aa", true},
		{"the first is in trouble", trouble, well, "aa", false},
		{"the other is in trouble", well, trouble, "aa", false},
		{"the first is behind", backlog, well, "aa", false},
		{"the other is behind", well, backlog, "aa", false},
		{"they go to two peers", well, well, "ab", false},
		{"no peer is known", well, well, "  ", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			first, other := c.first, c.other
			first.id.Partition, other.id.Partition = 1, 2
			q := New(Config{Output: peers{of: c.peers}, Log: slog.New(slog.DiscardHandler)})
			now := time.Now()
			q.mu.Lock()
			for _, s := range []*Shard{&first, &other} {
				s.index = -1
				q.await(s, now)
				now = now.Add(time.Nanosecond)
			}
			q.mu.Unlock()
			got, _ := q.tryLease(now)
			if got != &first {
				t.Fatal("the first was not leased first")
			}
			along := got.Along()
			if together := len(along) == 1 && along[0] == &other; together != c.together || !together && len(along) > 0 {
				t.Errorf("%d shards go along", len(along))
			}
			if other.leased != c.together {
				t.Errorf("the other is leased: %v", other.leased)
			}
		})
	}
}

// peers is an output of which only the peer of each partition is known.
type peers struct {
	nowhere
	of string
}

func (p peers) Peer(s outputs.Shard) string {
	return strings.TrimSpace(p.of[s.Partition-1 : s.Partition])
}
