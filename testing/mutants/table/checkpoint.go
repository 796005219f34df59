package table

// checkpoint are the sabotages in checkpoint: what a crash leaves of the state.
var checkpoint = []Sabotage{
	// State.
	{
		Name: "fsync of the log dropped", In: "checkpoint",
		Old: "err := l.Sync()", New: "err := error(nil)", Tests: storeTests,
	},
	{
		Name: "fsync of the snapshot dropped", In: "checkpoint",
		Old: "if err = f.Sync(); err != nil {", New: "if err != nil {", Tests: storeTests,
	},
	{
		Name: "log renamed without syncing the directory", In: "checkpoint",
		After: "err = s.dir.Rename(spareLog, logName(number))", Old: "err = s.dir.SyncDir()", New: "_ = err", Tests: storeTests,
	},
	{
		Name: "descriptor trusted after a failed fsync", In: "checkpoint",
		Old: "if err != nil && !l.abandoned {", New: "if err == nil && l.abandoned {", Tests: storeTests,
	},
	{
		Name: "failing disk tried again too late", In: "checkpoint",
		Old: "lastRetry  = 4 * time.Second", New: "lastRetry  = 30 * time.Second", Tests: storeTests,
	},
	{
		Name: "frame taken without its checksum", In: "checkpoint",
		Old: "if binary.LittleEndian.Uint32(b[4:]) != frameCRC(frame, seed) {", New: "if false {", Tests: storeTests,
	},
	{
		Name: "lower offset taken", In: "checkpoint",
		Old: "if o.Offset < w.Offset {", New: "if o.Offset < 0 {", Tests: storeTests,
	},
	{Name: "a commit by the caller returns before it is written", In: "checkpoint", After: "s.late = late", Old: "s.writeOnce()", New: "s.work.Signal()", Tests: storeTests},
	{Name: "who hung in a commit goes on as if in time", In: "checkpoint", Old: "inTime := s.late != nil", New: "inTime := true", Tests: storeTests},
	{Name: "who hung in a commit is back before others have carried on", In: "checkpoint", Old: "for !inTime && s.carryingOn > 0 {", New: "for false {", Tests: storeTests},
	{
		Name: "commit returns before it is written", In: "checkpoint",
		Old: "for s.written < ticket {", New: "for s.written > ticket {", Tests: storeTests,
	},
}
