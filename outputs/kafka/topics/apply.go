package topics

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"shipper/outputs/kafka/codes"
	"shipper/outputs/kafka/wire"
)

// settleTimeout is how long Apply waits until what it did is to be seen.
const settleTimeout = 30 * time.Second

// Apply takes the steps of a plan one after another, and tells done each one
// that was taken, in words.
// It ends with the first that fails; those before it stay. When it returns nil
// the brokers asked know of the change, so that a plan made now has no steps.
func (a *Admin) Apply(ctx context.Context, p *Plan, done func(step string)) error {
	return a.with(ctx, func(conn *wire.Conn) error {
		for i := range p.Steps {
			if err := take(ctx, conn, &p.Steps[i], false); err != nil {
				return err
			}
			done(p.Steps[i].String())
		}
		return a.settle(ctx, conn, p.Steps)
	})
}

// take makes the cluster take one step, or, if it is only a trial, says whether
// it would.
func take(ctx context.Context, conn *wire.Conn, s *Step, trial bool) error {
	switch s.Kind {
	case Create:
		return create(ctx, conn, s, trial)
	case Grow:
		return grow(ctx, conn, s, trial)
	case Set:
	}
	return set(ctx, conn, s, trial)
}

func create(ctx context.Context, conn *wire.Conn, s *Step, trial bool) error {
	t := kmsg.NewCreateTopicsRequestTopic()
	t.Topic, t.NumPartitions, t.ReplicationFactor = s.Topic, -1, -1 // as the assignment says
	for i, replicas := range s.Placement {
		p := kmsg.NewCreateTopicsRequestTopicReplicaAssignment()
		p.Partition, p.Replicas = int32(i), replicas
		t.ReplicaAssignment = append(t.ReplicaAssignment, p)
	}
	for name, value := range s.Settings {
		c := kmsg.NewCreateTopicsRequestTopicConfig()
		c.Name, c.Value = name, &value
		t.Configs = append(t.Configs, c)
	}
	req := kmsg.NewPtrCreateTopicsRequest()
	req.TimeoutMillis, req.ValidateOnly = int32(timeout.Milliseconds()), trial
	req.Topics = append(req.Topics, t)
	resp, err := wire.Ask[*kmsg.CreateTopicsResponse](ctx, conn, deadline(), req, 7)
	if err != nil {
		return fmt.Errorf("create topic %s: %w", s.Topic, err)
	}
	for _, r := range resp.Topics {
		if code := codes.Code(r.ErrorCode); code != codes.None {
			return refusal("create topic "+s.Topic, code, r.ErrorMessage, "CREATE on the topic or the cluster")
		}
	}
	return nil
}

func grow(ctx context.Context, conn *wire.Conn, s *Step, trial bool) error {
	t := kmsg.NewCreatePartitionsRequestTopic()
	t.Topic, t.Count = s.Topic, int32(s.Partitions)
	for _, replicas := range s.Placement {
		p := kmsg.NewCreatePartitionsRequestTopicAssignment()
		p.Replicas = replicas
		t.Assignment = append(t.Assignment, p)
	}
	req := kmsg.NewPtrCreatePartitionsRequest()
	req.TimeoutMillis, req.ValidateOnly = int32(timeout.Milliseconds()), trial
	req.Topics = append(req.Topics, t)
	resp, err := wire.Ask[*kmsg.CreatePartitionsResponse](ctx, conn, deadline(), req, 3)
	if err != nil {
		return fmt.Errorf("grow topic %s: %w", s.Topic, err)
	}
	for _, r := range resp.Topics {
		if code := codes.Code(r.ErrorCode); code != codes.None {
			return refusal("grow topic "+s.Topic, code, r.ErrorMessage, "ALTER on the topic")
		}
	}
	return nil
}

func set(ctx context.Context, conn *wire.Conn, s *Step, trial bool) error {
	r := kmsg.NewIncrementalAlterConfigsRequestResource()
	r.ResourceType, r.ResourceName = kmsg.ConfigResourceTypeTopic, s.Topic
	for name, value := range s.Settings {
		c := kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
		c.Name, c.Op, c.Value = name, kmsg.IncrementalAlterConfigOpSet, &value
		r.Configs = append(r.Configs, c)
	}
	req := kmsg.NewPtrIncrementalAlterConfigsRequest()
	req.ValidateOnly = trial
	req.Resources = append(req.Resources, r)
	resp, err := wire.Ask[*kmsg.IncrementalAlterConfigsResponse](ctx, conn, deadline(), req, 1)
	if err != nil {
		return fmt.Errorf("change settings of topic %s: %w", s.Topic, err)
	}
	for _, r := range resp.Resources {
		if code := codes.Code(r.ErrorCode); code != codes.None {
			return refusal("change settings of topic "+s.Topic, code, r.ErrorMessage, "ALTER_CONFIGS on the topic")
		}
	}
	return nil
}

// settle waits until the broker asked shows what the steps did: the controller
// answers before the others have heard.
func (a *Admin) settle(ctx context.Context, conn *wire.Conn, steps []Step) error {
	if len(steps) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	want := touched(steps)
	for {
		_, is, err := look(ctx, conn, want)
		if err == nil {
			err = shown(steps, is)
		}
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("all steps were taken, but brokers do not show it yet: %w", errors.Join(err, ctx.Err()))
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// touched is each topic of the steps once, with all settings that they set.
func touched(steps []Step) []Declaration {
	var all []Declaration
	for i := range steps {
		s := &steps[i]
		at := slices.IndexFunc(all, func(d Declaration) bool { return d.Name == s.Topic })
		if at < 0 {
			at = len(all)
			all = append(all, Declaration{Name: s.Topic, Settings: map[string]string{}})
		}
		maps.Copy(all[at].Settings, s.Settings)
	}
	return all
}

// shown tells what of the steps is not to be seen yet.
func shown(steps []Step, is map[string]*found) error {
	for i := range steps {
		s := &steps[i]
		f := is[s.Topic]
		if f == nil || len(f.placed) < s.Partitions {
			return fmt.Errorf("topic %s: its partitions are not known yet", s.Topic)
		}
		for name, value := range s.Settings {
			if !same(value, f.settings[name]) {
				return fmt.Errorf("topic %s: %s is not set yet", s.Topic, name)
			}
		}
	}
	return nil
}
