package rates

import (
	"github.com/dustin/go-humanize"

	"shipper/agent/status"
)

// Rate is what was acknowledged in a second; Known is false until two looks at
// the same agent tell.
type Rate struct {
	Bytes, Records float64
	Known          bool
}

func (r Rate) String() string {
	if !r.Known {
		return "-"
	}
	return humanize.IBytes(uint64(max(0, r.Bytes))) + "/s"
}

// Rates are those of the routes, and of each file on each route, where two looks
// tell them.
type Rates struct {
	Routes map[string]Rate
	Files  map[File]Rate
}

// File is a generation on a route; its path, too, as generations without a
// record have no id yet.
type File struct{ Route, Path, Generation string }

// Between compares two looks. before may be nil.
func Between(before, now *status.Snapshot) Rates {
	r := Rates{map[string]Rate{}, map[File]Rate{}}
	if before == nil || before.Agent.PID != now.Agent.PID || !before.Agent.StartedAt.Equal(now.Agent.StartedAt) {
		return r
	}
	seconds := now.Time.Sub(before.Time).Seconds()
	if seconds <= 0 {
		return r
	}
	per := func(was, is int64) float64 { return float64(is-was) / seconds }
	routes := make(map[string]*status.Route, len(before.Routes))
	for i := range before.Routes {
		routes[before.Routes[i].Name] = &before.Routes[i]
	}
	for i := range now.Routes {
		n := &now.Routes[i]
		if b := routes[n.Name]; b != nil {
			r.Routes[n.Name] = Rate{Bytes: per(b.DeliveredBytes, n.DeliveredBytes), Records: per(b.DeliveredRecords, n.DeliveredRecords), Known: true}
		}
	}
	files := offsets(before)
	for key, offset := range offsets(now) {
		if was, ok := files[key]; ok {
			r.Files[key] = Rate{Bytes: per(was, offset), Known: true}
		}
	}
	return r
}

func offsets(s *status.Snapshot) map[File]int64 {
	all := make(map[File]int64, len(s.Files))
	for i := range s.Files {
		f := &s.Files[i]
		for j := range f.Routes {
			all[File{f.Routes[j].Route, f.Path, f.Generation}] = f.Routes[j].Offset
		}
	}
	return all
}

// Total is the sum of the routes'.
func (r Rates) Total() (sum Rate) {
	for _, x := range r.Routes {
		sum = Rate{Bytes: sum.Bytes + x.Bytes, Records: sum.Records + x.Records, Known: true}
	}
	return sum
}
