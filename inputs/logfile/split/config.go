package split

import (
	"errors"
	"fmt"
	"regexp"
)

// Policy is what becomes of a line longer than MaxLine.
type Policy uint8

// The policies.
const (
	Pieces     Policy = iota // it is delivered in pieces
	Quarantine               // its pieces are for quarantine
	Skip                     // it is passed over
)

// Config says how bytes become records. It is not changed once in use.
type Config struct {
	MaxLine    int // bytes, without the newline
	OnLongLine Policy
	StripCR    bool // a carriage return before the newline is not part of the record

	// At most one of Start and Continue is set: lines are joined to the line
	// before them unless they match Start, or if they match Continue.
	Start, Continue *regexp.Regexp
	MaxLines        int // joined to one record, 0 for no limit but MaxLine

	CRI bool // lines are those of a Kubernetes container log

	Include, Exclude []*regexp.Regexp // a record is kept if any Include (or none is given) and no Exclude matches

	// TimePattern finds a record's time in its first group, to be read by
	// TimeLayout (a layout of package time, "rfc3339", "unix" or "unix_ms").
	// nil: no time is looked for.
	TimePattern *regexp.Regexp
	TimeLayout  string
	// CRITime takes the time from the container log's lines.
	CRITime bool
}

// leastUnit is the least MaxLine with which lines can be joined: room for some.
const leastUnit = 80

// Check tells what is wrong with a configuration.
func (c *Config) Check() error {
	switch {
	case c.MaxLine < 1 || c.MaxLine > 1<<30:
		return fmt.Errorf("longest line of %d bytes is out of range", c.MaxLine)
	case c.Waits() && c.MaxLine < leastUnit:
		return fmt.Errorf("longest line of %d bytes is less than %d, which joining lines needs", c.MaxLine, leastUnit)
	case c.Start != nil && c.Continue != nil:
		return errors.New("lines are joined by a pattern of first lines or of following lines, not by both")
	case c.CRI && c.Joins():
		return errors.New("lines of container logs can't be joined by a pattern")
	case c.TimePattern != nil && c.TimePattern.NumSubexp() < 1:
		return errors.New("a parsed timestamp needs a pattern with a group")
	}
	return nil
}

// Joins tells whether lines are joined by a pattern.
func (c *Config) Joins() bool { return c.Start != nil || c.Continue != nil }

// Waits tells whether complete lines may have to wait for others.
func (c *Config) Waits() bool { return c.Joins() || c.CRI }

// plain tells whether every line is a record as it is.
func (c *Config) plain() bool {
	return !c.StripCR && !c.Waits() && c.TimePattern == nil && len(c.Include)+len(c.Exclude) == 0
}

// look is how many bytes of a line decide whether it belongs to the one before.
func (c *Config) look() int { return min(4<<10, c.MaxLine/4) }

// belongs tells whether a line, given at least look bytes of it or all, belongs
// to the line before it.
func (c *Config) belongs(line []byte) bool {
	line = line[:min(len(line), c.look())]
	if c.Start != nil {
		return !c.Start.Match(line)
	}
	return c.Continue.Match(line)
}

func (c *Config) wanted(value []byte) bool {
	for _, e := range c.Exclude {
		if e.Match(value) {
			return false
		}
	}
	for _, e := range c.Include {
		if e.Match(value) {
			return true
		}
	}
	return len(c.Include) == 0
}
