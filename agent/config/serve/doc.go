// Package serve decodes and checks where status is served, and to whom: keys of the
// block `agent` that begin with listen, and pprof.
package serve
