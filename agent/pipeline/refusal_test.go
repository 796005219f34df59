package pipeline

import (
	"strings"
	"testing"

	"shipper/inputs/logfile"
	"shipper/outputs"
	"shipper/testing/await"
)

// refuse answers every batch that holds the words with fate, and takes others.
func refuse(words string, fate outputs.Fate) func(int, *outputs.Batch) outputs.Fate {
	return func(_ int, b *outputs.Batch) outputs.Fate {
		for i := range b.Segments {
			for j := range b.Segments[i].Len() {
				if _, v, _ := b.Segments[i].At(j); strings.Contains(string(v), words) {
					return fate
				}
			}
		}
		return outputs.Fate{State: outputs.Acked}
	}
}

// An output that refuses a batch for one of its records and does not say which:
// the batch is halved until the record is found.
func TestRecordThatIsNotNamedIsFound(t *testing.T) {
	quarantineOne(t, &scripted{answer: refuse("POISON",
		outputs.Fate{State: outputs.Refused, Class: outputs.RecordError, Err: errScripted})})
}

// A timestamp that the output does not take is no reason for quarantine.
func TestRefusedTimesAreReplaced(t *testing.T) {
	out := &scripted{}
	out.answer = func(_ int, b *outputs.Batch) outputs.Fate {
		for i := range b.Segments {
			if b.Segments[i].HasTimes() {
				return outputs.Fate{State: outputs.Refused, Class: outputs.RecordError, BadTime: true, Err: errScripted,
					Rejected: []outputs.RecordRange{{Segment: i, Count: 1}}}
			}
		}
		return outputs.Fate{State: outputs.Acked}
	}
	r := newRig(t, out)
	want, text := lines("x", 30)
	r.write("a.log", text)
	r.start(func(c *logfile.Config) { c.Timestamp = "mtime" })
	defer r.stop()
	r.until(want)
	await.True(t, patience, "all are counted", func() bool { return r.route.Status().RetimedRecords == int64(len(want)) })
	if n := r.route.Status().QuarantinedRecords; n != 0 {
		t.Errorf("%d records are in quarantine", n)
	}
}

// Where the time of reading itself is refused a clock is wrong: all waits.
func TestRefusedTimeOfReadingWaits(t *testing.T) {
	out := &scripted{}
	wrong := outputs.Fate{State: outputs.Refused, Class: outputs.RecordError, BadTime: true, Err: errScripted}
	out.answer = func(n int, _ *outputs.Batch) outputs.Fate {
		if n < 3 {
			return wrong
		}
		return outputs.Fate{State: outputs.Acked}
	}
	r := newRig(t, out)
	want := r.begin("x", 30)
	defer r.stop()
	r.until(want)
	if n := r.route.Status().QuarantinedRecords; n != 0 || len(out.seen()) != 4 {
		t.Errorf("%d records in quarantine, %d attempts", n, len(out.seen()))
	}
}

// A first attempt that the output gives up may have arrived if it says so.
func TestDoubtfulFirstAttemptIsCounted(t *testing.T) {
	for _, doubtful := range []bool{false, true} {
		out := &scripted{}
		out.answer = func(n int, _ *outputs.Batch) outputs.Fate {
			if n == 0 {
				return outputs.Fate{State: outputs.GivenUp, Class: outputs.SequenceError, Doubtful: doubtful, Err: errScripted}
			}
			return outputs.Fate{State: outputs.Acked}
		}
		r := newRig(t, out)
		all, text := lines("x", 10)
		r.write("a.log", text)
		r.start(nil)
		r.until(all)
		want := map[bool]int64{false: 0, true: 10}[doubtful]
		if n := r.route.Status().PossibleDuplicates; n != want {
			t.Errorf("doubtful %v: %d possible duplicates, want %d", doubtful, n, want)
		}
		r.stop()
	}
}
