package window

import (
	"slices"

	"shipper/inputs"
	"shipper/inputs/logfile/vfs"
)

// worthSkipping is the length from which an unterminated last line is not read again from
// its start each time the file grows.
const worthSkipping = 4 << 10

// waits tells whether the file still ends in a long line without a newline, and moves Tail
// to where that ends. It only decides to go on waiting: what it saw is read again, with
// proof, before it is shipped. A line that is longer than a record may be does not wait.
func (w *Window) waits(h vfs.File, buf *inputs.Buffer) (bool, error) {
	most := w.At.Offset + int64(w.Config.MaxLine)
	for w.Tail-w.At.Offset >= worthSkipping && w.Tail <= most {
		p := buf.Data[len(buf.Data):cap(buf.Data)]
		n, err := h.Pread(p, w.Tail)
		if err != nil {
			return false, err
		}
		if n == 0 {
			info, err := h.Stat()
			return err == nil && info.Size >= w.Tail, err
		}
		if slices.Contains(p[:n], '\n') {
			return false, nil
		}
		if w.Tail += int64(n); n < len(p) {
			return w.Tail <= most, nil
		}
	}
	return false, nil
}
