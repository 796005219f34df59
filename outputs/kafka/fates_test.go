package kafka

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"shipper/outputs"
	"shipper/outputs/kafka/codes"
)

// An answer is lost after the append while other records of equal count wait.
// Had they been sent under the numbers of the lost ones, the broker would have
// called them duplicates and dropped them.
func TestLostAnswerThenOtherRecordsOfEqualCount(t *testing.T) {
	w := newWorld(t, nil)
	s := w.shard()
	w.deliver(w.batch(s, "a1", "a2"))
	lost, waiting := w.batch(s, "b1", "b2"), w.batch(s, "c1", "c2")
	w.faults.add(loseAnswer)
	w.write(lost, outputs.Unresolved)

	lost.Repeat = true
	w.write(lost, outputs.Acked)
	w.write(waiting, outputs.Acked)
	w.expect(s, "a1", "a2", "b1", "b2", "c1", "c2")
}

// The same, and the receipt is given up: what waited goes first.
func TestNumbersOfAReceiptGivenUpAreNeverUsedAgain(t *testing.T) {
	w := newWorld(t, nil)
	s := w.shard()
	w.deliver(w.batch(s, "a1", "a2"))
	w.faults.add(loseAnswer)
	w.write(w.batch(s, "b1", "b2"), outputs.Unresolved)
	w.write(w.batch(s, "c1", "c2"), outputs.Acked)
	w.write(w.batch(s, "d1", "d2"), outputs.Acked)
	w.expect(s, "a1", "a2", "b1", "b2", "c1", "c2", "d1", "d2")
}

// Brokers say NOT_LEADER_OR_FOLLOWER after the append, too.
func TestNotLeaderAfterTheAppendIsUnresolved(t *testing.T) {
	for _, code := range []codes.Code{
		codes.NotLeaderOrFollower, codes.UnknownTopicOrPartition, codes.KafkaStorageError, codes.RequestTimedOut,
		codes.NotEnoughReplicasAfterAppend, -1, 4242,
	} {
		t.Run(code.Name(), func(t *testing.T) {
			w := newWorld(t, nil)
			s := w.shard()
			b, waiting := w.batch(s, "a1", "a2"), w.batch(s, "b1", "b2")
			w.faults.add(answer(code))
			w.write(b, outputs.Unresolved)
			if code.Known() != strings.Contains(b.Fate.Err.Error(), code.Name()) && code.Known() {
				t.Errorf("the error %q does not name the code", b.Fate.Err)
			}
			b.Repeat = true
			w.write(b, outputs.Acked)
			w.write(waiting, outputs.Acked)
			w.expect(s, "a1", "a2", "b1", "b2")
		})
	}
}

// A receipt stays unresolved however many attempts at it are refused.
func TestRefusalOfARepeatDecidesNothing(t *testing.T) {
	for _, code := range []codes.Code{codes.NotEnoughReplicas, codes.TopicAuthorizationFailed, codes.CorruptMessage} {
		t.Run(code.Name(), func(t *testing.T) {
			w := newWorld(t, nil)
			s := w.shard()
			b := w.batch(s, "a1", "a2")
			w.faults.add(loseAnswer, answer(code))
			w.write(b, outputs.Unresolved)
			b.Repeat = true
			w.write(b, outputs.Unresolved)
			w.write(b, outputs.Acked)
			w.expect(s, "a1", "a2")
		})
	}
}

func TestAnswerThatARepeatCantSurviveGivesUp(t *testing.T) {
	for _, code := range []codes.Code{codes.MessageTooLarge, codes.InvalidRecord, codes.InvalidTimestamp} {
		t.Run(code.Name(), func(t *testing.T) {
			w := newWorld(t, nil)
			s := w.shard()
			b := w.batch(s, "a1", "a2")
			w.faults.add(loseAnswer, answer(code))
			w.write(b, outputs.Unresolved)
			b.Repeat = true
			w.write(b, outputs.GivenUp)
			if b.Fate.Class != outputs.RecordError || b.Fate.TooLarge != (code == codes.MessageTooLarge) {
				t.Errorf("fate %+v", b.Fate)
			}
			b.Repeat = false
			w.write(b, outputs.Acked)
			w.expect(s, "a1", "a2", "a1", "a2")
		})
	}
}

