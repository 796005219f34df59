package pipeline

import (
	"os"
	"strings"
	"testing"

	"shipper/outputs"
)

// A record that the output will not take is known by its bytes, too: after a
// truncation another one stands where it was.
func TestPoisonIsNotTakenForAnotherRecord(t *testing.T) {
	out := &scripted{}
	r := newRig(t, out)
	fresh, freshText := lines("ok", 3)
	out.answer = func(_ int, b *outputs.Batch) outputs.Fate {
		for i := range b.Segments {
			if strings.Contains(string(b.Segments[i].Data), "POISON") {
				// While the answer is under way the file is truncated.
				if err := os.WriteFile(r.path("a.log"), []byte(freshText), 0o600); err != nil {
					t.Error(err)
				}
				return outputs.Fate{State: outputs.Refused, Class: outputs.RecordError, Err: errScripted,
					Rejected: []outputs.RecordRange{{Segment: i, Count: 1, Reason: "poison"}}}
			}
		}
		return outputs.Fate{State: outputs.Acked}
	}
	r.write("a.log", "POISON and more\nnext\n")
	r.start(nil)
	defer r.stop()
	r.until(fresh)
	if n := r.route.Status().QuarantinedRecords; n != 0 {
		t.Errorf("%d good records were put into quarantine", n)
	}
}
