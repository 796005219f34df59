package rates

import (
	"testing"
	"time"

	"shipper/agent/status"
)

// at is an agent that has delivered so much after so many seconds.
func at(seconds int, bytes, records int64) *status.Snapshot {
	began := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	return &status.Snapshot{
		Time:   began.Add(time.Duration(seconds) * time.Second),
		Agent:  status.Agent{PID: 1, StartedAt: began},
		Routes: []status.Route{{Name: "r", DeliveredBytes: bytes, DeliveredRecords: records}},
		Files: []status.File{
			{Path: "a", Generation: "1", Routes: []status.FileRoute{{Route: "r", Offset: bytes / 2}}},
			{Path: "b", Routes: []status.FileRoute{{Route: "r"}}},
		},
	}
}

func TestBetween(t *testing.T) {
	if Between(nil, at(4, 0, 0)).Total().Known {
		t.Error("a rate of one look")
	}
	r := Between(at(0, 1<<20, 5), at(4, 5<<20, 45))
	if got := r.Routes["r"]; got != (Rate{1 << 20, 10, true}) || got != r.Total() {
		t.Errorf("rate %+v, total %+v", got, r.Total())
	}
	if got := r.Files[File{"r", "a", "1"}].String(); got != "512 KiB/s" {
		t.Errorf("rate of a file %s", got)
	}
	restarted := at(4, 5<<20, 45)
	restarted.Agent.PID++
	if Between(at(0, 0, 0), restarted).Total().Known {
		t.Error("a rate across a restart")
	}
	if got := Between(at(0, 0, 0), at(0, 1, 1)).Total().String(); got != "-" {
		t.Errorf("rate %s within no time", got)
	}
}