func TestClosedListIsRefusedAtFirst(t *testing.T) {
	for _, e := range []*kerr.Error{kerr.MessageTooLarge, kerr.RecordListTooLarge, kerr.InvalidRecord, kerr.InvalidTimestamp, kerr.CorruptMessage,
		kerr.UnsupportedCompressionType, kerr.NotEnoughReplicas, kerr.InvalidRequiredAcks, kerr.TopicAuthorizationFailed, kerr.ClusterAuthorizationFailed} {
		t.Run(e.Message, func(t *testing.T) {
			w := newWorld(t, nil)
			s := w.shard()
			w.kafka.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: e}) // before the append
			w.write(w.batch(s, "a1", "a2"), outputs.Refused)
			w.write(w.batch(s, "b1", "b2"), outputs.Acked) // under the same numbers
			w.expect(s, "b1", "b2")
		})
	}
}

func TestDuplicateSequenceAcksOnlyARepeat(t *testing.T) {
	w := newWorld(t, nil)
	s := w.shard()
	b := w.batch(s, "a1")
	w.faults.add(loseAnswer, answer(codes.DuplicateSequenceNumber))
	w.write(b, outputs.Unresolved)
	b.Repeat = true
	w.write(b, outputs.Acked)

	b = w.batch(s, "b1")
	w.faults.add(answer(codes.DuplicateSequenceNumber))
	w.write(b, outputs.GivenUp)
	if b.Fate.Class != outputs.SequenceError || !b.Fate.Doubtful || !strings.Contains(w.log.String(), "level=ERROR") {
		t.Errorf("fate %+v without an alarm", b.Fate)
	}
	w.write(b, outputs.Acked)
	w.expect(s, "a1", "b1", "b1")
}

func TestOffsetAlreadyPassedIsNoAck(t *testing.T) {
	w := newWorld(t, nil)
	s := w.shard()
	w.deliver(w.batch(s, "a1", "a2"))
	w.deliver(w.batch(s, "b1", "b2"))
	c := w.batch(s, "c1", "c2")
	w.faults.add(func(r *kmsg.ProduceResponse) outcome {
		r.Topics[0].Partitions[0].BaseOffset = 0
		return pass
	})
	w.write(c, outputs.GivenUp)
	if !c.Fate.Doubtful || !strings.Contains(w.log.String(), "level=ERROR") {
		t.Error("no alarm, or not counted")
	}
	w.write(c, outputs.Acked)
}

func TestLostProducerStateGivesUpAndGoesOn(t *testing.T) {
	for _, code := range []codes.Code{codes.OutOfOrderSequenceNumber, codes.InvalidProducerEpoch, codes.UnknownProducerID, codes.InvalidProducerIDMapping} {
		t.Run(code.Name(), func(t *testing.T) {
			w := newWorld(t, nil)
			s := w.shard()
			w.deliver(w.batch(s, "a1"))
			b := w.batch(s, "b1")
			w.faults.add(answer(code), answer(code))
			w.write(b, outputs.GivenUp)
			if b.Fate.Class != outputs.SequenceError {
				t.Errorf("class %v", b.Fate.Class)
			}
			w.write(b, outputs.GivenUp) // also what follows from nothing
			w.write(b, outputs.Acked)
			w.write(w.batch(s, "c1"), outputs.Acked)
		})
	}
}

func TestRepeatOfWhatTheOutputDoesNotHoldIsGivenUp(t *testing.T) {
	w := newWorld(t, nil)
	s := w.shard()
	b := w.batch(s, "a1")
	b.Repeat = true
	w.write(b, outputs.GivenUp)

	b = w.batch(s, "b1", "b2")
	w.faults.add(loseAnswer)
	w.write(b, outputs.Unresolved)
	fewer := w.batch(s, "b1")
	fewer.Repeat = true
	w.write(fewer, outputs.GivenUp)
	w.write(w.batch(s, "d"), outputs.Acked)

	b = w.batch(s, "e1", "e2")
	w.faults.add(loseAnswer)
	w.write(b, outputs.Unresolved)
	others := w.batch(s, "f1", "f2")
	others.Repeat = true
	w.write(others, outputs.GivenUp) // and not an ack of what is nowhere
	others.Repeat = false
	w.write(others, outputs.Acked)
	w.write(w.batch(s, "c1", "c2"), outputs.Acked)
	w.expect(s, "b1", "b2", "d", "e1", "e2", "f1", "f2", "c1", "c2")
}

