package codes

import (
	"fmt"

	"shipper/outputs"
)

// Request is what a broker answers with a code.
type Request uint8

// The requests of this output. It sends no others: FindCoordinator belongs to
// consumer groups and transactions, of which it has none.
const (
	Produce Request = iota
	InitProducerID
	Metadata
	SASL  // SaslHandshake and SaslAuthenticate
	Admin // DescribeConfigs
)

// Requests are all of them, in the order in which they are documented.
var Requests = []Request{Produce, InitProducerID, Metadata, SASL, Admin}

// String is the request's name in documents.
func (r Request) String() string {
	switch r {
	case Produce:
		return "produce"
	case InitProducerID:
		return "init producer id"
	case Metadata:
		return "metadata"
	case SASL:
		return "SASL"
	case Admin:
		return "describe configs"
	}
	return fmt.Sprintf("request %d", uint8(r))
}

// Answer is a code in answer to a request. It is an error, and comparable;
// errors.As finds the Code in it.
type Answer struct {
	Code Code
	To   Request
}

// Error returns the code's name.
func (a Answer) Error() string { return a.Code.Name() }

// Unwrap returns the code.
func (a Answer) Unwrap() error { return a.Code }

// Class is how to go on after the answer. Only an answer to a produce request
// can be about records or their numbers: elsewhere such a code makes no sense,
// and must not send records into quarantine or give them up.
func (a Answer) Class() outputs.Class {
	c := a.Code.Class()
	if a.To != Produce && (c == outputs.RecordError || c == outputs.SequenceError) {
		return outputs.UnknownError
	}
	return c
}

// Effect is what an answer to a produce request does to the batch.
type Effect struct {
	// First is the fate of a batch that was sent for the first time, Repeat
	// of one of which an earlier attempt is unresolved.
	First, Repeat outputs.State
}

// Effect tells what a produce request that was answered with the code has done.
// None is acknowledged only if its base offset is above the last one.
func (c Code) Effect() Effect {
	switch {
	case c == None:
		return Effect{outputs.Acked, outputs.Acked}
	case c == DuplicateSequenceNumber:
		// Of a repeat it means that the first attempt had arrived. A first
		// attempt has no predecessor: the broker took it for another batch.
		return Effect{outputs.GivenUp, outputs.Acked}
	case c.Class() == outputs.SequenceError:
		return Effect{outputs.GivenUp, outputs.GivenUp}
	case !c.BeforeAppend():
		return Effect{outputs.Unresolved, outputs.Unresolved}
	case c.Never(): // the same records will be answered so for ever
		return Effect{outputs.Refused, outputs.GivenUp}
	}
	// This attempt was refused; of the earlier ones nothing is known.
	return Effect{outputs.Refused, outputs.Unresolved}
}
