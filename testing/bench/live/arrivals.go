package live

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Arrivals follows numbered lines from their append to their arrival at the
// broker. Other lines may come between them. Its methods are safe for concurrent use.
type Arrivals struct {
	mu      sync.Mutex
	written []time.Time
	came    []time.Time // zero for a line that has not
	left    int         // that have not
	others  int64       // lines that are not numbered
}

// mark begins each numbered line. No line of the corpus begins so.
const mark = '#'

// Line is the next numbered line, about to be written.
func (a *Arrivals) Line() []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.written, a.came = append(a.written, time.Now()), append(a.came, time.Time{})
	a.left++
	return fmt.Appendf(nil, "%c%09d a line of a hundred bytes or so, such as an application writes now and then, with nothing in it\n", mark, len(a.written)-1)
}

// Take notes the lines of a record batch that is not compressed.
func (a *Arrivals) Take(_ string, _ int32, _ int64, batch []byte) {
	now := time.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	records := batch[61:]
	for len(records) > 0 {
		length, n := binary.Varint(records)
		record := records[n : n+int(length)]
		records = records[n+int(length):]
		record = record[1:]    // attributes
		for field := range 4 { // timestamp and offset deltas, length of the key (there is none), length of the value
			value, n := binary.Varint(record)
			record = record[n:]
			if field == 3 {
				record = record[:value]
			}
		}
		if len(record) == 0 || record[0] != mark {
			a.others++
			continue
		}
		i := 0
		for _, digit := range record[1:10] {
			i = 10*i + int(digit-'0')
		}
		if i < len(a.came) && a.came[i].IsZero() {
			a.came[i] = now
			a.left--
		}
	}
}

// Missing is how many numbered lines have not come.
func (a *Arrivals) Missing() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.left
}

// Others is how many lines without a number came.
func (a *Arrivals) Others() int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.others
}

// Delays tells how long half and 99 % of the lines that were written from a
// moment on were under way, in milliseconds.
func (a *Arrivals) Delays(from time.Time) (p50, p99 float64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []time.Duration
	for i, at := range a.written {
		if !at.Before(from) && !a.came[i].IsZero() {
			all = append(all, a.came[i].Sub(at))
		}
	}
	if len(all) == 0 {
		return 0, 0
	}
	slices.Sort(all)
	ms := func(i int) float64 { return float64(all[i]) / float64(time.Millisecond) }
	return ms(len(all) / 2), ms(len(all) * 99 / 100)
}
