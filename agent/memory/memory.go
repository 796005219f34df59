package memory

import (
	"runtime"

	"golang.org/x/sys/unix"

	"shipper/agent/config"
	"shipper/outputs"
)

// proofRoom is what each segment of a batch may need in a lane's buffer beside
// its own bytes: the 64 bytes before it, by which the file proves itself.
const proofRoom = 64

// recordBytes is what a lane's buffer holds of one record beside its bytes: an
// inputs.Record and the end of a line.
const recordBytes = 24 + 4

// Wanted is how many lanes each output gets if there is memory for them.
func Wanted(c *config.Config) int {
	if c.Agent.Lanes > 0 {
		return c.Agent.Lanes
	}
	return min(16, max(4, runtime.GOMAXPROCS(0)))
}

// Lanes returns how many lanes an output gets and how large their buffers are, for
// batches of at most so many segments. All outputs together may use half the memory
// budget for payload; the other half is for metadata, connections and the
// collector's slack.
func Lanes(c *config.Config, shape outputs.Shape, segments int) (lanes, buffer int) {
	longest, joined := int64(shape.BatchBytes), false
	for _, in := range c.Inputs {
		longest = max(longest, in.MaxLine)
		joined = joined || in.Multiline != nil || in.StripCR || in.Format == "cri"
	}
	buffer = int(longest) + segments*proofRoom
	perLane := int64(buffer + shape.EncodedBytes + shape.BatchRecords*recordBytes)
	if joined { // records that are not as they stand in the file are put together beside it
		perLane += int64(buffer)
	}
	afford := c.Agent.Memory / 2 / int64(max(1, len(c.Outputs))) / perLane
	return int(max(1, min(int64(Wanted(c)), afford))), buffer
}

// Descriptors is how many log files may be open at a time: half of what the
// process may open, and no more than 4096: each pins some kernel memory. Files that
// are written in turns are opened for every read once they are more than that.
func Descriptors() int {
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &r); err != nil {
		return 512
	}
	return int(min(4096, r.Cur/2))
}
