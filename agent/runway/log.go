package runway

import (
	"math"
	"slices"
	"time"

	"shipper/inputs/logfile"
)

// rate is bytes a second, an average that forgets what is older than a few times
// over. It is exact from the beginning for what is steady.
type rate struct{ bytes, seconds float64 }

func (r *rate) add(bytes int64, passed, over time.Duration) {
	keep := math.Exp(-passed.Seconds() / over.Seconds())
	r.bytes = r.bytes*keep + float64(bytes)
	r.seconds = r.seconds*keep + passed.Seconds()
}

func (r *rate) value() float64 {
	if r.seconds == 0 {
		return 0
	}
	return r.bytes / r.seconds
}

// How fast the averages forget.
const (
	writtenOver = 2 * time.Minute
	shippedOver = 30 * time.Second
)

const (
	births    = 5 // of generations: the intervals between them are averaged
	deletions = 4 // after which the names that were left are remembered
)

// inode is what a file is known by.
type inode struct{ device, inode uint64 }

// known is what was last seen of a file.
type known struct {
	inode
	size  int64
	acked []int64
	named bool
}

// log is what was learned of one stream.
type log struct {
	seen    time.Time
	files   []known // oldest first
	born    []time.Time
	left    []int // names that were left after the last deletions
	written rate
	shipped []rate // by route
	paths   []string
}

// learn takes in what the stream is now. routes is how many read it.
func (l *log) learn(now time.Time, files []logfile.Tracked, routes int) {
	first := l.seen.IsZero()
	if first {
		l.shipped = make([]rate, routes)
	}
	var grown int64
	acked := make([]int64, routes)
	for i := range files {
		f := &files[i]
		old := l.find(inode{f.Device, f.Inode})
		if old == nil {
			l.born = append(l.born, f.Born)
			old = &known{acked: make([]int64, routes)}
		}
		grown += max(0, f.Size-old.size)
		for r := range min(routes, len(f.Acked)) {
			acked[r] += max(0, f.Acked[r]-old.acked[r])
		}
	}
	if n := len(l.born); n > births {
		l.born = slices.Clone(l.born[n-births:])
	}
	if !first {
		passed := now.Sub(l.seen)
		l.written.add(grown, passed, writtenOver)
		for r := range l.shipped {
			if acked[r] == 0 && l.unread(r) >= 0 {
				l.shipped[r] = rate{} // it has stopped: what it did before says nothing
			}
			l.shipped[r].add(acked[r], passed, shippedOver)
		}
		l.noteDeletion(files)
	}
	l.remember(now, files)
}

// noteDeletion notes how many names are left if one has gone.
func (l *log) noteDeletion(files []logfile.Tracked) {
	named, before := 0, 0
	still := map[inode]bool{}
	for i := range files {
		if files[i].Named {
			named++
			still[inode{files[i].Device, files[i].Inode}] = true
		}
	}
	for i := range l.files {
		if l.files[i].named && !still[l.files[i].inode] {
			before++
		}
	}
	if before == 0 || named == 0 {
		return
	}
	if l.left = append(l.left, named); len(l.left) > deletions {
		l.left = l.left[1:]
	}
}

func (l *log) remember(now time.Time, files []logfile.Tracked) {
	l.seen = now
	l.files, l.paths = l.files[:0], l.paths[:0]
	for i := range files {
		f := &files[i]
		l.files = append(l.files, known{inode{f.Device, f.Inode}, f.Size, slices.Clone(f.Acked), f.Named})
		l.paths = append(l.paths, f.Path)
	}
}

func (l *log) find(id inode) *known {
	for i := range l.files {
		if l.files[i].inode == id {
			return &l.files[i]
		}
	}
	return nil
}

// keep is how many names rotation leaves, 0 if no deletion was seen. The most of
// the last few counts: a look may fall between a deletion and what follows it.
func (l *log) keep() int {
	most := 0
	for _, n := range l.left {
		most = max(most, n)
	}
	return most
}

// unread is the oldest file that the route has not shipped to its end, or -1.
func (l *log) unread(route int) int {
	return slices.IndexFunc(l.files, func(f known) bool { return f.size > f.acked[route] })
}

// deletedIn is when rotation deletes the i-th file.
func (l *log) deletedIn(now time.Time, i int) time.Duration {
	keep := l.keep()
	if !l.files[i].named {
		return 0
	}
	if keep == 0 || len(l.born) < 2 {
		return Unlimited
	}
	newer := 0
	for _, f := range l.files[i+1:] {
		if f.named {
			newer++
		}
	}
	newest := l.born[len(l.born)-1]
	interval := newest.Sub(l.born[0]) / time.Duration(len(l.born)-1)
	next := max(0, interval-now.Sub(newest))
	return next + time.Duration(max(0, keep-newer-1))*interval
}
