package kafka

import (
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"shipper/outputs"
	"shipper/outputs/kafka/codes"
	"shipper/testing/scripted"
)

// What befalls one topic or partition holds up nothing else, and is over without a
// restart once it is cured.
func TestOnlyWhatIsConcernedWaits(t *testing.T) {
	const other = "other"
	answers := func(code codes.Code) func(s *simulation) {
		return func(s *simulation) {
			s.cluster.SetScript(func(_ int32, req kmsg.Request) (a scripted.Act) {
				if p, ok := req.(*kmsg.ProduceRequest); ok && p.Topics[0].Topic == other {
					a.Code, a.Skip = int16(code), true
				}
				return a
			})
		}
	}
	served := func(s *simulation) { s.cluster.SetScript(nil) }
	for name, c := range map[string]struct {
		begin, end func(s *simulation)
		within     time.Duration // of the cure everything goes on
		gone       bool          // what was in the topic is not there any more
	}{
		"topic deleted and made again": {
			func(s *simulation) { s.cluster.Delete(other) }, func(s *simulation) { s.cluster.Create(other, 1) }, 10 * time.Second, true,
		},
		"topic made again at once": {
			func(s *simulation) { s.cluster.Create(other, 1) }, func(*simulation) {}, 0, true,
		},
		"permission lost":       {answers(codes.TopicAuthorizationFailed), served, 40 * time.Second, false},
		"too few replicas":      {answers(codes.NotEnoughReplicas), served, 10 * time.Second, false},
		"a clock is wrong":      {answers(codes.InvalidTimestamp), served, 10 * time.Second, false},
		"no acks=all":           {answers(codes.Code(21)), served, 10 * time.Second, false},
		"partition leaderless":  {func(s *simulation) { s.cluster.Lead(other, 0, -1) }, func(s *simulation) { s.cluster.Lead(other, 0, 2) }, 10 * time.Second, false},
		"leader moved":          {func(s *simulation) { s.cluster.Lead(other, 0, 1) }, func(*simulation) {}, 0, false},
		"producer forgotten":    {func(s *simulation) { s.cluster.Forget(other, 0) }, func(*simulation) {}, 0, false},
		"partitions added":      {func(s *simulation) { s.cluster.Grow(other, 5) }, func(*simulation) {}, 0, false},
		"epoch refused":         {answers(codes.InvalidProducerEpoch), served, 10 * time.Second, false},
		"numbers out of order":  {answers(codes.OutOfOrderSequenceNumber), served, 10 * time.Second, false},
		"storage of the broker": {answers(codes.KafkaStorageError), served, 10 * time.Second, false},
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(s *simulation) {
				s.cluster.Create(other, 1)
				s.every = 200 * time.Millisecond
				done := make(chan struct{})
				go func() { defer close(done); s.ship() }()
				concerned := s.courier(0)
				concerned.shard = outputs.Shard{Topic: other}
				for range 5 {
					concerned.hand(3)
					time.Sleep(time.Second)
				}
				begun := time.Now()
				c.begin(s)
				before := len(concerned.handed)
				time.AfterFunc(time.Minute, func() { c.end(s) })
				concerned.hand(3) // returns when they are delivered
				took := time.Since(begun)
				if most := time.Minute + c.within; c.within > 0 && (took < 50*time.Second || took > most) {
					t.Errorf("delivered after %v, the cure being after a minute", took)
				} else if c.within == 0 && took > 15*time.Second {
					t.Errorf("delivered only after %v", took)
				}
				time.Sleep(time.Until(begun.Add(61 * time.Second)))
				for range 5 {
					concerned.hand(3)
					time.Sleep(time.Second)
				}
				s.stop.Store(true)
				<-done

				if c.gone {
					concerned.handed = concerned.handed[before:]
				}
				if len(concerned.set) > 0 {
					t.Errorf("%q are in quarantine", concerned.set)
				}
				concerned.account()
				for _, a := range s.between(begun, begun.Add(time.Minute)) {
					if a.took > time.Second {
						t.Fatalf("partition %d of another topic waited %v", a.partition, a.took)
					}
				}
			})
		})
	}
}
