package held

import (
	"fmt"
	"slices"
	"time"

	"github.com/dustin/go-humanize"
)

// Limits bound what is held. A zero bounds nothing.
type Limits struct {
	MaxBytes int64         // of disk space
	MaxAge   time.Duration // since a file was deleted
}

// File is one deleted file that is not read to its end.
type File struct {
	Deleted time.Time
	Bytes   int64 // that it occupies
	Unread  int64 // that some route has not acknowledged
}

// Over lists, by their indices, the files that are to be given up, those deleted
// first first.
func (l Limits) Over(files []File, now time.Time) []int {
	order := make([]int, len(files))
	total := int64(0)
	for i := range files {
		order[i] = i
		total += files[i].Bytes
	}
	slices.SortStableFunc(order, func(a, b int) int { return files[a].Deleted.Compare(files[b].Deleted) })
	n := 0
	for n < len(order) {
		f := &files[order[n]]
		if (l.MaxBytes == 0 || total <= l.MaxBytes) && (l.MaxAge == 0 || now.Sub(f.Deleted) <= l.MaxAge) {
			break
		}
		total -= f.Bytes
		n++
	}
	return order[:n]
}

// nearly is how much of a bound is used up when it is time to say so, in percent.
const nearly = 80

// Near tells whether one of the bounds is nearly reached.
func (l Limits) Near(s Sum, now time.Time) bool {
	return (l.MaxBytes > 0 && s.Bytes >= l.MaxBytes/100*nearly) ||
		(l.MaxAge > 0 && s.Files > 0 && now.Sub(s.Oldest) >= l.MaxAge/100*nearly)
}

// Sum is all that is held.
type Sum struct {
	Files         int
	Bytes, Unread int64
	Oldest        time.Time // when the first of them was deleted, zero without any
}

// Total adds files up.
func Total(files []File) (s Sum) {
	for i := range files {
		f := &files[i]
		s.Files++
		s.Bytes += f.Bytes
		s.Unread += f.Unread
		if s.Oldest.IsZero() || f.Deleted.Before(s.Oldest) {
			s.Oldest = f.Deleted
		}
	}
	return s
}

// Text says for people what is held, and what may be.
func (l Limits) Text(s Sum, now time.Time) string {
	text := fmt.Sprintf("deleted files that are held for being unread: %s, %s on disk, %s unread, the oldest for %s",
		humanize.Comma(int64(s.Files)), humanize.IBytes(uint64(s.Bytes)), humanize.IBytes(uint64(s.Unread)), now.Sub(s.Oldest).Round(time.Second))
	if l.MaxBytes > 0 {
		text += ", at most " + humanize.IBytes(uint64(l.MaxBytes))
	}
	if l.MaxAge > 0 {
		text += ", for at most " + l.MaxAge.String()
	}
	if l.Near(s, now) {
		text += "; NEAR THE LIMIT: what is over it is lost"
	}
	return text
}

// Held is what is held of deleted files that are not read to their end.
type Held struct {
	Sum
	Limits Limits
	Near   bool // one of the limits is nearly reached
}

// Text says it for people.
func (h *Held) Text(now time.Time) string { return h.Limits.Text(h.Sum, now) }
