package verdict

import (
	"errors"
	"strings"
	"testing"
	"time"

	"shipper/agent/status"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// snapshot is of a healthy agent whose one route is waits behind and loses bytes
// in left, unless that is 0.
func snapshot(waits, left time.Duration) *status.Snapshot {
	r := status.Route{Name: "app → kafka.events", Input: "app", Output: "kafka.events", LagBytes: 10, DeliveredBytes: 20, OldestUnread: noon.Add(-waits)}
	if left > 0 {
		seconds := left.Seconds()
		r.Runway = &status.Runway{Seconds: &seconds, Text: "rotation deletes it"}
	}
	return &status.Snapshot{Time: noon, State: status.State{Healthy: true}, Routes: []status.Route{r}, Outputs: []status.Output{{Name: "kafka.events", Healthy: true}}}
}

func TestJudge(t *testing.T) {
	limits := Limits{WarnLag: 5 * time.Minute, CritLag: time.Hour, WarnRunway: 6 * time.Hour, CritRunway: 2 * time.Hour}
	broken := func(change func(*status.Snapshot)) *status.Snapshot {
		s := snapshot(0, 0)
		change(s)
		return s
	}
	for name, c := range map[string]struct {
		s     *status.Snapshot
		state State
		says  string
	}{
		"well":        {snapshot(5*time.Minute, 6*time.Hour), OK, "SHIPPER OK - 1 routes, 0 files, 10 bytes wait | 'app:kafka.events lag'=300s;300;3600;0 'app:kafka.events behind'=10B;;;0 'app:kafka.events delivered'=20c;;;0 'app:kafka.events runway'=21600s;21600:;7200:;0"},
		"late":        {snapshot(5*time.Minute+time.Second, 0), Warning, "5m1s behind"},
		"very late":   {snapshot(2*time.Hour, 3*time.Hour), Critical, "is 2h0m0s behind; app → kafka.events loses bytes in 3h0m0s"},
		"soon lost":   {snapshot(0, time.Hour), Critical, "loses bytes in 1h0m0s: rotation deletes it"},
		"state":       {broken(func(s *status.Snapshot) { s.State = status.State{Error: "disk | full"} }), Critical, "written: disk / full |"},
		"config":      {broken(func(s *status.Snapshot) { s.Agent.ConfigError = "a mistake" }), Warning, "a mistake"},
		"held":        {broken(func(s *status.Snapshot) { s.Routes[0].Held = "another cluster" }), Critical, "another cluster"},
		"output":      {broken(func(s *status.Snapshot) { s.Outputs[0] = status.Output{Name: "k", LastError: "no broker\nanswers"} }), Warning, `no broker\nanswers`},
		"worst first": {broken(func(s *status.Snapshot) { s.Agent.ConfigError = "a mistake"; s.Routes[0].Held = "held" }), Critical, "SHIPPER CRITICAL - app → kafka.events waits"},
		"deleted held": {broken(func(s *status.Snapshot) {
			s.Inputs = []status.Input{{Label: "app", Deleted: &status.Deleted{NearLimit: true, Text: "90 %"}}}
		}), Warning, "input app: 90 %"},
	} {
		v := Judge(c.s, limits)
		if line := v.Line(); v.State != c.state || !strings.Contains(line, c.says) || strings.Contains(line, "\n") || strings.Count(line, "|") != 1 {
			t.Errorf("%s: %v, %s", name, v.State, line)
		}
	}
	if v := Judge(snapshot(time.Hour, time.Second), Limits{}); v.State != OK {
		t.Errorf("without limits: %s", v.Line())
	}
	if got := Unasked(Unknown, errors.New("permission denied")).Line(); got != "SHIPPER UNKNOWN - permission denied" {
		t.Error(got)
	}
}
