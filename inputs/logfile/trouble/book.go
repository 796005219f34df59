package trouble

import (
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
)

// Book holds the problems that are not solved, one for a path. Its methods may be
// called from any goroutine and under any lock.
type Book struct {
	log  *slog.Logger
	now  func() time.Time
	mu   sync.Mutex
	open map[string]Problem
	told Limiter
}

// NewBook makes an empty Book.
func NewBook(log *slog.Logger, now func() time.Time) *Book {
	return &Book{log: log, now: now, open: map[string]Problem{}}
}

// Report notes a problem and logs it once, until it is solved.
func (b *Book) Report(p Problem) {
	b.mu.Lock()
	old, known := b.open[p.Path]
	b.open[p.Path] = p
	tell, suppressed := false, 0
	if !known || old != p {
		tell, suppressed = b.told.Allow(b.now())
	}
	b.mu.Unlock()
	if tell {
		b.log.Warn("a path can't be shipped", "path", p.Path, "what", p.What, "cure", p.Cure, "not_logged", suppressed)
	}
}

// Solved takes a problem back.
func (b *Book) Solved(path string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.open, path)
}

// Allow is Limiter.Allow for other warnings about paths, which share the limit.
func (b *Book) Allow() (ok bool, suppressed int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.told.Allow(b.now())
}

// List lists the problems by path.
func (b *Book) List() []Problem {
	b.mu.Lock()
	list := make([]Problem, 0, len(b.open))
	for _, p := range b.open {
		list = append(list, p)
	}
	b.mu.Unlock()
	slices.SortFunc(list, func(x, y Problem) int { return strings.Compare(x.Path, y.Path) })
	return list
}
