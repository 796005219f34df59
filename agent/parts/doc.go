// Package parts turns configuration into the parts' own typed configurations: [Input]
// for inputs, [Output] for outputs; and names [Counters] for the status. [Matches] and [Cutting] tell what an
// input would make of files and bytes. It is the only place that knows both, so that
// no part knows of blocks and keys, and the same block gives the same part to the
// agent, to check, and to whoever ships by hand.
package parts
