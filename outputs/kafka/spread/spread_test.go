package spread

import (
	"slices"
	"strconv"
	"testing"
)

// Partitions that are added take their share of the streams, and no stream goes
// from one old partition to another.
func TestNewPartitionsTakeTheirShareAndNoMore(t *testing.T) {
	const streams = 4000
	for _, most := range []int{0, 4} {
		s := Spread{Agent: "agent", Most: most}
		for n := 1; n < 12; n++ {
			moved := 0
			gone := map[int32]bool{} // partitions that the agent no longer uses
			if most > 0 && most < n {
				for _, p := range s.few("t", n) {
					gone[p] = false
				}
				for p := range int32(n) {
					if _, used := gone[p]; used {
						gone[p] = !slices.Contains(s.few("t", n+1), p)
					}
				}
			}
			for i := range streams {
				name := "/var/log/" + strconv.Itoa(i) + ".log"
				before, after := s.Of(name, "t", n), s.Of(name, "t", n+1)
				if before == after {
					continue
				}
				moved++
				if after != int32(n) && !gone[before] && (most == 0 || most < n) {
					t.Fatalf("most %d: from %d to %d partitions %s goes from %d to %d", most, n, n+1, name, before, after)
				}
			}
			if share := streams / (n + 1); most == 0 && (moved < share*8/10 || moved > share*12/10) {
				t.Errorf("from %d to %d partitions %d of %d streams moved, %d are the share", n, n+1, moved, streams, share)
			}
		}
	}
}

func TestAgentKeepsToItsPartitions(t *testing.T) {
	all := map[int32]int{}
	for a := range 64 {
		own := map[int32]bool{}
		for i := range 200 {
			own[Spread{Agent: "agent-" + strconv.Itoa(a), Most: 3}.Of(strconv.Itoa(i), "t", 24)] = true
		}
		if len(own) != 3 {
			t.Errorf("agent %d uses %d partitions", a, len(own))
		}
		for p := range own {
			all[p]++
		}
	}
	if len(all) != 24 {
		t.Errorf("64 agents use %d of 24 partitions", len(all))
	}
}
