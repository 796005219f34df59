package logfile

import (
	"fmt"
	"path"
	"slices"

	"github.com/bmatcuk/doublestar/v4"

	"shipper/agent/config/diag"
)

// checkEnding looks at what is to become of finished and of deleted files.
func (c *checker) checkEnding(toKafka bool) {
	if c.block.Broken {
		return
	}
	if c.block.Has("audit_topic") && !toKafka {
		c.ErrorAt(c.block.At("audit_topic"), "audit_topic needs an output of kind kafka", "No output of this input is of that kind.")
	}
	c.checkMoveTo()
	if c.in.OnComplete == "delete" || c.in.OnComplete == "move" {
		c.checkDisposal()
	}
	for _, b := range c.block.Inner() {
		if r := c.in.RetainDeleted; b.Type == "retain_deleted" && r.MaxBytes == 0 && r.MaxAge == 0 && !b.Broken {
			c.ErrorAt(b.DefRange(), "retain_deleted bounds nothing",
				"Write max_bytes, max_age or both; without the block nothing unread is ever given up.")
		}
	}
}

// checkMoveTo holds move_to against on_complete and paths.
func (c *checker) checkMoveTo() {
	has := c.block.Has("move_to")
	switch {
	case c.in.OnComplete == "move" && !has:
		c.ErrorAt(c.block.At("on_complete"), "missing key \"move_to\"", "on_complete = \"move\" needs the directory that finished files go to.")
	case c.in.OnComplete != "move" && has:
		c.WarnAt(c.block.At("move_to"), "move_to has no effect", "It is used with on_complete = \"move\".")
	case has && slices.ContainsFunc(c.in.Paths, func(glob string) bool {
		return doublestar.MatchUnvalidated(path.Dir(glob), path.Clean(c.in.MoveTo))
	}):
		c.ErrorAt(c.block.At("move_to"), "move_to is a directory of the input's own paths",
			fmt.Sprintf("Files that were moved to %s would be found there again. Use another directory on the same file system.", diag.Quoted(c.in.MoveTo)))
	}
}

// checkDisposal warns of what else goes with files that are deleted or moved.
func (c *checker) checkDisposal() {
	at := c.block.At("on_complete")
	word := "deleted"
	if c.in.OnComplete == "move" {
		word = "moved"
	}
	if c.in.StartAt != "beginning" {
		c.WarnAt(at, "files that start_at passes over are not "+word,
			"Only files that were shipped from their first byte are. Remove the others by hand.")
	}
	if c.in.CompleteWhen == "quiet" {
		c.WarnAt(at, "a file that is only quiet may still be open in its application",
			fmt.Sprintf("It is %s when it was unchanged for quiet_after, and what is written to it after another quiet_after is lost sight of. Set quiet_after, now %s, well above the longest pause of the application.",
				word, c.in.QuietAfter))
	}
	if c.in.OnComplete == "delete" && (len(c.in.Include) > 0 || len(c.in.Exclude) > 0 || c.in.OnLongLine == "skip") {
		c.WarnAt(at, "lines that are not shipped are deleted with their file",
			"include, exclude and on_long_line = \"skip\" keep lines back; nothing holds them when the file is gone.")
	}
}
