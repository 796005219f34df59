// Package routes tells which configured route is which of the state's: by what
// they are called, and where that is new, by where they lead.
//
// [Route] is one at work: one input → one output, with its own watermark in every
// generation, as a Kafka consumer group has in every partition.
//
// [Configured] lists the routes of a configuration; [Table] gives each its number
// and, to a new one, the offsets that it goes on from. Where a route leads is
// known by its destination, the addresses that are configured, and by the cluster
// that was heard there; the state has both. [OtherCluster] is the question when another is heard.
//
// # Limits
//
// Which cluster is at an address is not asked here: what was last heard there
// counts. A new route that shares neither an address nor a cluster with an old one
// begins anew, at worst with duplicates. One that inherits by address what another
// cluster has acknowledged is given that cluster, and so waits when it is heard.
package routes
