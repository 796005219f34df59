package metrics

import (
	"math"
	"runtime"
	"slices"
	"strings"

	"shipper/agent/status"
)

// The kinds of a metric.
const (
	gauge   = "gauge"
	counter = "counter"
)

// metric is one row of the table.
type metric struct {
	name, kind, help string
	labels           []string
	// values calls emit for each series, with the values of the labels.
	values func(s *status.Snapshot, emit func(v float64, labels ...string))
}

var (
	ofRoute  = []string{"input", "output"}
	ofOutput = []string{"output"}
	ofInput  = []string{"input"}
)

var table = []metric{
	{
		"shipper_build_info", gauge, "1; the labels are the version of shipper and of Go.", []string{"version", "goversion"},
		func(s *status.Snapshot, emit func(float64, ...string)) { emit(1, s.Agent.Version, runtime.Version()) },
	},
	{
		"shipper_config_invalid", gauge, "1 while the configuration on disk has mistakes, so that the one before is in force.", nil,
		func(s *status.Snapshot, emit func(float64, ...string)) { emit(one(s.Agent.ConfigError != "")) },
	},
	{
		"shipper_state_healthy", gauge, "0 while offsets can't be written to the state directory.", nil,
		func(s *status.Snapshot, emit func(float64, ...string)) { emit(one(s.State.Healthy)) },
	},

	{
		"shipper_route_state", gauge, "1 for the state that the route is in: idle, shipping, stalled or held.", append(slices.Clone(ofRoute), "state"),
		func(s *status.Snapshot, emit func(float64, ...string)) {
			for i := range s.Routes {
				for _, state := range []string{status.RouteIdle, status.RouteShipping, status.RouteStalled, status.RouteHeld} {
					emit(one(s.Routes[i].State == state), s.Routes[i].Input, s.Routes[i].Output, state)
				}
			}
		},
	},
	perRoute("shipper_route_lag_bytes", gauge, "Bytes in the files that are not yet acknowledged.",
		func(_ *status.Snapshot, r *status.Route) float64 { return float64(r.LagBytes) }),
	perRoute("shipper_route_lag_seconds", gauge, "For how long the oldest byte that is not acknowledged has been known; 0 if nothing waits.",
		func(s *status.Snapshot, r *status.Route) float64 {
			if r.OldestUnread.IsZero() {
				return 0
			}
			return max(0, s.Time.Sub(r.OldestUnread).Seconds())
		}),
	perRoute("shipper_route_runway_seconds", gauge, "Time until bytes are lost that are not shipped, at the present rates; +Inf while the route keeps up.",
		func(_ *status.Snapshot, r *status.Route) float64 {
			if r.Runway == nil {
				return math.Inf(1)
			}
			return orInf(r.Runway.Seconds)
		}),
	perRoute("shipper_route_runway_if_stopped_seconds", gauge, "The same if the output took nothing from now on; +Inf if nothing is known to take the bytes.",
		func(_ *status.Snapshot, r *status.Route) float64 {
			if r.Runway == nil {
				return math.Inf(1)
			}
			return orInf(r.Runway.IfStoppedSeconds)
		}),
	perRoute("shipper_route_delivered_records_total", counter, "Records that the output has acknowledged.",
		func(_ *status.Snapshot, r *status.Route) float64 { return float64(r.DeliveredRecords) }),
	perRoute("shipper_route_delivered_bytes_total", counter, "Bytes of the files that are acknowledged, newlines and filtered lines included.",
		func(_ *status.Snapshot, r *status.Route) float64 { return float64(r.DeliveredBytes) }),
	perRoute("shipper_route_possible_duplicates_total", counter, "Records sent again although an earlier attempt may have succeeded.",
		func(_ *status.Snapshot, r *status.Route) float64 { return float64(r.PossibleDuplicates) }),
	perRoute("shipper_route_unprovable_bytes_total", counter, "Bytes sent whose fate is unknown and that could not be read again.",
		func(_ *status.Snapshot, r *status.Route) float64 { return float64(r.UnprovableBytes) }),
	perRoute("shipper_route_quarantined_records_total", counter, "Records that the output will never take, kept in quarantine.",
		func(_ *status.Snapshot, r *status.Route) float64 { return float64(r.QuarantinedRecords) }),
	perRoute("shipper_route_retimed_records_total", counter, "Records that carry the time of reading because their own was refused.",
		func(_ *status.Snapshot, r *status.Route) float64 { return float64(r.RetimedRecords) }),
	{
		"shipper_route_shards", gauge, "Topic partitions that the route sends to, by state: idle, ready, sending, waiting (after a failure) or unresolved (likewise, and the fate of a batch is unknown).",
		append(slices.Clone(ofRoute), "state"),
		func(s *status.Snapshot, emit func(float64, ...string)) {
			for i := range s.Routes {
				n := map[string]int{}
				for _, sh := range s.Routes[i].Shards {
					n[sh.State]++
				}
				for _, state := range []string{status.ShardIdle, status.ShardReady, status.ShardSending, status.ShardWaiting, status.ShardUnresolved} {
					emit(float64(n[state]), s.Routes[i].Input, s.Routes[i].Output, state)
				}
			}
		},
	},

	{
		"shipper_output_healthy", gauge, "1 if the output answers.", ofOutput,
		func(s *status.Snapshot, emit func(float64, ...string)) {
			for i := range s.Outputs {
				emit(one(s.Outputs[i].Healthy), s.Outputs[i].Name)
			}
		},
	},
	{
		"shipper_output_peer_healthy", gauge, "1 if this broker (or file) of the output answers.", []string{"output", "peer"},
		func(s *status.Snapshot, emit func(float64, ...string)) {
			for i := range s.Outputs {
				for _, p := range s.Outputs[i].Peers {
					emit(one(p.Healthy), s.Outputs[i].Name, p.Name)
				}
			}
		},
	},
	{
		"shipper_output_audits_waiting", gauge, "Records about complete files that the audit topic has not acknowledged.", ofOutput,
		func(s *status.Snapshot, emit func(float64, ...string)) {
			for i := range s.Outputs { // each of its routes tells the number of the output
				n := 0
				for j := range s.Routes {
					if s.Routes[j].Output == s.Outputs[i].Name {
						n = max(n, s.Routes[j].AuditsWaiting)
					}
				}
				emit(float64(n), s.Outputs[i].Name)
			}
		},
	},

	{
		"shipper_failover_partitions", gauge, "Partitions of an output with a failover that are not healthy, by state: stalled, diverting or returning.", append(slices.Clone(ofOutput), "state"),
		func(s *status.Snapshot, emit func(float64, ...string)) {
			for i := range s.Outputs {
				f := s.Outputs[i].Failover
				if f == nil {
					continue
				}
				n := map[string]int{}
				for _, sh := range f.Shards {
					n[sh.State]++
				}
				for _, state := range []string{"stalled", "diverting", "returning"} {
					emit(float64(n[state]), s.Outputs[i].Name, state)
				}
			}
		},
	},
	perFailover("shipper_failover_aside_bytes", gauge, "Bytes that are put aside in the output of the failover and have not returned.",
		func(f *status.Failover) float64 { return float64(f.AsideBytes) }),
	perFailover("shipper_failover_aside_objects", gauge, "The number of objects that hold them.",
		func(f *status.Failover) float64 { return float64(f.AsideObjects) }),
	perFailover("shipper_failover_diverted_bytes_total", counter, "Bytes put aside.",
		func(f *status.Failover) float64 { return float64(f.DivertedBytes) }),
	perFailover("shipper_failover_diverted_records_total", counter, "Records put aside.",
		func(f *status.Failover) float64 { return float64(f.DivertedRecords) }),
	perFailover("shipper_failover_diverted_objects_total", counter, "Objects put aside.",
		func(f *status.Failover) float64 { return float64(f.DivertedObjects) }),
	perFailover("shipper_failover_returned_objects_total", counter, "Objects whose lines have arrived at the output after all.",
		func(f *status.Failover) float64 { return float64(f.ReturnedObjects) }),

	{
		"shipper_input_files", gauge, "Known files by state: live, rotated, unlinked, missing, copy or failed (it can't be opened or read).",
		[]string{"input", "state"},
		func(s *status.Snapshot, emit func(float64, ...string)) {
			n := map[[2]string]int{}
			for i := range s.Files {
				n[[2]string{s.Files[i].Input, s.Files[i].State}]++
			}
			for i := range s.Inputs {
				for _, state := range []string{"live", "rotated", "unlinked", "missing", "copy", "failed"} {
					emit(float64(n[[2]string{s.Inputs[i].Label, state}]), s.Inputs[i].Label, state)
				}
			}
		},
	},
	perInput("shipper_input_deleted_held_bytes", gauge, "Disk space of deleted files that are held open because they are unread.",
		func(d *status.Deleted) float64 { return float64(d.Bytes) }),
	perInput("shipper_input_deleted_held_files", gauge, "The number of those files.",
		func(d *status.Deleted) float64 { return float64(d.Files) }),
	{
		"shipper_input_unshipped_bytes_total", counter, "Bytes that were passed over or are gone, by reason.", []string{"input", "reason"},
		reasons(unshipped),
	},
	{
		"shipper_input_events_total", counter, "What happened to files and records while they were read, by reason.", []string{"input", "reason"},
		reasons(events),
	},
}

