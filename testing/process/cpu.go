package process

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// CPU is what a process, by its number, has used so far, user and system.
func CPU(pid int) (time.Duration, error) {
	var t unix.Timespec
	const whole = 2 // the last bits of the clock: of a process, as the scheduler counts
	if err := unix.ClockGettime(int32(^pid<<3|whole), &t); err != nil {
		return 0, fmt.Errorf("read the CPU time of process %d: %w", pid, err)
	}
	return time.Duration(t.Nano()), nil
}
