package records

import (
	"fmt"
	"time"

	"shipper/agent/cli/verb"
)

// parseSince reads a time, or a duration before now. "" is the zero time.
func parseSince(flag, text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if d, err := time.ParseDuration(text); err == nil && d > 0 {
		return now.Add(-d), nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, verb.Fail(verb.Usage, fmt.Errorf("%s %q is neither a duration such as 24h nor a time such as 2026-01-02T15:04:05Z", flag, text))
	}
	return t, nil
}
