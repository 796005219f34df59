package s3

import (
	"path"
	"strings"
	"time"

	"shipper/inputs"
	"shipper/outputs/s3/object"
)

// directory evaluates the template for a segment, as Config.Key says.
func (c *Config) directory(seg *inputs.Segment, at time.Time) string {
	g := seg.Gen
	at = at.UTC()
	expand := strings.NewReplacer(
		"{topic}", object.Segment(g.Stream.Topic), "{host}", object.Segment(g.Host), "{agent}", object.Segment(c.AgentID),
		"{input}", object.Segment(g.Stream.Input), "{date}", at.Format(time.DateOnly), "{hour}", at.Format("15"))
	return path.Join(c.Prefix, expand.Replace(c.Key))
}

// key is where an object goes that was read at a time.
func (c *Config) key(seg *inputs.Segment, o *object.Encoded, at time.Time) string {
	if c.Key == "" {
		return o.Name.Aside(c.Prefix, c.AgentID)
	}
	return o.Name.Archive(c.directory(seg, at), o.Codec)
}
