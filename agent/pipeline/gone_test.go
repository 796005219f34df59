package pipeline

import (
	"testing"

	"shipper/checkpoint"
	"shipper/outputs"
)

// The partition that was remembered may not exist any more: the topic was created
// again with fewer, or `brokers` names another cluster.
func TestRememberedPartitionThatIsGone(t *testing.T) {
	out := &scripted{}
	out.answer = func(_ int, b *outputs.Batch) outputs.Fate {
		if b.Shard.Partition != 0 {
			return outputs.Fate{State: outputs.Refused, Class: outputs.TopicError, Gone: true, Err: errScripted}
		}
		return outputs.Fate{State: outputs.Acked}
	}
	r := newRig(t, out)
	s, err := checkpoint.Open(r.state, checkpoint.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.Commit(&checkpoint.Changes{Choices: map[checkpoint.Choice]checkpoint.Shard{
		{Output: "scripted.out", Stream: "in/" + r.path("a.log")}: {Partition: 9}}})
	_ = s.Close()
	want := r.begin("x", 5)
	defer r.stop()
	r.until(want)
}