func TestNothingSentIsRefusedButNeverResolvesAReceipt(t *testing.T) {
	w := newWorld(t, nil)
	s := w.shard()
	w.deliver(w.batch(s, "a1"))
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	b := w.batch(s, "b1")
	w.out.Write(cancelled, []*outputs.Batch{b})
	if b.Fate.State != outputs.Refused {
		t.Fatalf("fate %v of what was not sent", b.Fate.State)
	}
	w.faults.add(loseAnswer)
	w.write(b, outputs.Unresolved)
	b.Repeat = true
	w.out.Write(cancelled, []*outputs.Batch{b})
	if b.Fate.State != outputs.Unresolved {
		t.Fatalf("fate %v of a repeat that was not sent", b.Fate.State)
	}
	w.write(b, outputs.Acked)
	w.expect(s, "a1", "b1")
}

func TestCancelledAfterSendingIsUnresolved(t *testing.T) {
	w := newWorld(t, nil)
	s := w.shard()
	w.deliver(w.batch(s, "a1"))
	ctx, cancel := context.WithCancel(t.Context())
	w.faults.add(func(*kmsg.ProduceResponse) outcome { cancel(); return hang })
	b := w.batch(s, "b1")
	w.out.Write(ctx, []*outputs.Batch{b})
	if b.Fate.State != outputs.Unresolved || !errors.Is(b.Fate.Err, context.Canceled) {
		t.Fatalf("fate %v (%v)", b.Fate.State, b.Fate.Err)
	}
	if !w.out.Status().Healthy {
		t.Error("the caller's impatience is blamed on the broker")
	}
	b.Repeat = true
	w.write(b, outputs.Acked)
	w.expect(s, "a1", "b1")
}

func TestRecordsThatTheBrokerNamesAreNamed(t *testing.T) {
	w := newWorld(t, nil)
	s := w.shard()
	name := func(n ...int32) fault {
		return func(r *kmsg.ProduceResponse) outcome {
			p := &r.Topics[0].Partitions[0]
			p.ErrorCode = int16(codes.InvalidRecord)
			for _, i := range n {
				e := kmsg.NewProduceResponseTopicPartitionErrorRecord()
				e.RelativeOffset = i
				p.ErrorRecords = append(p.ErrorRecords, e)
			}
			return pass
		}
	}
	b := w.batch(s, "a", "b", "c")
	b.Segments = append(b.Segments, w.batch(s, "d", "e").Segments...)
	w.faults.add(name(1, 2, 4))
	w.write(b, outputs.Refused)
	want := []outputs.RecordRange{{Segment: 0, First: 1, Count: 2, Reason: "INVALID_RECORD"}, {Segment: 1, First: 1, Count: 1, Reason: "INVALID_RECORD"}}
	if !slices.Equal(b.Fate.Rejected, want) || b.Fate.Class != outputs.RecordError {
		t.Errorf("fate %+v", b.Fate)
	}
	w.faults.add(name(4, 2, 1, 2, 4)) // in any order, and repeatedly: not all of them
	w.write(b, outputs.Refused)
	if !slices.Equal(b.Fate.Rejected, want) || b.Fate.Class != outputs.RecordError {
		t.Errorf("fate %+v", b.Fate)
	}
	w.faults.add(name(0, 1, 2, 3, 4))
	w.write(b, outputs.Refused)
	if b.Fate.Class != outputs.TopicError {
		t.Errorf("all are named, and the class is %v", b.Fate.Class)
	}
}

