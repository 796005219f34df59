package outputs

// Fate is what became of a batch. It belongs to the batch's receipt: an answer
// to a repeat decides over the first attempt, too.
type Fate struct {
	State State
	// Class tells how to go on when State is not Acked.
	Class Class
	// Err is why State is not Acked, for people. It names the shard or broker.
	Err error
	// BaseOffset is where the output put the first record, or -1 if it does
	// not say.
	BaseOffset int64
	// TooLarge says that the output takes the records, but not so many bytes
	// of them in one batch.
	TooLarge bool
	// BadTime says that the output takes the records, but not with their
	// timestamps.
	BadTime bool
	// Doubtful says, with GivenUp, that records of this very attempt may have
	// arrived.
	Doubtful bool
	// Gone says, with Refused, that the shard does not exist any more. Its
	// streams are to be given other shards.
	Gone bool
	// Objects names, with Acked, where each segment was stored, "" for one of
	// no bytes. Nil for outputs that do not store objects.
	Objects []string
	// Rejected names the records that the output will never take, if it said
	// which.
	Rejected []RecordRange
}

// RecordRange is the records [First, First+Count) of segment Segment of a batch.
type RecordRange struct {
	Segment      int
	First, Count int
	Reason       string
}

// State is what is known of a batch after an attempt.
type State uint8

const (
	// Unresolved: the records may or may not have arrived. Only the same
	// records again, or giving the receipt up, ends this. It is the zero value
	// because it is what must be assumed when nothing else is known.
	Unresolved State = iota
	// Acked: every record is durable.
	Acked
	// Refused: no record of the batch is at the output or ever will be, and no
	// earlier attempt of the same receipt is unresolved. The records may be
	// cut anew.
	Refused
	// GivenUp: the output can't repeat this receipt. Records may have arrived;
	// the receipt is gone, and the records are to be cut anew.
	GivenUp
)

// String returns the state's name as used in logs.
func (s State) String() string {
	switch s {
	case Acked:
		return "acked"
	case Refused:
		return "refused"
	case GivenUp:
		return "given_up"
	case Unresolved:
	}
	return "unresolved"
}

// Class is the kind of an error and with it the way to go on.
type Class uint8

const (
	// Transient errors pass: back off and try again, for ever.
	Transient Class = iota
	// RecordError: the output will not take some record of the batch.
	RecordError
	// TopicError: the topic is unknown or closed to us. Its shards wait,
	// others go on.
	TopicError
	// AuthError: credentials or permissions. Retried slowly, alarmed.
	AuthError
	// SequenceError: the output lost track of the producer. The receipt is
	// given up and the records are sent again under fresh numbers.
	SequenceError
	// UnknownError is treated as transient and counted by its code.
	UnknownError
)

// String returns the class's name as used in logs and metrics.
func (c Class) String() string {
	switch c {
	case RecordError:
		return "record"
	case TopicError:
		return "topic"
	case AuthError:
		return "auth"
	case SequenceError:
		return "sequence"
	case UnknownError:
		return "unknown"
	case Transient:
	}
	return "transient"
}
