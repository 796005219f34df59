package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"shipper/outputs/kafka/wire"
)

// metadata asks the broker at addr for the cluster and for topics, of which
// there may be none. The connection is made for this one exchange: there are few,
// and none can be found dead when it is needed.
func metadata(ctx context.Context, d *wire.Dialer, addr string, topics []string) (*kmsg.MetadataResponse, error) {
	deadline := time.Now().Add(dialTimeout)
	conn, err := d.Dial(ctx, addr, deadline)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	req := kmsg.NewPtrMetadataRequest()
	req.Topics = make([]kmsg.MetadataRequestTopic, len(topics)) // not nil, which would be all
	for i := range topics {
		req.Topics[i] = kmsg.NewMetadataRequestTopic()
		req.Topics[i].Topic = &topics[i]
	}
	req.AllowAutoTopicCreation = false
	req.IncludeTopicAuthorizedOperations = true
	resp, err := wire.Ask[*kmsg.MetadataResponse](ctx, conn, deadline, req, 12)
	if err != nil {
		return nil, fmt.Errorf("ask for metadata: %w", err)
	}
	if len(resp.Brokers) == 0 {
		return nil, errors.New("the broker is just starting: it knows no brokers yet")
	}
	return resp, nil
}

// address is host:port of a broker, as the cluster advertises it.
func address(b *kmsg.MetadataResponseBroker) string {
	return net.JoinHostPort(b.Host, strconv.Itoa(int(b.Port)))
}

// nameOf is the name of a topic that was asked for by name.
func nameOf(t *kmsg.MetadataResponseTopic) string {
	if t.Topic == nil {
		return ""
	}
	return *t.Topic
}
