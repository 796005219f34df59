// Package demand compares what a topic promises with what the configuration
// expects of it: [Demand.Of] lists each [Short] in which it falls short. Those
// that make an acknowledgement worth less can make the output refuse the topic;
// the others are warnings.
package demand