// Of a record alone in its batch nobody says whether it or the topic is to blame.
// It is called impossible if the topic takes others, and then only once before
// that is seen again: a topic that takes nothing sends no log to quarantine.
func TestRecordAloneInItsBatch(t *testing.T) {
	w := newWorld(t, nil)
	s := w.shard()
	refuse := func(class outputs.Class, rejected int) {
		t.Helper()
		w.faults.add(answer(codes.InvalidRecord))
		b := w.batch(s, "x")
		w.write(b, outputs.Refused)
		if b.Fate.Class != class || len(b.Fate.Rejected) != rejected {
			t.Fatalf("fate %+v, want class %v, %d rejected", b.Fate, class, rejected)
		}
	}
	refuse(outputs.RecordError, 1) // the benefit of the doubt
	refuse(outputs.TopicError, 0)
	refuse(outputs.TopicError, 0)
	w.deliver(w.batch(s, "a"))
	refuse(outputs.RecordError, 1)
	refuse(outputs.TopicError, 0)

	w.faults.add(answer(codes.InvalidRecord))
	b := w.batch(s, "b", "c")
	w.write(b, outputs.Refused)
	if b.Fate.Class != outputs.RecordError || len(b.Fate.Rejected) != 0 {
		t.Errorf("one of two, not named: %+v", b.Fate)
	}
	w.faults.add(answer(codes.InvalidTimestamp))
	b = w.batch(s, "d")
	w.write(b, outputs.Refused)
	if !b.Fate.BadTime || len(b.Fate.Rejected) != 0 {
		t.Errorf("a refused timestamp: %+v", b.Fate)
	}
}

func TestSequenceWrapsAsBrokersCount(t *testing.T) {
	for _, c := range []struct{ seq, n, want int32 }{
		{0, 1, 1}, {2147483647, 1, 0}, {2147483646, 1, 2147483647}, {2147483646, 5, 3}, {2147483647, 2147483647, 2147483646},
	} {
		if got := nextSequence(c.seq, c.n); got != c.want {
			t.Errorf("%d + %d = %d, want %d", c.seq, c.n, got, c.want)
		}
	}
}

func TestEpochUsedUpTakesANewID(t *testing.T) {
	w := newWorld(t, nil)
	s := w.shard()
	w.deliver(w.batch(s, "a"))
	sh := w.out.shard(s)
	id := sh.producer.ID
	sh.producer.Epoch = 32767
	sh.giveUp()
	w.deliver(w.batch(s, "b"))
	if sh.producer.ID == id || sh.producer.Epoch != 0 {
		t.Errorf("producer %+v after %d", sh.producer, id)
	}
}

// Under the producer id -1 a broker takes every repeat for news.
func TestBrokerWithoutProducerIDsGetsNothing(t *testing.T) {
	w := newWorld(t, nil)
	s := w.shard()
	w.kafka.ControlKey(int16(kmsg.InitProducerID), func(req kmsg.Request) (kmsg.Response, error, bool) {
		resp := req.ResponseKind().(*kmsg.InitProducerIDResponse)
		resp.ProducerID, resp.ProducerEpoch = -1, -1
		return resp, nil, true
	})
	b := w.batch(s, "a")
	w.write(b, outputs.Refused) // kfake answers like this once
	w.write(b, outputs.Acked)
	w.expect(s, "a")
}

func TestThrottleDelaysTheNextRequest(t *testing.T) {
	w := newWorld(t, nil)
	s := w.shard()
	w.faults.add(func(r *kmsg.ProduceResponse) outcome { r.ThrottleMillis = 300; return pass })
	w.write(w.batch(s, "a"), outputs.Acked)
	start := time.Now()
	w.write(w.batch(s, "b"), outputs.Acked)
	if took := time.Since(start); took < 250*time.Millisecond {
		t.Errorf("the next request went out after %v", took)
	}
	w.faults.add(func(r *kmsg.ProduceResponse) outcome { r.ThrottleMillis = 5000; return pass })
	w.write(w.batch(s, "c"), outputs.Acked)
	w.write(w.batch(s, "d"), outputs.Refused) // not slept through by a lane
}
