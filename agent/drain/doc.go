// Package drain has an agent ship everything to its end, before a host or a
// container goes away.
//
//   - [Run] waits within the agent until every file counts at the same moment.
//   - [Handler] serves [Request] over the agent's socket; [Ask] is its client.
//   - [Report] is what is left meanwhile, file by file.
//
// A file counts when it is acknowledged to its end on every route and was
// unchanged for Request.Settle. What is incomplete at its end, a line without a
// newline or lines that wait for more of their record, is shipped by then: inputs
// treat every file as sealed while a drain is under way. Discovery goes on, and
// when nothing is left, everything is looked at once more before it is believed.
//
// A drain ends with its context (over the socket: with the request); then the
// agent goes on as before. It never gives anything up.
package drain
