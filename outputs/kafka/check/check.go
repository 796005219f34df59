package check

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"shipper/outputs"
	"shipper/outputs/kafka/broker"
	"shipper/outputs/kafka/cluster"
	"shipper/outputs/kafka/codes"
	"shipper/outputs/kafka/demand"
	"shipper/outputs/kafka/wire"
)

// timeout bounds Run as a whole.
const timeout = 5 * time.Second

// Config is what a check looks at.
type Config struct {
	Brokers        []string
	Dialer         *wire.Dialer
	Cluster        *cluster.Cluster
	RequireDurable bool
}

// Run reaches every broker, looks at the topics, and compares what they promise
// with the configuration. It sends no records; it takes a producer id, to see
// whether it may.
func Run(ctx context.Context, conf Config, topics []string) []outputs.Finding {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	c := &checker{Config: conf}
	c.reach(ctx, c.Brokers, "")
	if len(c.reached) == 0 {
		return c.findings
	}
	topics = slices.Compact(slices.Sorted(slices.Values(topics)))
	topics = slices.DeleteFunc(topics, func(name string) bool {
		err := codes.CheckTopic(name)
		if err != nil {
			c.add(outputs.Problem, "topic "+strconv.Quote(name), "the name is not one that Kafka takes", codes.InvalidTopicException.Cure())
		}
		return err != nil
	})
	if len(topics) > 0 {
		c.topics(ctx, topics)
	}
	c.producer(ctx)
	return c.findings
}

type checker struct {
	Config

	mu       sync.Mutex
	findings []outputs.Finding
	reached  []string
}

func (c *checker) add(severity outputs.Severity, subject, message, cure string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if severity != outputs.OK && cure == "" {
		cure = "See the broker's log."
	}
	c.findings = append(c.findings, outputs.Finding{Severity: severity, Subject: subject, Message: message, Cure: cure})
}

// reach dials brokers, all at once.
func (c *checker) reach(ctx context.Context, addrs []string, note string) {
	deadline := time.Now().Add(timeout * 2 / 5)
	errs := make([]error, len(addrs))
	var wg sync.WaitGroup
	for i, addr := range addrs {
		wg.Go(func() {
			conn, err := c.Dialer.Dial(ctx, addr, deadline)
			if err == nil {
				_ = conn.Close()
			}
			errs[i] = err
		})
	}
	wg.Wait()
	for i, addr := range addrs {
		if errs[i] == nil {
			c.reached = append(c.reached, addr)
			c.add(outputs.OK, "broker "+addr, "answers"+c.how()+note, "")
			continue
		}
		hint := broker.Cure(errs[i])
		if hint == "" {
			hint = "Check the address and the broker."
		}
		c.add(outputs.Problem, "broker "+addr, errs[i].Error()+note, hint)
	}
}

func (c *checker) how() string {
	how := ""
	if c.Dialer.TLS != nil {
		how += ", TLS"
	}
	if m := c.Dialer.SASL.Mechanism; m != "" {
		how += ", " + m + " as " + strconv.Quote(c.Dialer.SASL.Username)
	}
	return how
}

// topics looks at each topic, and at the brokers that the cluster advertises.
func (c *checker) topics(ctx context.Context, names []string) {
	addr := c.reached[0]
	d, err := c.Cluster.Describe(ctx, addr, names)
	if err != nil {
		hint := broker.Cure(err)
		if hint == "" {
			hint = "If the listener demands SASL, set a sasl block."
		}
		c.add(outputs.Problem, "broker "+addr, "ask for metadata: "+err.Error(), hint)
		return
	}
	var others []string
	for _, b := range d.Brokers {
		if !slices.Contains(c.Brokers, b) && !broker.SameHost(b, c.Brokers) {
			others = append(others, b)
		}
	}
	c.reach(ctx, others, " (advertised by the cluster)")
	c.table(d.Topics)
	for i := range d.Topics {
		c.topic(&d.Topics[i])
	}
}

func (c *checker) topic(t *cluster.TopicDescription) {
	subject := "topic " + t.Name
	if t.Err != nil {
		c.add(outputs.Problem, subject, t.Err.Error(), broker.Cure(t.Err))
		c.missing(t)
		return
	}
	if t.Leaderless > 0 {
		c.add(outputs.Warning, subject, fmt.Sprintf("%d of %d partitions have no leader", t.Leaderless, t.Partitions), "Bring their brokers back.")
	}
	c.missing(t)
	if t.Unverified != nil {
		c.add(c.demand(), subject, "its durability can't be verified: "+t.Unverified.Error(), "Allow DescribeConfigs on the topic.")
		return
	}
	for _, s := range t.Short {
		severity := outputs.Warning
		if s.Weak {
			severity = c.demand()
		}
		c.add(severity, subject, s.Message, s.Cure)
	}
}

