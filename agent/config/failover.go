package config

import (
	"fmt"
)

// checkFailovers holds the failovers against the outputs that they name: what is
// listed there is taken for this agent's own lines that are to come back.
func (d *decoder) checkFailovers() {
	owner := map[*outputBlock]string{}
	for _, out := range d.outputs {
		if out.Kafka == nil || out.Kafka.Failover == nil || out.Kafka.Failover.Output.Label == "" {
			continue
		}
		ref, at := out.Kafka.Failover.Output, out.block.Key("failover", "output")
		to := d.output(ref)
		if to == nil {
			d.dangling(ref, at)
			continue
		}
		const another = "What is stored there would be taken for lines that are to come back. Write another block with another prefix."
		switch {
		case to.S3 == nil:
			d.ErrorAt(at, fmt.Sprintf("output.%s can't be a failover", ref.Name()), "Only an output of kind s3 can.")
			continue
		case owner[to] != "":
			d.ErrorAt(at, fmt.Sprintf("output.%s is the failover of output.%s already", ref.Name(), owner[to]), another)
		case to.used:
			d.ErrorAt(at, fmt.Sprintf("output.%s is an input's output already", ref.Name()), another)
		case to.block.Has("key"):
			d.ErrorAt(to.block.At("key"), "the keys of a failover's output are fixed", "Leave key out; prefix can be chosen.")
		}
		owner[to], to.used, to.S3.Key = out.Name(), true, ""
		for _, other := range d.outputs {
			if other != to && other.S3 != nil && other.S3.SamePlace(to.S3) {
				d.ErrorAt(at, fmt.Sprintf("output.%s and output.%s are the same place", ref.Name(), other.Name()), another)
			}
		}
	}
}
