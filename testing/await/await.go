package await

import (
	"fmt"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// True calls ok until it is true and returns how long that took. A test that waits in
// vain is told for what.
func True(t testing.TB, patience time.Duration, what string, ok func() bool) time.Duration {
	t.Helper()
	notYet := fmt.Errorf("until %s", what)
	return OK(t, patience, func() error {
		if ok() {
			return nil
		}
		return notYet
	})
}

// OK calls try until it returns nil and returns how long that took. A test that waits in
// vain is told the last error.
func OK(t testing.TB, patience time.Duration, try func() error) time.Duration {
	t.Helper()
	for begun := time.Now(); ; {
		err := try()
		waited := time.Since(begun)
		if err == nil {
			return waited
		}
		if waited > patience {
			t.Fatalf("waited %v in vain: %v", patience, err)
		}
		time.Sleep(min(max(waited/32, time.Millisecond), 50*time.Millisecond)) // soon at first, then seldom
	}
}

// Tick returns when what is made or changed from then on gets a later time than anything
// before: file systems have their times of a clock that stands still between two ticks,
// for as long as the machine may be doing something else.
func Tick(t testing.TB) {
	t.Helper()
	begun := time.Now().UnixNano()
	True(t, time.Minute, "the clock of file systems has gone on", func() bool {
		var now unix.Timespec
		return unix.ClockGettime(unix.CLOCK_REALTIME_COARSE, &now) == nil && now.Nano() > begun
	})
}
