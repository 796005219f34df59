package config

import (
	"fmt"
	"path"
	"slices"

	"github.com/bmatcuk/doublestar/v4"

	"shipper/agent/config/diag"
)

// checkEnding looks at what is to become of finished and of deleted files.
func (d *decoder) checkEnding(in *inputBlock, toKafka bool) {
	if in.block.Broken {
		return
	}
	if in.block.Has("audit_topic") && !toKafka {
		d.ErrorAt(in.block.At("audit_topic"), "audit_topic needs an output of kind kafka", "No output of this input is of that kind.")
	}
	d.checkMoveTo(in)
	if in.OnComplete == "delete" || in.OnComplete == "move" {
		d.checkDisposal(in)
	}
	for _, b := range in.block.Inner() {
		if r := in.RetainDeleted; b.Type == "retain_deleted" && r.MaxBytes == 0 && r.MaxAge == 0 && !b.Broken {
			d.ErrorAt(b.DefRange(), "retain_deleted bounds nothing",
				"Write max_bytes, max_age or both; without the block nothing unread is ever given up.")
		}
	}
}

// checkMoveTo holds move_to against on_complete and paths.
func (d *decoder) checkMoveTo(in *inputBlock) {
	has := in.block.Has("move_to")
	switch {
	case in.OnComplete == "move" && !has:
		d.ErrorAt(in.block.At("on_complete"), "missing key \"move_to\"", "on_complete = \"move\" needs the directory that finished files go to.")
	case in.OnComplete != "move" && has:
		d.WarnAt(in.block.At("move_to"), "move_to has no effect", "It is used with on_complete = \"move\".")
	case has && slices.ContainsFunc(in.Paths, func(glob string) bool {
		return doublestar.MatchUnvalidated(path.Dir(glob), path.Clean(in.MoveTo))
	}):
		d.ErrorAt(in.block.At("move_to"), "move_to is a directory of the input's own paths",
			fmt.Sprintf("Files that were moved to %s would be found there again. Use another directory on the same file system.", diag.Quoted(in.MoveTo)))
	}
}

// checkDisposal warns of what else goes with files that are deleted or moved.
func (d *decoder) checkDisposal(in *inputBlock) {
	at := in.block.At("on_complete")
	word := "deleted"
	if in.OnComplete == "move" {
		word = "moved"
	}
	if in.StartAt != "beginning" {
		d.WarnAt(at, "files that start_at passes over are not "+word,
			"Only files that were shipped from their first byte are. Remove the others by hand.")
	}
	if in.CompleteWhen == "quiet" {
		d.WarnAt(at, "a file that is only quiet may still be open in its application",
			fmt.Sprintf("It is %s when it was unchanged for quiet_after, and what is written to it after another quiet_after is lost sight of. Set quiet_after, now %s, well above the longest pause of the application.",
				word, in.QuietAfter))
	}
	if in.OnComplete == "delete" && (len(in.Include) > 0 || len(in.Exclude) > 0 || in.OnLongLine == "skip") {
		d.WarnAt(at, "lines that are not shipped are deleted with their file",
			"include, exclude and on_long_line = \"skip\" keep lines back; nothing holds them when the file is gone.")
	}
}
