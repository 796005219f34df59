package checkpoint

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The names of a store's files; lockName is the other one.
const (
	logPrefix      = "log-"
	snapshotPrefix = "snapshot-"
	// The spares are old files kept for their blocks. They become the next
	// log and the next snapshot even when the disk is full.
	spareLog      = "spare-log"
	spareSnapshot = "spare-snapshot"
	damagedSuffix = ".damaged-"
)

func logName(n uint64) string      { return fmt.Sprintf("%s%016d", logPrefix, n) }
func snapshotName(n uint64) string { return fmt.Sprintf("%s%016d", snapshotPrefix, n) }

// names is a directory's content, as far as it is ours.
type names struct {
	logs, snapshots         []uint64 // ascending
	spareLog, spareSnapshot bool
	damaged                 []string
	newest                  uint64 // the highest number that was ever used, as far as can be seen
}

func sortNames(list []string) names {
	var n names
	for _, name := range list {
		plain, _, damaged := strings.Cut(name, damagedSuffix)
		switch name {
		case spareLog:
			n.spareLog = true
			continue
		case spareSnapshot:
			n.spareSnapshot = true
			continue
		}
		into := &n.logs
		digits, ok := strings.CutPrefix(plain, logPrefix)
		if !ok {
			into = &n.snapshots
			digits, ok = strings.CutPrefix(plain, snapshotPrefix)
		}
		number, err := strconv.ParseUint(digits, 10, 62)
		if !ok || err != nil || len(digits) != 16 {
			continue
		}
		n.newest = max(n.newest, number)
		if damaged {
			n.damaged = append(n.damaged, name)
		} else {
			*into = append(*into, number)
		}
	}
	slices.Sort(n.logs)
	slices.Sort(n.snapshots)
	slices.SortFunc(n.damaged, func(a, b string) int { return cmp.Compare(damagedAt(a), damagedAt(b)) })
	return n
}

// damagedAt is when a file was set aside, in unix seconds.
func damagedAt(name string) int64 {
	_, at, _ := strings.Cut(name, damagedSuffix)
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return 0
	}
	return seconds
}
