// Package outputtest is the contract that every output keeps, as a test suite.
//
// An output's own test describes itself with a [Factory] and calls [Run]:
//
//	func TestContract(t *testing.T) {
//		outputtest.Run(t, outputtest.Factory{Open: open, Idempotent: true})
//	}
//
// The suite plays the agent's part: it makes batches, writes them, obeys their
// fates (unresolved: the same records again; refused or given up: cut anew) and
// then reads back what is at the destination, shard by shard. It demands that
//
//   - every acknowledged record is there, byte by byte, in the order of its batch
//     and after those of the batch before it;
//   - nothing is there that was not sent, and nothing twice that an idempotent
//     output was sent twice;
//   - every batch that Write is given leaves it with a fate, and its bytes
//     untouched.
//
// What an output does not carry (ids, keys, headers, times) is left out of the
// comparison by the Factory's flags.
//
// The random case prints its seed. The same run again:
//
//	OUTPUTTEST_SEED=1234 go test -run TestContract/Random ./outputs/local
package outputtest
