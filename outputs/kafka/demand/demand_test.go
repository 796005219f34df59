package demand

import (
	"strings"
	"testing"
)

func TestDemand(t *testing.T) {
	good := map[string]string{MinISR: "2", Unclean: "false", MaxBytes: "1048588", Timestamp: "CreateTime",
		BeforeMax: "9223372036854775807", Retention: "604800000"}
	with := func(name, value string) map[string]string {
		m := map[string]string{}
		for k, v := range good {
			m[k] = v
		}
		m[name] = value
		return m
	}
	usual := Demand{MinInSyncReplicas: 2, ReplicationFactor: 3, BatchBytes: 512 << 10, Longest: 256 << 10}
	timed := usual
	timed.OwnTimes = true
	for _, c := range []struct {
		name     string
		demand   Demand
		replicas int
		values   map[string]string
		want     string // "weak: a" or "unfit: b"
	}{
		{"as demanded", usual, 3, good, ""},
		{"as demanded, own times", timed, 3, good, ""},
		{"nothing is told", timed, 0, nil, ""},
		{"two copies", usual, 2, good, "weak: its replication factor is 2 and not 3|unfit: min.insync.replicas is 2 of 2 replicas"},
		{"one in sync", usual, 3, with(MinISR, "1"), "weak: min.insync.replicas is 1 and not 2"},
		{"unclean", usual, 3, with(Unclean, "true"), "weak: unclean.leader.election.enable is true"},
		{"all in sync", usual, 3, with(MinISR, "3"), "unfit: min.insync.replicas is 3 of 3 replicas"},
		{"small batches", usual, 3, with(MaxBytes, "500000"), "unfit: max.message.bytes is 500000, and a batch"},
		{"small lines", usual, 3, with(MaxBytes, "200000"), "unfit: max.message.bytes is 200000, and a batch|unfit: max.message.bytes is 200000, and a line of max_line"},
		{"time of arrival", timed, 3, with(Timestamp, "LogAppendTime"), "unfit: message.timestamp.type is LogAppendTime"},
		{"time of arrival, none of their own", usual, 3, with(Timestamp, "LogAppendTime"), ""},
		{"old lines refused", timed, 3, with(BeforeMax, "3600000"), "unfit: message.timestamp.before.max.ms is 1h0m0s"},
		{"old lines deleted", timed, 3, with(Retention, "86400000"), "unfit: retention.ms is 24h0m0s"},
		{"kept for ever", timed, 3, with(Retention, "-1"), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			all := c.demand.Of(c.replicas, c.values)
			want := strings.Split(c.want, "|")
			if c.want == "" {
				want = nil
			}
			if len(all) != len(want) {
				t.Fatalf("%v, want %q", all, want)
			}
			for i, s := range all {
				kind := map[bool]string{true: "weak: ", false: "unfit: "}[s.Weak]
				if !strings.HasPrefix(kind+s.Message, want[i]) || s.Cure == "" {
					t.Errorf("%s%s, want %s", kind, s.Message, want[i])
				}
			}
		})
	}
}
