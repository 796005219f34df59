package logfile

import (
	"time"

	"shipper/inputs/logfile/vfs"
)

// mayWait tells whether a full scan may pass over a name that is still the same
// file: one of which changes are announced, and none was lost, and that was not
// written for long. Each scan takes an eighth of those. What nobody announces, a
// write through a mapping or a hard link elsewhere, is seen some minutes later.
func (in *Input) mayWait(x *entry, e *vfs.Entry) bool {
	const share, idle = 8, 5 * time.Minute
	return x.dir.watched && !in.missed && e.Kind == vfs.Regular &&
		in.now().UnixNano()-x.modified > int64(idle) && (uint32(x.inode)+x.dir.round)%share != 0
}
