// Package broker is the connections to one Kafka broker, and the decision
// whether anything is sent to it at all.
//
// The types to know:
//
//   - [Broker]: lends out connections, one Write each. A broker that could not
//     be dialled, or fell silent, is held back: nothing is sent until its prober
//     has dialled it anew. So a dead broker costs one wait and not one a batch.
//   - [Env]: what the brokers of a cluster share.
//   - [Pace]: how often connections are made anew.
//   - [Backoff]: how long to wait between tries.
//
// [Classify], [Cure] and [Explain] say what an error of reaching a broker means
// and what a person can do about it.
//
// # Invariants
//
//   - An error of Take means that nothing was sent.
//   - A connection is lent to one Write at a time, and never again after an
//     error on it.
//   - Nor is one that the broker has closed, as far as that can be known: one that
//     was idle for more than a moment is looked at first.
//   - The caller's impatience is not the broker's fault: an attempt that ended
//     because its context did holds nobody back.
//   - A broker that has answered nobody for a second holds at most
//     Env.MaxSilent Writes: further ones are refused, and those that were
//     admitted while it answered are ended. So it is, too, from the prober's
//     success until the first answer to a Write.
//   - A Write ends when its broker leaves the cluster, and metadata is asked for
//     as long as one waits for a silent broker.
//
// # Limits
//
//   - A broker that answers its prober but hangs on every produce request holds
//     MaxSilent Writes, for an attempt each, as often as the prober succeeds.
//   - Lanes that dial at the same moment log in at the same moment: a wrong
//     password is tried once by each before the broker is held back.
package broker
