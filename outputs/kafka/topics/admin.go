package topics

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"shipper/outputs/kafka/codes"
	"shipper/outputs/kafka/wire"
)

// timeout bounds each exchange with a broker.
const timeout = 15 * time.Second

// Admin asks a cluster about topics, and changes them. Its methods block until
// the cluster has answered, or ctx ends.
type Admin struct {
	Brokers []string // host:port, asked for the rest of the cluster
	Dialer  *wire.Dialer
}

// connect reaches the first broker that answers.
func (a *Admin) connect(ctx context.Context) (*wire.Conn, error) {
	var errs []error
	for _, addr := range a.Brokers {
		conn, err := a.Dialer.Dial(ctx, addr, deadline())
		if err == nil {
			return conn, nil
		}
		errs = append(errs, err)
	}
	return nil, fmt.Errorf("no broker answers: %w", errors.Join(errs...))
}

// with connects to the controller, which older brokers want to be asked
// themselves, and lets f ask. Newer ones name any broker that passes it on.
func (a *Admin) with(ctx context.Context, f func(*wire.Conn) error) error {
	conn, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	md, err := metadata(ctx, conn, nil)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(md.Brokers, func(b kmsg.MetadataResponseBroker) bool { return b.NodeID == md.ControllerID })
	if at < 0 {
		return fmt.Errorf("%s names no controller; try again once the cluster has started", conn.Addr())
	}
	if addr := address(&md.Brokers[at]); addr != conn.Addr() {
		controller, err := a.Dialer.Dial(ctx, addr, deadline())
		if err != nil {
			return fmt.Errorf("reach the controller: %w", err)
		}
		defer func() { _ = controller.Close() }()
		conn = controller
	}
	return f(conn)
}

func address(b *kmsg.MetadataResponseBroker) string {
	return net.JoinHostPort(b.Host, strconv.Itoa(int(b.Port)))
}

func deadline() time.Time { return time.Now().Add(timeout) }

// Plan asks what the declared topics are, and says what is to be done. The
// cluster has looked at the steps and would take them.
func (a *Admin) Plan(ctx context.Context, declared []Declaration) (*Plan, error) {
	var p *Plan
	err := a.with(ctx, func(conn *wire.Conn) error {
		brokers, is, err := look(ctx, conn, declared)
		if err == nil {
			p, err = plan(declared, brokers, is)
		}
		for i := 0; err == nil && i < len(p.Steps); i++ {
			err = take(ctx, conn, &p.Steps[i], true)
		}
		return err
	})
	return p, err
}

// look asks for brokers, topics and the declared settings.
func look(ctx context.Context, conn *wire.Conn, declared []Declaration) ([]Broker, map[string]*found, error) {
	md, err := metadata(ctx, conn, declared)
	if err != nil {
		return nil, nil, err
	}
	var brokers []Broker
	for i := range md.Brokers {
		b := &md.Brokers[i]
		broker := Broker{ID: b.NodeID, Addr: address(b)}
		if b.Rack != nil {
			broker.Rack = *b.Rack
		}
		brokers = append(brokers, broker)
	}
	slices.SortFunc(brokers, func(x, y Broker) int { return int(x.ID) - int(y.ID) })
	is := map[string]*found{}
	for i := range md.Topics {
		t := &md.Topics[i]
		switch code := codes.Code(t.ErrorCode); {
		case code == codes.UnknownTopicOrPartition || t.Topic == nil:
			continue
		case code != codes.None && len(t.Partitions) == 0:
			return nil, nil, refusal("look at topic "+*t.Topic, code, nil, "DESCRIBE on the topic")
		}
		f := &found{placed: make([][]int32, len(t.Partitions))}
		for _, p := range t.Partitions {
			if p.Partition < 0 || int(p.Partition) >= len(f.placed) {
				return nil, nil, fmt.Errorf("topic %s: the broker counts %d partitions and names one %d", *t.Topic, len(f.placed), p.Partition)
			}
			f.placed[p.Partition] = p.Replicas
		}
		is[*t.Topic] = f
	}
	return brokers, is, settings(ctx, conn, declared, is)
}

func metadata(ctx context.Context, conn *wire.Conn, declared []Declaration) (*kmsg.MetadataResponse, error) {
	req := kmsg.NewPtrMetadataRequest()
	req.Topics = []kmsg.MetadataRequestTopic{}
	for i := range declared {
		t := kmsg.NewMetadataRequestTopic()
		t.Topic = &declared[i].Name
		req.Topics = append(req.Topics, t)
	}
	resp, err := wire.Ask[*kmsg.MetadataResponse](ctx, conn, deadline(), req, 9)
	if err != nil {
		return nil, fmt.Errorf("ask for topics: %w", err)
	}
	return resp, nil
}

// settings fills in the values of the declared settings of topics that are
// there.
func settings(ctx context.Context, conn *wire.Conn, declared []Declaration, is map[string]*found) error {
	req := kmsg.NewPtrDescribeConfigsRequest()
	for i := range declared {
		d := &declared[i]
		if is[d.Name] == nil || len(d.Settings) == 0 {
			continue
		}
		r := kmsg.NewDescribeConfigsRequestResource()
		r.ResourceType, r.ResourceName = kmsg.ConfigResourceTypeTopic, d.Name
		for name := range d.Settings {
			r.ConfigNames = append(r.ConfigNames, name)
		}
		req.Resources = append(req.Resources, r)
	}
	if len(req.Resources) == 0 {
		return nil
	}
	resp, err := wire.Ask[*kmsg.DescribeConfigsResponse](ctx, conn, deadline(), req, 4)
	if err != nil {
		return fmt.Errorf("ask for the settings of topics: %w", err)
	}
	for _, r := range resp.Resources {
		if code := codes.Code(r.ErrorCode); code != codes.None {
			return refusal("look at the settings of topic "+r.ResourceName, code, r.ErrorMessage, "DESCRIBE_CONFIGS on the topic")
		}
		f := is[r.ResourceName]
		if f == nil {
			continue
		}
		f.settings = map[string]string{}
		for _, c := range r.Configs {
			if c.Value != nil {
				f.settings[c.Name] = *c.Value
			}
		}
	}
	return nil
}

// refusal is a broker's answer in words, with the permission that the request
// needs.
func refusal(what string, code codes.Code, message *string, permission string) error {
	said := ""
	if message != nil && *message != "" {
		said = ": " + *message
	}
	if code == codes.TopicAuthorizationFailed || code == codes.ClusterAuthorizationFailed {
		said += ". Allow the user of this output " + permission + "."
	}
	return fmt.Errorf("%s: %w%s", what, code, said)
}
