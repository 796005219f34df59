package parts

import "shipper/inputs/logfile"

// Counters names the input's counters for machines.
func Counters(c logfile.Counters) map[string]int64 {
	return map[string]int64{
		"generations": int64(c.Generations), "truncations": int64(c.Truncations), "bytes_lost": int64(c.BytesLost),
		"pieces": int64(c.Pieces), "partial": int64(c.Partial), "late": int64(c.Late), "filtered": int64(c.Filtered),
		"unparsed_times": int64(c.UnparsedTimes), "compressed_ignored": int64(c.CompressedIgnored),
		"read_errors": int64(c.ReadErrors), "overflows": int64(c.Overflows), "scans": int64(c.Scans),
		"timed_out": int64(c.TimedOut), "long_lines": int64(c.LongLines), "skipped_bytes": int64(c.SkippedBytes),
		"malformed": int64(c.Malformed), "gaps": int64(c.Gaps), "gap_bytes": int64(c.GapBytes), "nul_waits": int64(c.NULWaits),
		"unopened": int64(c.Unopened), "completed": int64(c.Completed), "disposed": int64(c.Disposed),
		"kept_unshipped": int64(c.KeptUnshipped), "given_up_files": int64(c.GivenUpFiles),
		"given_up_bytes": int64(c.GivenUpBytes), "given_up_arrived": int64(c.GivenUpArrived),
	}
}
