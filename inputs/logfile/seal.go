package logfile

import "time"

// ends tells, under mu, whether nothing more is to be expected of f: it has a
// successor or is unlinked, or, with Config.QuietCompletes, whatever it is. It is
// sealed once it was also unchanged for QuietAfter, that is from quiet on.
func (in *Input) ends(f *file) (ends bool, quiet time.Time) {
	if f.stream == nil || f.aside {
		return false, time.Time{}
	}
	return f.unlinked || in.cfg.QuietCompletes || !f.stream.Newest(f), timeOf(f.changed).Add(in.cfg.QuietAfter)
}

// sealed tells, under mu, whether f is sealed.
func (in *Input) sealed(f *file, now time.Time) bool {
	ends, quiet := in.ends(f)
	return ends && !now.Before(quiet)
}

// unfinished tells, under mu, whether the i-th generation is not to be read yet,
// because only finished files are shipped, and whether what follows it may be. A
// file that somebody goes on writing to after it was rotated holds its successors
// for OrderWait longer than a quiet one does; then its rest is late.
func (c *Cursor) unfinished(i int, now time.Time) (later, pass bool) {
	in, files := c.in, c.stream.All()
	if !in.cfg.CompletedOnly || in.draining || in.sealed(files[i], now) {
		return false, false
	}
	if ends, quiet := in.ends(files[i]); ends {
		c.wait(quiet)
	}
	if i+1 == len(files) {
		return true, false
	}
	since := files[i+1].routes[c.route].since
	until := timeOf(since).Add(in.cfg.QuietAfter + in.cfg.OrderWait)
	if since == 0 {
		return true, false // nothing is there to be held
	}
	if now.Before(until) {
		c.wait(until)
		return true, false
	}
	return true, true
}
