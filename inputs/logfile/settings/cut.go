package settings

import "shipper/inputs/logfile/split"

// The values of Config.Timestamp.
const (
	TimestampRead   = "read"
	TimestampMtime  = "mtime"
	TimestampParsed = "parsed"
	TimestampCRI    = "cri"
)

// Cutting is how the input's bytes become records.
func (cfg *Config) Cutting() split.Config {
	c := split.Config{
		MaxLine: cfg.MaxLine, OnLongLine: cfg.OnLongLine, StripCR: cfg.StripCR,
		Start: cfg.JoinStart, Continue: cfg.JoinContinue, MaxLines: cfg.JoinMaxLines,
		CRI: cfg.CRI, CRITime: cfg.Timestamp == TimestampCRI,
		Include: cfg.Include, Exclude: cfg.Exclude,
	}
	if cfg.Timestamp == TimestampParsed {
		c.TimePattern, c.TimeLayout = cfg.TimestampPattern, cfg.TimestampLayout
	}
	return c
}
