package stored

import (
	"testing"

	"shipper/checkpoint"
	"shipper/inputs/logfile"
)

// An input that refused a commit hands out nothing to persist.
func TestNoProgressChangesNothing(t *testing.T) {
	var c checkpoint.Changes
	AddProgress(&c, logfile.Progress{}, "in", 1)
	if len(c.Identities)+len(c.Offsets) != 0 {
		t.Errorf("changes %+v", c)
	}
}
