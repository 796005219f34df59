package words

import (
	"fmt"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"shipper/agent/status"
)

// Sentences joins those that are not empty.
func Sentences(texts ...string) string {
	var all []string
	for _, t := range texts {
		if t != "" {
			all = append(all, t)
		}
	}
	return strings.Join(all, "; ")
}

// Seconds formats a number of seconds.
func Seconds(s float64) string { return status.Duration(time.Duration(s * float64(time.Second))) }

// Comma is a number with a comma after each three digits.
func Comma(n float64) string { return humanize.Comma(int64(n)) }

// Ago is for how long something is so, "" if that is unknown.
func Ago(now, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return status.Duration(now.Sub(t))
}

// Count is a number of things, "" for none.
func Count(n int64, what string) string {
	if n == 0 {
		return ""
	}
	return humanize.Comma(n) + " " + what
}

// Runway is for how long unshipped bytes will last, "-" if the route keeps up.
func Runway(r *status.Route) string {
	if r.Runway == nil || r.Runway.Seconds == nil {
		return "-"
	}
	return Seconds(*r.Runway.Seconds)
}

// Health is in which state an output or a broker is.
func Health(ok bool) string {
	if ok {
		return "healthy"
	}
	return "UNHEALTHY"
}

// Shard is a shard as people know it.
func Shard(s *status.Shard) string {
	if s.Topic == "" {
		return fmt.Sprintf("shard %d", s.Partition)
	}
	return fmt.Sprintf("%s/%d", s.Topic, s.Partition)
}
