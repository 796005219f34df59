package port

import "testing"

func TestFreePortsAreDistinctAndBelowTheEphemeralRange(t *testing.T) {
	found, err := Free(20)
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[int]bool)
	for _, p := range found {
		if seen[p] || p >= 32768 || p < 1024 {
			t.Errorf("port %d in %v", p, found)
		}
		seen[p] = true
	}
}