// reason is one of the input's counters.
type reason struct{ key, help string }

// unshipped are the counters of bytes.
var unshipped = []reason{
	{"bytes_lost", "truncated or deleted before they were read, as far as known"},
	{"skipped_bytes", "of over-long lines that on_long_line skips"},
	{"gap_bytes", "holes and NULs in place of data"},
	{"given_up_bytes", "of deleted files given up by retain_deleted; also in bytes_lost"},
	{"given_up_arrived", "of given_up_bytes: sent before, and acknowledged after all"},
}

// events are the counters of everything else.
var events = []reason{
	{"generations", "files begun"},
	{"truncations", "files found truncated or replaced in place"},
	{"pieces", "records that are pieces of over-long lines"},
	{"partial", "last lines shipped without a newline"},
	{"late", "parts of a file shipped after its successor was begun"},
	{"timed_out", "joined records that were cut by a time-out"},
	{"long_lines", "over-long lines that were quarantined or skipped"},
	{"malformed", "lines that are not of a container log"},
	{"gaps", "holes and NULs that were passed over"},
	{"nul_waits", "files found to end in NULs, which are waited for to become data"},
	{"filtered", "records kept back by include and exclude"},
	{"unparsed_times", "records without a readable time"},
	{"compressed_ignored", "compressed rotated files noticed and not read"},
	{"read_errors", "failed attempts to open or read"},
	{"overflows", "overflows of the queue of directory events, answered by a full scan"},
	{"scans", "full scans"},
	{"unopened", "attempts that found no free descriptor"},
	{"completed", "files found complete, for each route"},
	{"disposed", "complete files that were deleted or moved"},
	{"kept_unshipped", "complete files that were kept since not all of them was shipped"},
	{"given_up_files", "deleted files given up by retain_deleted"},
}

