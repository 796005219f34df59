// Package calls makes calls of a file system that may not return for long, or for
// ever, without waiting for those that don't.
//
//   - [Group] is those that may be under way at the same time.
//   - [Call] is one: work in a goroutine of its own, which is waited for only as long
//     as it gets on. One that has hung comes back by [Group.Late] when it is over.
//
// What the work shares with others is guarded by the group's lock. Whoever begins a
// call holds it, and gives it up while it waits; the work takes it in between its
// calls of the file system. So each of both has it for itself, hung or not.
package calls
