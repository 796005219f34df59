// Package settings reads what a topic is set to, by DescribeConfigs. It is the
// only importer of sarama, whose connections live here for one exchange: they are
// few, and none can be found dead when it is needed.
//
// sarama holds a lock of its own while it connects: ask nothing else of a Reader's
// broker meanwhile.
package settings
