package part

import (
	"errors"
	"testing"

	"shipper/inputs/logfile/vfs"
)

// sealed is a file that must not be read.
type sealed struct{ vfs.File }

func (sealed) Pread([]byte, int64) (int, error) { return 0, errors.New("read") }

// TestWholeFileIsNotRead: the bounds of a whole file are known without reading it,
// which for a compressed one would be to decompress all of it.
func TestWholeFileIsNotRead(t *testing.T) {
	for _, end := range []int64{0, 100, 200} {
		from, to, err := Bounds(sealed{}, 100, 0, end, false)
		if from != 0 || to != 100 || err != nil {
			t.Errorf("to %d: %d to %d, %v", end, from, to, err)
		}
	}
}
