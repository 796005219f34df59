package agent

import (
	"testing"

	"shipper/checkpoint"
)

// An input that refused a commit hands out nothing to persist.
func TestNoProgressChangesNothing(t *testing.T) {
	var c checkpoint.Changes
	addProgress(&c, noProgress, &route{id: 1})
	if len(c.Identities)+len(c.Offsets) != 0 {
		t.Errorf("changes %+v", c)
	}
}
