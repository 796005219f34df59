package kafka

import (
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"shipper/outputs"
	"shipper/outputs/kafka/codes"
	"shipper/outputs/kafka/wire"
	"shipper/testing/scripted"
)

// forever is as many times as any code is answered in a row before it is cured.
const forever = 60

// allCodes are those of the table, and one of a newer broker.
func allCodes() []codes.Code {
	all := []codes.Code{500}
	for c := codes.Code(-1); c <= codes.Highest; c++ {
		if c != codes.None {
			all = append(all, c)
		}
	}
	return all
}

// script has acts for the next requests of a kind, and serves all else.
type script struct {
	mu   sync.Mutex
	key  kmsg.Key
	acts []scripted.Act
}

func (s *script) plan(acts ...scripted.Act) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acts = acts
}

func (s *script) act(_ int32, req kmsg.Request) scripted.Act {
	s.mu.Lock()
	defer s.mu.Unlock()
	if req.Key() != int16(s.key) || len(s.acts) == 0 {
		return scripted.Act{}
	}
	a := s.acts[0]
	s.acts = s.acts[1:]
	return a
}

func (s *script) left() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.acts)
}

func repeat(n int, a scripted.Act) []scripted.Act {
	acts := make([]scripted.Act, n)
	for i := range acts {
		acts[i] = a
	}
	return acts
}

// Every code in answer to a produce request, once, ten times and for ever, on a
// first attempt and on one whose predecessor is unresolved; before the append and,
// if brokers do that, after it. The fates are those of the table.
func TestEveryAnswerToProduce(t *testing.T) {
	simulate(t, func(s *simulation) {
		sc := &script{key: kmsg.Produce}
		s.cluster.SetScript(sc.act)
		for i, code := range allCodes() {
			for _, appended := range []bool{false, true} {
				if appended && (code.BeforeAppend() || code.Class() == outputs.SequenceError) {
					continue
				}
				c := s.courier(int32(i % simPartitions))
				c.handed = s.cluster.Values(topicName, c.shard.Partition)
				c.done = len(c.handed)
				c.rows(sc, code, scripted.Act{Code: int16(code), Skip: !appended})
				if s.Failed() {
					s.Fatalf("%s, appended %v: %d attempts", code, appended, len(c.fates))
				}
				s.cluster.Create(topicName, simPartitions) // so that the next one begins with none
				s.settle()
			}
		}
	})
}

// settle waits until the output knows the topic that is there now.
func (s *simulation) settle() {
	_, _ = s.out.cluster.Topic(topicName) // what it knows now is of no interest
	s.out.cluster.Refresh()
	time.Sleep(10 * time.Second)
}

// rows plays one code's rows.
func (c *courier) rows(sc *script, code codes.Code, act scripted.Act) {
	c.Helper()
	effect := code.Effect()
	for _, times := range []int{1, 10, forever} {
		c.hand(3)
		c.fates = nil
		sc.plan(repeat(times, act)...)
		c.hand(4)
		if first := c.fates[0]; first.State != effect.First || first.Class != code.Class() {
			c.Errorf("first attempt: %v, %v; the table says %v, %v", first.State, first.Class, effect.First, code.Class())
		}
		c.finish(sc, times)

		c.fates = nil
		sc.plan(append([]scripted.Act{{HangUp: true}}, repeat(times, act)...)...)
		c.hand(4)
		if second := c.fates[1]; c.fates[0].State != outputs.Unresolved || second.State != effect.Repeat {
			c.Errorf("repeat: %v, then %v; the table says %v", c.fates[0].State, second.State, effect.Repeat)
		}
		c.finish(sc, times)
	}
}

// acknowledged tells whether the row's own answer ended it.
func (c *courier) acknowledged() bool { return len(c.fates) == 2 && c.fates[1].State == outputs.Acked }

// finish sees that all answers were given and nothing is missing.
func (c *courier) finish(sc *script, times int) {
	c.Helper()
	if left := sc.left(); left > 0 && len(c.set) == 0 && !c.acknowledged() {
		c.Errorf("%d of %d answers were not given", left, times)
	}
	sc.plan()
	c.account()
}

