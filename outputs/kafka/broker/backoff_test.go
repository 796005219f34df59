package broker

import (
	"fmt"
	"testing"
	"time"

	"shipper/outputs/kafka/codes"
)

func TestBackoffIsSlowWithWrongCredentials(t *testing.T) {
	b := Backoff{Low: 100 * time.Millisecond, High: time.Second}
	next := func(want time.Duration, err error) {
		t.Helper()
		if got := b.After(err); got < want/2 || got > want {
			t.Errorf("%v, want %v to %v", got, want/2, want)
		}
	}
	for _, ms := range []int{100, 200, 400, 800, 1000, 1000} {
		next(time.Duration(ms)*time.Millisecond, nil)
	}
	denied := fmt.Errorf("dial: %w", codes.SASLAuthenticationFailed)
	for _, s := range []int{2, 4, 8, 16, 30, 30} {
		next(time.Duration(s)*time.Second, denied)
	}
	next(time.Second, nil)
	b.Reset()
	next(100*time.Millisecond, nil)
	b.Reset()
	next(2*time.Second, denied)
}
