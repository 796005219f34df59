// Package live watches an agent follow files that grow.
//
// The types to know: [Arrivals], which tells how long lines are under way from
// their append to a broker in this process (see [Serve]), and [Outage], which
// takes that broker away for a while.
package live
