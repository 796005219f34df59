package runway

import (
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"shipper/inputs/logfile"
)

// activeFor is for how long a log is watched after it last changed.
const activeFor = 10 * time.Minute

// Input is what an Observer asks of an input.
type Input interface {
	Track(since time.Time, visit func(stream string, files []logfile.Tracked))
}

// Observer learns how logs are written, rotated and shipped. It belongs to one
// goroutine.
type Observer struct {
	free func(path string) (int64, bool) // replaced by tests
	logs map[logName]*log
}

type logName struct {
	input  int
	stream string
}

// New makes an Observer.
func New() *Observer {
	return &Observer{free: freeSpace, logs: map[logName]*log{}}
}

// Observe looks at the files of the inputs, whose routes are so many, and returns
// the forecast of each route of each. It asks the disk for the size of each log
// that was written lately, and for the space of their file systems.
func (o *Observer) Observe(now time.Time, inputs []Input, routes []int) [][]Forecast {
	seen := map[logName]bool{}
	for i, in := range inputs {
		in.Track(now.Add(-activeFor), func(stream string, files []logfile.Tracked) {
			name := logName{i, stream}
			seen[name] = true
			if o.logs[name] == nil {
				o.logs[name] = &log{}
			}
			freshen(files)
			o.logs[name].learn(now, files, routes[i])
		})
	}
	for name := range o.logs {
		if !seen[name] {
			delete(o.logs, name)
		}
	}
	disks := o.disks()
	all := make([][]Forecast, len(inputs))
	for i := range inputs {
		all[i] = make([]Forecast, routes[i])
		for r := range all[i] {
			all[i][r] = Forecast{Left: Unlimited, Full: Unlimited, IfStopped: Unlimited}
		}
	}
	for name, l := range o.logs {
		for r := range all[name.input] {
			l.forecast(&all[name.input][r], now, r, disks)
		}
	}
	return all
}

// forecast makes f the route's if this log loses bytes first.
func (l *log) forecast(f *Forecast, now time.Time, route int, disks map[uint64]*disk) {
	if len(l.files) == 0 {
		return
	}
	written, shipped := l.written.value(), l.shipped[route].value()
	i := l.unread(route)
	behind := i >= 0
	if !behind {
		i = len(l.files) - 1
	}
	deleted, full := Unlimited, Unlimited
	if written > 0 || !l.files[i].named {
		deleted = l.deletedIn(now, i)
	}
	d := disks[l.files[len(l.files)-1].device]
	if d != nil {
		full = d.fullIn()
	}
	f.IfStopped = min(f.IfStopped, deleted, full)
	if !behind {
		return
	}
	f.take(stretch(deleted, max(written, 1), shipped), l.paths[i], Rotation)
	if d != nil && shipped < written {
		full = stretch(full, d.written, d.shipped)
		f.Full = min(f.Full, full)
		f.take(full, d.path, DiskFull)
	}
}

// disk is one file system with logs on it.
type disk struct {
	free    int64 // bytes, with those that rotation will free
	written float64
	shipped float64 // by the slowest route of each log
	fastest float64
	path    string // of the log that is written fastest
}

func (d *disk) fullIn() time.Duration {
	if d.written <= 0 {
		return Unlimited
	}
	return seconds(float64(d.free) / d.written)
}

// disks adds up what is written to each file system, by device.
func (o *Observer) disks() map[uint64]*disk {
	all := map[uint64]*disk{}
	for _, l := range o.logs {
		n := len(l.files)
		if n == 0 {
			continue
		}
		d := all[l.files[n-1].device]
		if d == nil {
			free, ok := o.free(l.paths[n-1])
			if !ok {
				continue
			}
			d = &disk{free: free}
			all[l.files[n-1].device] = d
		}
		w := l.written.value()
		d.written += w
		slowest := w
		for r := range l.shipped {
			slowest = min(slowest, l.shipped[r].value())
		}
		d.shipped += slowest
		if w >= d.fastest {
			d.fastest, d.path = w, l.paths[n-1]
		}
		if l.keep() > 0 {
			for _, f := range l.files[:n-1] {
				if f.named && f.finished() {
					d.free += f.size
				}
			}
		}
	}
	return all
}

// finished tells whether every route has shipped the file to its end.
func (f *known) finished() bool {
	for _, a := range f.acked {
		if a < f.size {
			return false
		}
	}
	return true
}

// freshen takes the size of the newest file once more, if that may have changed:
// without an output that reads it nobody has looked since the last scan.
func freshen(files []logfile.Tracked) {
	f := &files[len(files)-1]
	if !f.Stirred {
		return
	}
	info, err := os.Lstat(f.Path)
	if err != nil {
		return
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Ino == f.Inode && st.Dev == f.Device {
		f.Size = max(f.Size, info.Size())
	}
}

// freeSpace is what applications may still write where the file is.
func freeSpace(path string) (int64, bool) {
	var s unix.Statfs_t
	if err := unix.Statfs(filepath.Dir(path), &s); err != nil {
		return 0, false
	}
	return int64(s.Bavail) * s.Bsize, true
}
