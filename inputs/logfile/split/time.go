package split

import (
	"strconv"
	"time"
)

// Time finds a record's time in milliseconds since 1970, 0 if it can't.
func (c *Config) Time(value []byte) int64 {
	m := c.TimePattern.FindSubmatch(value)
	if len(m) < 2 || m[1] == nil {
		return 0
	}
	text := string(m[1])
	switch c.TimeLayout {
	case "unix":
		seconds, err := strconv.ParseFloat(text, 64)
		if err != nil || seconds < 0 || seconds > 1e11 {
			return 0
		}
		return int64(seconds * 1000)
	case "unix_ms":
		ms, err := strconv.ParseInt(text, 10, 64)
		if err != nil || ms < 0 {
			return 0
		}
		return ms
	}
	layout := c.TimeLayout
	if layout == "rfc3339" {
		layout = time.RFC3339Nano
	}
	t, err := time.ParseInLocation(layout, text, time.Local)
	if err != nil {
		return 0
	}
	return max(t.UnixMilli(), 0)
}