// Reasons are the keys of all counters of an input that have a metric.
func Reasons() []string {
	var keys []string
	for _, r := range slices.Concat(unshipped, events) {
		keys = append(keys, r.key)
	}
	return keys
}

// reasons gives an input's counters their metric.
func reasons(of []reason) func(*status.Snapshot, func(float64, ...string)) {
	return func(s *status.Snapshot, emit func(float64, ...string)) {
		for i := range s.Inputs {
			for _, r := range of {
				emit(float64(s.Inputs[i].Counters[r.key]), s.Inputs[i].Label, r.key)
			}
		}
	}
}

func perRoute(name, kind, help string, value func(*status.Snapshot, *status.Route) float64) metric {
	return metric{name, kind, help, ofRoute, func(s *status.Snapshot, emit func(float64, ...string)) {
		for i := range s.Routes {
			emit(value(s, &s.Routes[i]), s.Routes[i].Input, s.Routes[i].Output)
		}
	}}
}

func perFailover(name, kind, help string, value func(*status.Failover) float64) metric {
	return metric{name, kind, help, ofOutput, func(s *status.Snapshot, emit func(float64, ...string)) {
		for i := range s.Outputs {
			if f := s.Outputs[i].Failover; f != nil {
				emit(value(f), s.Outputs[i].Name)
			}
		}
	}}
}

func perInput(name, kind, help string, value func(*status.Deleted) float64) metric {
	return metric{name, kind, help, ofInput, func(s *status.Snapshot, emit func(float64, ...string)) {
		for i := range s.Inputs {
			d := s.Inputs[i].Deleted
			if d == nil {
				d = &status.Deleted{}
			}
			emit(value(d), s.Inputs[i].Label)
		}
	}}
}

func one(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

func orInf(v *float64) float64 {
	if v == nil {
		return math.Inf(1)
	}
	return *v
}

// printable are labels as Prometheus takes them: all of it is UTF-8.
func printable(labels []string) []string {
	for i := range labels {
		labels[i] = strings.ToValidUTF8(labels[i], "\ufffd")
	}
	return labels
}
