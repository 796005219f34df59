package notices

import "errors"

// Op is what has happened to a name.
type Op uint8

// What happens.
const (
	Written Op = iota // to the content
	Touched           // to the attributes, the number of names among them
	Come              // made, or moved here
	Gone              // removed, or moved away
)

// Event is what has happened to a name in a directory or, without a name, to the
// directory itself, which then is no longer watched.
type Event struct {
	Dir  string // as it was given to Add
	Name string
	Op   Op
}

// Watcher announces what happens in directories. Add and Remove may be called by
// several goroutines; the other methods are for one.
type Watcher interface {
	// Add has a directory watched. It may block as long as the directory's file
	// system does.
	Add(dir string) error
	// Remove ends that.
	Remove(dir string)
	// Drain hands out all events that are there, and returns how many, and whether they
	// are all that there were: the kernel drops what is too much. It does not wait.
	Drain(event func(Event)) (n int, whole bool)
	// Await has Ready bring a value as soon as an event is there, once.
	Await()
	Ready() <-chan struct{}
	// Close ends it, also while another goroutine is in Add. To call it again does nothing.
	Close()
}

// None is a Watcher that can watch nothing.
type None struct{}

// Add implements Watcher.
func (None) Add(string) error { return errors.ErrUnsupported }

// Remove implements Watcher.
func (None) Remove(string) {}

// Drain implements Watcher.
func (None) Drain(func(Event)) (n int, whole bool) { return 0, true }

// Await implements Watcher.
func (None) Await() {}

// Ready implements Watcher.
func (None) Ready() <-chan struct{} { return nil }

// Close implements Watcher.
func (None) Close() {}
