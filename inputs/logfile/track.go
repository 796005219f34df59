package logfile

import (
	"slices"
	"time"
)

// Track calls visit for each stream of which a file is unread, or has changed
// since then, with its files, oldest first. visit may keep nothing of them. Other
// streams are not looked at again before something happens to them: since is not to
// go back from one call to the next.
func (in *Input) Track(since time.Time, visit func(stream string, files []Tracked)) {
	in.mu.Lock()
	in.lively = slices.DeleteFunc(in.lively, func(s *stream) bool {
		s.lively = in.streams[s.public.Name] == s && slices.ContainsFunc(s.All(), func(f *file) bool {
			return timeOf(f.changed).After(since) || f.unread() > 0
		})
		return !s.lively
	})
	if cap(in.lively) > 2*len(in.lively)+64 { // as after a first look
		in.lively = slices.Clone(in.lively)
	}
	lively := slices.Clone(in.lively)
	in.mu.Unlock()
	var files []Tracked
	for _, s := range lively {
		in.mu.Lock()
		files = files[:0]
		for _, f := range s.All() {
			t := Tracked{Path: f.path(), Device: f.key.device, Inode: f.key.inode, Born: timeOf(f.birth), Size: f.size, Named: len(f.names) > 0}
			if f.birth == 0 {
				t.Born = timeOf(f.changed)
			}
			for r := range f.routes {
				t.Stirred = t.Stirred || !f.caughtUp(r)
				t.Acked = append(t.Acked, f.safe(r, in.env.Follows))
			}
			files = append(files, t)
		}
		in.mu.Unlock()
		visit(s.public.Name, files)
	}
}
