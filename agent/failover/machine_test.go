package failover

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestEdges walks the machine through stories: each line is a moment, what is
// seen then, and the state after it.
func TestEdges(t *testing.T) {
	p := Policy{After: time.Minute, WhenRunwayBelow: time.Hour, ReturnAfter: 10 * time.Second}
	for name, story := range map[string]string{
		"an outage": `
			0s     well            healthy
			1s     trouble         stalled
			60s    trouble         stalled
			61s    trouble         diverting
			600s   trouble         diverting
			601s   well aside      diverting
			610s   well aside      diverting
			611s   well aside      returning
			700s   well aside      returning
			701s   well            healthy`,
		"a short one": `
			0s     trouble         stalled
			59s    well            healthy
			60s    trouble         stalled
			119s   trouble         stalled
			120s   trouble         diverting`,
		"it comes and goes": `
			0s     trouble         stalled
			60s    trouble         diverting
			61s    well aside      diverting
			65s    trouble aside   diverting
			66s    well aside      diverting
			75s    well aside      diverting
			76s    well aside      returning
			77s    trouble aside   stalled
			136s   trouble aside   stalled
			137s   trouble aside   diverting
			138s   well aside      diverting
			148s   well aside      returning
			150s   trouble aside   stalled
			151s   well aside      returning
			152s   well            healthy`,
		"nothing is tried": `
			0s     trouble         stalled
			30s    silence         stalled
			60s    silence         diverting
			300s   silence aside   diverting`,
		"the runway ends": `
			0s     well 61m        healthy
			1s     trouble 2h      stalled
			2s     trouble 61m     stalled
			3s     trouble 59m     diverting
			4s     well 59m        diverting
			40s    well 59m        diverting
			41s    well 61m        returning
			42s    well 59m aside  returning`,
		"too slow": `
			0s     well 2h         healthy
			1s     well 30m        diverting`,
		"the host goes away": `
			0s     well leave      healthy
			1s     trouble leave   diverting
			2s     well leave      diverting
			30s    well leave      diverting
			31s    well            returning`,
		"its streams are not known yet": `
			0s     well            healthy
			1s     well unseen     healthy
			2s     well aside      returning
			3s     well unseen     returning
			4s     trouble unseen  stalled
			5s     well unseen     returning
			6s     well aside      returning
			7s     well            healthy`,
		"aside from before": `
			0s     silence aside   returning
			1s     well aside      returning
			2s     well            healthy`,
	} {
		t.Run(name, func(t *testing.T) {
			var m Machine
			begin := time.Unix(1e9, 0)
			for line := range strings.Lines(strings.TrimSpace(story)) {
				words := strings.Fields(line)
				at, err := time.ParseDuration(words[0])
				if err != nil {
					t.Fatal(err)
				}
				s := Signs{Runway: -1, Reason: "it hangs"}
				for _, w := range words[1 : len(words)-1] {
					switch w {
					case "well":
						s.Well = true
					case "trouble":
						s.Troubled = true
					case "aside":
						s.Aside = true
					case "unseen":
						s.Unseen = true
					case "leave":
						s.Leave = true
					case "silence":
					default:
						if s.Runway, err = time.ParseDuration(w); err != nil {
							t.Fatal(err)
						}
					}
				}
				before := m
				e, moved := m.Step(p, s, begin.Add(at))
				if moved != (before.State != m.State) || (moved && (e.From != before.State || e.To != m.State || e.Reason == "" || m.Reason != e.Reason || m.Since != begin.Add(at))) {
					t.Errorf("%s: edge %+v, %v", strings.TrimSpace(line), e, moved)
				}
				if want := words[len(words)-1]; m.State.String() != want {
					t.Fatalf("%s: %s", strings.TrimSpace(line), m.State)
				}
				// Each state survives the process.
				if again, ok := parseMachine(m.Text()); m.State != Healthy && (!ok || again.State != m.State || !again.Since.Equal(m.Since) || again.Reason != m.Reason) {
					t.Errorf("stored %q, read %+v", m.Text(), again)
				}
			}
		})
	}
	for _, text := range []string{"", "diverting", "dancing 5 x", "diverting x y"} {
		if m, ok := parseMachine(text); ok {
			t.Errorf("%q: %+v", text, m)
		}
	}
	if fmt.Sprint(Diverting) != "diverting" {
		t.Error(Diverting)
	}
}
