package consumer

// idBytes is the length of the header id.
const idBytes = 16

// Window remembers the newest ids.
type Window struct {
	seen map[[idBytes]byte]struct{}
	ring [][idBytes]byte // oldest at next, once it is full
	next int
	size int
}

// NewWindow remembers so many ids, 16 bytes each and some for the map.
func NewWindow(size int) *Window {
	return &Window{seen: make(map[[idBytes]byte]struct{}), size: size}
}

// Seen tells whether an id was seen before, and remembers it. An id of another
// length is none, and never seen.
func (w *Window) Seen(id []byte) bool {
	if len(id) != idBytes {
		return false
	}
	key := [idBytes]byte(id)
	if _, ok := w.seen[key]; ok {
		return true
	}
	w.seen[key] = struct{}{}
	if len(w.ring) < w.size {
		w.ring = append(w.ring, key)
		return false
	}
	delete(w.seen, w.ring[w.next])
	w.ring[w.next] = key
	w.next = (w.next + 1) % w.size
	return false
}
