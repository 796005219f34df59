package routes

import (
	"runtime"
	"sync/atomic"
	"testing"

	"shipper/checkpoint"
)

// TestClusterIsKeptBesideAReload: a reload notes where an output leads while a lane
// notes which cluster answers.
func TestClusterIsKeptBesideAReload(t *testing.T) {
	for range 20_000 {
		r := NewRoute(checkpoint.Route{ID: 1, Input: "in", Destination: "kafka://a"}, 0)
		var begin atomic.Bool
		done := make(chan int)
		go func() {
			var c checkpoint.Changes
			begin.Store(true)
			r.AcknowledgedBy("cluster", &c)
			done <- len(c.Routes)
		}()
		for !begin.Load() {
			runtime.Gosched()
		}
		r.LeadsTo("kafka://b")
		if n := <-done; n != 1 {
			t.Fatalf("%d routes to be stored, want 1", n)
		}
		if known := *r.known.Load(); known.Cluster != "cluster" || known.Destination != "kafka://b" {
			t.Fatalf("known is %+v", known)
		}
	}
}