// The same for what comes before any record is sent.
func TestEveryAnswerToInitProducerID(t *testing.T) {
	simulate(t, func(s *simulation) {
		sc := &script{key: kmsg.InitProducerID}
		s.cluster.SetScript(sc.act)
		for _, code := range allCodes() {
			for _, times := range []int{1, 10, forever} {
				c := s.courier(0)
				sc.plan(repeat(times, scripted.Act{Code: int16(code)})...)
				s.cluster.Create(topicName, simPartitions) // another topic: the shard takes a new id
				s.settle()
				c.hand(4)
				want := codes.Answer{Code: code, To: codes.InitProducerID}.Class()
				if f := c.fates[0]; f.State != outputs.Refused || f.Class != want || len(f.Rejected) > 0 {
					s.Fatalf("%s: %v, %v, want refused, %v", code, f.State, f.Class, want)
				}
				if len(c.set) > 0 || c.doubtful > 0 || sc.left() > 0 {
					s.Errorf("%s: %d records in quarantine, %d doubtful, %d answers left", code, len(c.set), c.doubtful, sc.left())
				}
				c.account()
			}
		}
	})
}

// A topic's code in metadata: leaders that are known are still used, and one that
// is not known yet is waited for.
func TestEveryAnswerToMetadata(t *testing.T) {
	for _, code := range allCodes() {
		simulate(t, func(s *simulation) {
			sc := &script{key: kmsg.Metadata}
			s.cluster.SetScript(sc.act)
			answers := repeat(10, scripted.Act{Code: int16(code)})
			sc.plan(answers...)
			c := s.courier(0)
			c.hand(4)
			want := codes.Answer{Code: code, To: codes.Metadata}.Class()
			for i, f := range c.fates[:len(c.fates)-1] {
				if f.State != outputs.Refused || len(f.Rejected) > 0 || (f.Class != want && f.Class != outputs.Transient) {
					s.Errorf("%s: attempt %d was %v, %v", code, i, f.State, f.Class)
				}
			}
			sc.plan(repeat(forever, scripted.Act{Code: int16(code)})...)
			for range 20 {
				s.settle()
				c.hand(2)
			}
			if len(c.set) > 0 {
				s.Errorf("%s: records in quarantine", code)
			}
			c.account()
		})
		if t.Failed() {
			t.Fatalf("at %s", code)
		}
	}
}

// A login that is answered with any code is tried again, slowly if it was refused.
func TestEveryAnswerToSASL(t *testing.T) {
	for _, code := range allCodes() {
		for _, key := range []kmsg.Key{kmsg.SASLHandshake, kmsg.SASLAuthenticate} {
			simulateWith(t, func(cfg *Config) { cfg.SASL = SASL{Mechanism: wire.Plain, Username: "u", Password: "p"} }, func(s *simulation) {
				sc := &script{key: key}
				s.cluster.SetScript(sc.act)
				sc.plan(repeat(20, scripted.Act{Code: int16(code)})...)
				c := s.courier(0)
				c.hand(4)
				took := time.Since(s.begun)
				auth := codes.Answer{Code: code, To: codes.SASL}.Class() == outputs.AuthError
				if auth && took < 40*time.Second {
					s.Errorf("%s: 20 logins that were refused took only %v", code, took)
				}
				if len(c.set) > 0 || c.doubtful > 0 {
					s.Errorf("%s: %d records in quarantine, %d doubtful", code, len(c.set), c.doubtful)
				}
				c.account()
			})
			if t.Failed() {
				t.Fatalf("at %s", code)
			}
		}
	}
}

// A topic whose settings are not told is not written to if it must be durable.
func TestEveryAnswerToDescribeConfigs(t *testing.T) {
	for _, code := range allCodes() {
		simulateWith(t, func(cfg *Config) { cfg.RequireDurable = true }, func(s *simulation) {
			sc := &script{key: kmsg.DescribeConfigs}
			s.cluster.SetScript(sc.act)
			sc.plan(repeat(10, scripted.Act{Code: int16(code)})...)
			c := s.courier(0)
			c.hand(4)
			last := c.fates[len(c.fates)-2]
			if last.State != outputs.Refused || last.Class != outputs.TopicError || sc.left() > 0 {
				s.Errorf("%s: %v, %v, %d answers left", code, last.State, last.Class, sc.left())
			}
			c.account()
		})
		if t.Failed() {
			t.Fatalf("at %s", code)
		}
	}
}
