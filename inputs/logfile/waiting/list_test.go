package waiting

import (
	"slices"
	"testing"
	"time"
)

func TestList(t *testing.T) {
	l, begun := New[string](), time.Now()
	told := func() bool {
		select {
		case <-l.News():
			return true
		default:
			return false
		}
	}
	at := func(seconds int) time.Time { return begun.Add(time.Duration(seconds) * time.Second) }
	over := func(seconds int, want ...string) {
		t.Helper()
		if got := l.Over(at(seconds)); !slices.Equal(got, want) {
			t.Errorf("after %d seconds %q are over, want %q", seconds, got, want)
		}
	}
	over(9)
	l.Until("a", at(5))
	if !told() {
		t.Error("the first is not told of")
	}
	l.Until("a", at(7))
	l.Until("b", at(5))
	l.Until("b", at(3))
	l.Until("c", at(1))
	if told() {
		t.Error("another is told of")
	}
	l.Drop("c")
	over(2)
	over(3, "b")
	over(4)
	over(5, "a")
	if l.Len() != 0 {
		t.Errorf("%d wait", l.Len())
	}
	l.Until("a", at(5))
	l.Tell()
	if !told() || told() {
		t.Error("what is new is to be told of once")
	}
}
