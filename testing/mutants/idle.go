package main

// idle is what saves work where nothing happens, and must miss nothing by it.
var idle = []mutant{
	{
		name: "files at rest never looked at", in: "inputs/logfile",
		old: "func (d *directory) hasTurn() bool { return (uint32(d.inode)+d.round)%turns == 0 }",
		new: "func (d *directory) hasTurn() bool { return d.round == 0 }", tests: readingTests, run: "^TestIdleFiles",
	},
	{
		name: "a directory that has changed is not listed", in: "inputs/logfile",
		old: "if failed || err != nil || info.Inode != d.inode || info.Device != d.device || info.Changed != d.changed {",
		new: "if failed || err != nil {", tests: readingTests, run: "^TestGlancesSeeWhatChanges$",
	},
	{
		name: "a listing is trusted within the grain of a directory's time", in: "inputs/logfile",
		old: "if begun.UnixNano()-info.Changed < int64(coarse) {", new: "if false {", tests: readingTests, run: "^TestFreshDirectoryIsListed$",
	},
	{
		name: "a file that an event has told of is taken for idle", in: "inputs/logfile",
		old: "x.written = true", new: "x.written = false", tests: readingTests, run: "^TestIdleFiles",
	},
}