// missing names the ACLs that this user lacks on a topic.
func (c *checker) missing(t *cluster.TopicDescription) {
	if len(t.Missing) == 0 {
		return
	}
	severity := outputs.Warning
	if slices.Contains(t.Missing, "WRITE") {
		severity = outputs.Problem
	}
	who := c.principal()
	cure := "kafka-acls.sh --add --allow-principal '" + who + "'"
	for _, op := range t.Missing {
		cure += " --operation " + op
	}
	c.add(severity, "topic "+t.Name, fmt.Sprintf("ACLs are missing for %s: %s", who, strings.Join(t.Missing, ", ")), cure+" --topic "+t.Name)
}

// principal is who the brokers take us for, as their ACLs have it unless they map
// names by rules of their own.
func (c *checker) principal() string {
	switch s := c.Dialer.SASL; {
	case s.Mechanism == wire.OAuthBearer:
		return "User:<subject of the token>"
	case s.Mechanism != "":
		return "User:" + s.Username
	}
	if c.Dialer.TLS != nil {
		if name := c.Dialer.TLS.Subject(); name != "" {
			return "User:" + name
		}
	}
	return "User:ANONYMOUS"
}

// table shows what the topics are.
func (c *checker) table(topics []cluster.TopicDescription) {
	rows := [][]string{{"TOPIC", "PARTITIONS", "REPLICAS", "MIN.ISR", "UNCLEAN", "MAX.MESSAGE", "TIMESTAMP", "RETENTION", "MISSING ACLS"}}
	for i := range topics {
		t := &topics[i]
		row := []string{t.Name}
		if t.Err != nil {
			row = append(row, "-", "-")
		} else {
			row = append(row, strconv.Itoa(t.Partitions), strconv.Itoa(t.Replicas))
		}
		for _, name := range []string{demand.MinISR, demand.Unclean, demand.MaxBytes, demand.Timestamp} {
			row = append(row, cmp.Or(t.Settings[name], "-"))
		}
		rows = append(rows, append(row, span(t.Settings[demand.Retention]), cmp.Or(strings.Join(t.Missing, ","), "-")))
	}
	c.findings = append(c.findings, outputs.Finding{Subject: "topics", Message: "what they promise", Table: rows})
}

// span is a time in milliseconds for people.
func span(ms string) string {
	n, err := strconv.ParseInt(ms, 10, 64)
	switch {
	case err != nil:
		return "-"
	case n < 0:
		return "for ever"
	}
	return (time.Duration(n) * time.Millisecond).String()
}

// demand is how bad it is that a topic promises too little.
func (c *checker) demand() outputs.Severity {
	if c.RequireDurable {
		return outputs.Problem
	}
	return outputs.Warning
}

// producer finds out whether a producer id is to be had.
func (c *checker) producer(ctx context.Context) {
	deadline, _ := ctx.Deadline()
	addr := c.reached[0]
	conn, err := c.Dialer.Dial(ctx, addr, deadline)
	if err == nil {
		defer func() { _ = conn.Close() }()
		var resp *kmsg.InitProducerIDResponse
		req := kmsg.NewPtrInitProducerIDRequest()
		req.TransactionTimeoutMillis = int32(time.Minute.Milliseconds())
		if resp, err = wire.Ask[*kmsg.InitProducerIDResponse](ctx, conn, deadline, req, 4); err == nil {
			if code := codes.Code(resp.ErrorCode); code != codes.None {
				err = code
			}
		}
	}
	switch {
	case err == nil:
		c.add(outputs.OK, "producer", "idempotent writing is allowed", "")
	case broker.Classify(err) == outputs.Transient:
		c.add(outputs.Warning, "producer", "take a producer id: "+err.Error(), "This passes once the cluster has started; if it does not, see the broker's log. A listener that demands SASL needs a sasl block.")
	default:
		c.add(outputs.Problem, "producer", "take a producer id: "+err.Error(), broker.Cure(err))
		if errors.Is(err, codes.ClusterAuthorizationFailed) {
			c.add(outputs.Problem, "cluster", fmt.Sprintf("an ACL is missing for %s: IDEMPOTENT_WRITE", c.principal()),
				"kafka-acls.sh --add --allow-principal '"+c.principal()+"' --operation IDEMPOTENT_WRITE --cluster")
		}
	}
}
