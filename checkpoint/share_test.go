package checkpoint

import "os"

// share chooses between a bounded share of a test and, in `make torture`, the
// whole of it.
func share[T any](bounded, whole T) T {
	if os.Getenv("SHIPPER_TORTURE") != "" {
		return whole
	}
	return bounded
}
