// Package page is what the agent shows in a browser: throughput and lag over the
// last 15 minutes, routes, outputs and their brokers, the files that lag most, what
// is wrong, and the configuration in force with secrets hidden.
//
// The files under assets are all of it, written by hand and embedded. The browser
// asks for page.json every few seconds and makes the page of it.
//
// # What never happens
//
// Nothing is asked of any other host, and no script runs but the one that is
// embedded: the Content-Security-Policy says so, and the script sets text, never
// markup, so that the name of a file can't become either. An answer is of bounded
// size whatever the number of files and partitions.
//
// # What looking costs
//
// A snapshot of ten thousand files takes some 30 ms of CPU. So each answer tells how
// much it took to make, and the browser waits 400 times as long before it asks
// again, at least five seconds: a page that is open costs 0.25 % of a core at most.
//
// # The last 15 minutes
//
// [Page.Snapshot] notes the totals of each snapshot that passes through it, at most
// every five seconds: the looks of browsers and of Prometheus, which asks anyway,
// are what the curves are drawn through. Where nobody looks there is no curve, and
// no cost either: a goroutine that looked at ten thousand files for nobody would
// cost more than all else that an idle agent does.
package page
