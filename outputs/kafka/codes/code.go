package codes

import (
	"strconv"

	"shipper/outputs"
)

// Code is an error code of the Kafka protocol. It is an error; None is not
// meant to be used as one.
type Code int16

// The codes that are treated by name.
const (
	None                         Code = 0
	CorruptMessage               Code = 2
	UnknownTopicOrPartition      Code = 3
	LeaderNotAvailable           Code = 5
	NotLeaderOrFollower          Code = 6
	RequestTimedOut              Code = 7
	MessageTooLarge              Code = 10
	InvalidTopicException        Code = 17
	RecordListTooLarge           Code = 18
	NotEnoughReplicas            Code = 19
	NotEnoughReplicasAfterAppend Code = 20
	TopicAuthorizationFailed     Code = 29
	ClusterAuthorizationFailed   Code = 31
	InvalidTimestamp             Code = 32
	UnsupportedVersion           Code = 35
	OutOfOrderSequenceNumber     Code = 45
	DuplicateSequenceNumber      Code = 46
	InvalidProducerEpoch         Code = 47
	InvalidProducerIDMapping     Code = 49
	KafkaStorageError            Code = 56
	SASLAuthenticationFailed     Code = 58
	UnknownProducerID            Code = 59
	InvalidRecord                Code = 87
)

// Highest is the highest code in the table.
const Highest Code = 133

// kind is what the table says of one code.
type kind struct {
	name  string
	class outputs.Class
	flags uint8
	cure  string
}

const (
	// before: brokers answer a produce request so only before they append.
	before uint8 = 1 << iota
	// never: the same records will be answered so again, however often they
	// are repeated.
	never
	// stale: what is known of topics and leaders may be out of date.
	stale
)

func (c Code) kind() *kind {
	if c < -1 || c > Highest {
		return &kind{class: outputs.UnknownError}
	}
	return &table[c+1]
}

// Known tells whether the table has the code.
func (c Code) Known() bool { return c.kind().name != "" }

// Name is the code's name in the protocol, or its number if it is not known.
func (c Code) Name() string {
	if k := c.kind(); k.name != "" {
		return k.name
	}
	return "code " + strconv.Itoa(int(c))
}

// Error returns the name.
func (c Code) Error() string { return c.Name() }

// Class is how a producer goes on after the code.
func (c Code) Class() outputs.Class { return c.kind().class }

// BeforeAppend tells whether a broker answers a produce request with this code
// only before it has appended anything.
func (c Code) BeforeAppend() bool { return c.kind().flags&before != 0 }

// Never tells whether the same records will be answered so for ever.
func (c Code) Never() bool { return c.kind().flags&never != 0 }

// Stale tells whether the code suggests that our knowledge of topics and
// leaders is out of date.
func (c Code) Stale() bool { return c.kind().flags&stale != 0 }

// Cure is one sentence on what a person can do, "" where none is needed.
func (c Code) Cure() string { return c.kind().cure }
