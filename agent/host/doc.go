// Package host tells one host from another: by the id under which an agent's
// lines are known, and by what the machine is known by, so that a state which was
// copied to another host is noticed there.
//
// # Why a copy matters
//
// The ids of lines are made from the ids of generations, and these are in the
// state and else made from the agent's id. Two hosts that go on from copies of one
// state, or that have one agent id and copies of the same files, would give
// different lines the same id, and whoever drops duplicates by id would drop lines
// of the other host. In doubt a line must rather have two ids than two lines one:
// [Copied] in doubt says yes, and then [Renew] gives every known generation another
// id. Offsets stay, so nothing is shipped again but what was under way; that has
// another id than before, and can't be recognised as a duplicate.
//
// A state that was moved looks the same as one that was copied. [Keep], for those
// who know that it was moved, keeps the ids.
//
// # What is compared
//
// [Machine]: the id of the board or virtual machine, of the cloud's instance, of
// the installation and of the running kernel, hashed, as far as each can be read,
// then and now. One of the first two that differs means another host; the same
// kernel, the same host; then the installation's id decides. Where nothing can be
// compared, as in a container after a reboot, the agent's id does.
//
// # Limits
//
// An image that is started again and again with all of these equal can't be told
// from one host. A container that has no stable id looks like a copy after each
// reboot of its node: give it an id in the configuration.
package host
