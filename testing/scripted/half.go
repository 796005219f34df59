package scripted

import (
	"io"
	"os"
	"sync"
	"time"
)

// half is one direction of a connection: a buffer without bounds.
type half struct {
	mu               sync.Mutex
	changed          sync.Cond
	buf              []byte
	ended            bool
	err              error // why, nil for a polite end
	reading, writing deadline
}

// deadline wakes those who wait when it passes.
type deadline struct {
	at    time.Time
	timer *time.Timer
}

func newHalf() *half {
	h := new(half)
	h.changed.L = &h.mu
	return h
}

func (d *deadline) passed() bool { return !d.at.IsZero() && !time.Now().Before(d.at) }

// set changes a deadline. The caller holds mu.
func (h *half) set(d *deadline, t time.Time) {
	if d.timer != nil {
		d.timer.Stop()
	}
	d.at, d.timer = t, nil
	if !t.IsZero() {
		d.timer = time.AfterFunc(time.Until(t), func() {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.changed.Broadcast()
		})
	}
	h.changed.Broadcast()
}

func (h *half) setReadDeadline(t time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.set(&h.reading, t)
}

func (h *half) setWriteDeadline(t time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.set(&h.writing, t)
}

func (h *half) read(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		switch {
		case h.reading.passed():
			return 0, os.ErrDeadlineExceeded
		case h.ended && h.err != nil:
			return 0, h.err
		case len(h.buf) > 0:
			n := copy(b, h.buf)
			h.buf = h.buf[n:]
			return n, nil
		case h.ended:
			return 0, io.EOF
		}
		h.changed.Wait()
	}
}

// writable tells why nothing can be written.
func (h *half) writable() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.trouble()
}

func (h *half) trouble() error {
	switch {
	case h.writing.passed():
		return os.ErrDeadlineExceeded
	case h.ended && h.err != nil:
		return h.err
	case h.ended:
		return io.ErrClosedPipe
	}
	return nil
}

// pause waits for d, or until nothing can be written any more.
func (h *half) pause(d time.Duration) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	var until deadline
	h.set(&until, time.Now().Add(d))
	for !until.passed() {
		if err := h.trouble(); err != nil {
			return err
		}
		h.changed.Wait()
	}
	return h.trouble()
}

func (h *half) push(b []byte) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.trouble(); err != nil {
		return err
	}
	h.buf = append(h.buf, b...)
	h.changed.Broadcast()
	return nil
}

// end ends the direction, once. With err what is under way is lost, too.
func (h *half) end(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ended {
		return
	}
	h.ended, h.err = true, err
	for _, d := range []*deadline{&h.reading, &h.writing} {
		if d.timer != nil {
			d.timer.Stop()
		}
	}
	h.changed.Broadcast()
}
