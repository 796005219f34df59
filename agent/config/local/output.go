package local

import (
	"shipper/agent/config/block"
	"shipper/agent/config/rule"
	"shipper/agent/config/value"
)

// File is what a block `output "file"` holds: records are appended to Path.
type File struct {
	Path   string
	Format string // raw or json
}

// Schema is what the block may hold.
func (f *File) Schema() block.Schema {
	return block.Schema{Keys: []block.Key{
		block.Required("path", value.Text(&f.Path, "path", rule.Absolute), "file that records are appended to"),
		format(&f.Format),
	}}
}

// Stdout is what a block `output "stdout"` holds.
type Stdout struct {
	Format string // raw or json
}

// Schema is what the block may hold.
func (s *Stdout) Schema() block.Schema { return block.Schema{Keys: []block.Key{format(&s.Format)}} }

func format(to *string) block.Key {
	return block.Optional("format", value.OneOf(to, "raw", "json"), `"raw"`, "raw is the line as it is; json wraps it with host, path, groups and time")
}
