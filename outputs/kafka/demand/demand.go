package demand

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The settings of a topic that are compared.
const (
	MinISR     = "min.insync.replicas"
	Unclean    = "unclean.leader.election.enable"
	MaxBytes   = "max.message.bytes"
	Timestamp  = "message.timestamp.type"
	BeforeMax  = "message.timestamp.before.max.ms"
	Difference = "message.timestamp.difference.max.ms" // of brokers before 3.6
	Retention  = "retention.ms"
)

// Settings are all of them.
var Settings = []string{MinISR, Unclean, MaxBytes, Timestamp, BeforeMax, Difference, Retention}

const (
	// longAgo is less than the default of message.timestamp.before.max.ms, and
	// more than any log is old.
	longAgo = 10 * 365 * 24 * time.Hour
	// shortRetention is how far behind an agent may be and still have its files:
	// the default of forget_after.
	shortRetention = 72 * time.Hour
)

// Demand is what is expected of every topic of an output.
type Demand struct {
	MinInSyncReplicas int
	ReplicationFactor int
	BatchBytes        int  // of lines
	Longest           int  // bytes of a record, 0 if that is not known
	OwnTimes          bool // records have the time of their line or file, and not that of reading
	// Strict says that no record is sent to a topic whose acknowledgement is
	// worth less than demanded.
	Strict bool
}

// Short is one way in which a topic falls short.
type Short struct {
	Message string
	Cure    string
	// Weak says that an acknowledgement is worth less than demanded.
	Weak bool
}

const (
	strengthen = "Raise replication factor and min.insync.replicas of the topic, or state in the output what is good enough (replication_factor, min_insync_replicas)."
	keepTime   = "Change it, or use the time of reading (timestamp = \"read\")."
)

// Of compares a topic whose partitions have at least so many replicas, 0 if that
// is not known, and these settings. What the broker does not tell is not judged.
func (d *Demand) Of(replicas int, values map[string]string) []Short {
	var all []Short
	weak := func(cure, format string, args ...any) {
		all = append(all, Short{fmt.Sprintf(format, args...), cure, true})
	}
	unfit := func(cure, format string, args ...any) {
		all = append(all, Short{fmt.Sprintf(format, args...), cure, false})
	}

	if replicas > 0 && replicas < d.ReplicationFactor {
		weak(strengthen, "its replication factor is %d and not %d", replicas, d.ReplicationFactor)
	}
	inSync, known := number(values, MinISR)
	if known && inSync < int64(d.MinInSyncReplicas) {
		weak(strengthen, "%s is %d and not %d", MinISR, inSync, d.MinInSyncReplicas)
	}
	if values[Unclean] == "true" {
		weak("Set it to false.", "%s is true: a broker that fell behind may become leader and cut off acknowledged records", Unclean)
	}
	if known && replicas > 1 && inSync >= int64(replicas) {
		unfit("Keep it below the replication factor.", "%s is %d of %d replicas: nothing is acknowledged while a single broker is down", MinISR, inSync, replicas)
	}
	if n, ok := number(values, MaxBytes); ok {
		// Headers and the frame add to the lines; a quarter is ample for all
		// but the shortest.
		if need := int64(d.BatchBytes + d.BatchBytes/4); n < need {
			unfit("Raise it, or lower batch_size; until then such batches are cut smaller.",
				"%s is %d, and a batch of %d bytes of lines may need %d", MaxBytes, n, d.BatchBytes, need)
		}
		if need := int64(d.Longest) + 1<<10; d.Longest > 0 && n < need {
			unfit("Raise it, or lower max_line, so that longer lines are cut in pieces; until then such lines go to quarantine.",
				"%s is %d, and a line of max_line may need %d", MaxBytes, n, need)
		}
	}
	if d.OwnTimes {
		d.times(values, unfit)
	}
	return all
}

// times compares how the topic treats the time that a record brings.
func (d *Demand) times(values map[string]string, unfit func(cure, format string, args ...any)) {
	if values[Timestamp] == "LogAppendTime" {
		unfit(keepTime, "%s is LogAppendTime: the time of arrival takes the place of each record's own", Timestamp)
		return
	}
	for _, name := range []string{BeforeMax, Difference} {
		if age, ok := span(values, name); ok && age < longAgo {
			unfit(keepTime, "%s is %s: older lines are sent with the time of reading", name, age)
			break
		}
	}
	if age, ok := span(values, Retention); ok && age < shortRetention {
		unfit("Raise it, or use the time of reading (timestamp = \"read\").",
			"%s is %s: a line that is older by its own time is deleted soon after it has arrived", Retention, age)
	}
}

func number(values map[string]string, name string) (int64, bool) {
	n, err := strconv.ParseInt(values[name], 10, 64)
	return n, err == nil
}

// span is a setting in milliseconds; none if it is unlimited.
func span(values map[string]string, name string) (time.Duration, bool) {
	n, ok := number(values, name)
	if !ok || n < 0 || n > int64(1<<62/time.Millisecond) {
		return 0, false
	}
	return time.Duration(n) * time.Millisecond, true
}

// Weakness joins what makes an acknowledgement worth less, "" if nothing does.
func Weakness(all []Short) string { return join(all, true) }

// Unfitness joins the rest.
func Unfitness(all []Short) string { return join(all, false) }

func join(all []Short, weak bool) string {
	var words []string
	for _, s := range all {
		if s.Weak == weak {
			words = append(words, s.Message)
		}
	}
	return strings.Join(words, "; ")
}
