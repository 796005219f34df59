package routes

import (
	"sort"
	"strings"

	"shipper/agent/config"
	"shipper/checkpoint"
)

// Configured lists the routes of a configuration with their destinations. Their ids
// are in the state alone.
func Configured(cfg *config.Config) []checkpoint.Route {
	destinations := map[string]string{}
	for _, o := range cfg.Outputs {
		destinations[o.Name()] = destination(o)
	}
	var all []checkpoint.Route
	for _, in := range cfg.Inputs {
		for _, ref := range in.Outputs {
			all = append(all, checkpoint.Route{Input: in.Label, Output: ref.Name(), Destination: destinations[ref.Name()]})
		}
	}
	return all
}

// destination names the place behind an output, whatever its label.
func destination(o *config.Output) string {
	switch {
	case o.Kafka != nil:
		brokers := append([]string(nil), o.Kafka.Brokers...)
		sort.Strings(brokers)
		return "kafka://" + strings.Join(brokers, ",")
	case o.S3 != nil:
		return "s3://" + o.S3.Endpoint + "/" + o.S3.Bucket + "/" + o.S3.Prefix
	case o.File != nil:
		return "file://" + o.File.Path
	default:
		return o.Kind + "://" + o.Label
	}
}

// sameDestination tells whether two destinations are one place. Kafka clusters
// are the same if they share a broker's address: lists of brokers grow.
func sameDestination(a, b string) bool {
	if a == b {
		return true
	}
	a, aok := strings.CutPrefix(a, "kafka://")
	b, bok := strings.CutPrefix(b, "kafka://")
	if !aok || !bok {
		return false
	}
	for _, x := range strings.Split(a, ",") {
		for _, y := range strings.Split(b, ",") {
			if x == y {
				return true
			}
		}
	}
	return false
}
