package stored

import "testing"

// TestHistory: that an input passed something over is remembered when its configuration
// is another one, and of that input only.
func TestHistory(t *testing.T) {
	if history, note := History(nil, "a", false); history || note != nil {
		t.Error("there is history where all was to be read")
	}
	history, notes := History(nil, "a", true)
	if !history || len(notes) != 1 {
		t.Fatalf("history %v, notes %v", history, notes)
	}
	for _, configured := range []bool{false, true} {
		if history, note := History(notes, "a", configured); !history || note != nil {
			t.Errorf("configured %v: history %v, noted again %v", configured, history, note)
		}
	}
	if history, _ := History(notes, "b", false); history {
		t.Error("another input has it, too")
	}
}
