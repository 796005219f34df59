package logfile

import "time"

// Track calls visit for each stream of which a file is unread, or has changed
// since then, with its files, oldest first. visit may keep nothing of them.
func (in *Input) Track(since time.Time, visit func(stream string, files []Tracked)) {
	in.mu.Lock()
	var active []*stream
	for _, s := range in.streams {
		for _, f := range s.files {
			if timeOf(f.changed).After(since) || f.unread() > 0 {
				active = append(active, s)
				break
			}
		}
	}
	in.mu.Unlock()
	var files []Tracked
	for _, s := range active {
		in.mu.Lock()
		files = files[:0]
		for _, f := range s.files {
			t := Tracked{Path: f.path(), Device: f.key.device, Inode: f.key.inode, Born: timeOf(f.birth), Size: f.size, Named: len(f.names) > 0}
			if f.birth == 0 {
				t.Born = timeOf(f.changed)
			}
			for r := range f.routes {
				t.Acked = append(t.Acked, f.safe(r, in.env.Follows))
			}
			files = append(files, t)
		}
		in.mu.Unlock()
		visit(s.public.Name, files)
	}
}
