package kafka

import (
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"shipper/outputs/kafka/wire"
)

// Check names the ACLs that are missing, for whom, and how to add them.
func TestCheckNamesMissingACLs(t *testing.T) {
	topic := func(name string, op kmsg.ACLOperation) kfake.ACL {
		return kfake.ACL{Resource: kmsg.ACLResourceTypeTopic, Name: name, Pattern: kmsg.ACLResourcePatternTypeLiteral, Operation: op, Allow: true}
	}
	c, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.EnableSASL(), kfake.EnableACLs(),
		kfake.SeedTopics(1, "all", "some", "none"), kfake.BrokerConfigs(map[string]string{"min.insync.replicas": "2"}),
		kfake.User(wire.Plain, "alice", "s3cret",
			topic("all", kmsg.ACLOperationWrite), topic("all", kmsg.ACLOperationDescribeConfigs), topic("some", kmsg.ACLOperationDescribe)))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	o := openOutput(t, c.ListenAddrs(), &logBuffer{}, func(c *Config) {
		c.SASL = SASL{Mechanism: wire.Plain, Username: "alice", Password: "s3cret"}
	})
	var text strings.Builder
	for _, f := range o.Check(t.Context(), []string{"all", "some", "none"}) {
		fmt.Fprintf(&text, "%d %s: %s / %s\n", f.Severity, f.Subject, f.Message, f.Cure)
		for _, row := range f.Table {
			fmt.Fprintln(&text, strings.Join(row, " "))
		}
	}
	for _, want := range []string{
		"all 1 3 2 - 1048588 CreateTime 168h0m0s -\n",
		"some 1 3 - - - - - WRITE,DESCRIBE_CONFIGS\n",
		"none - - - - - - - WRITE,DESCRIBE,DESCRIBE_CONFIGS\n",
		"2 topic some: ACLs are missing for User:alice: WRITE, DESCRIBE_CONFIGS / kafka-acls.sh --add --allow-principal 'User:alice' --operation WRITE --operation DESCRIBE_CONFIGS --topic some\n",
		"2 topic none: ACLs are missing for User:alice: WRITE, DESCRIBE, DESCRIBE_CONFIGS",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is not in\n%s", want, text.String())
		}
	}
	if strings.Contains(text.String(), "topic all: ACLs") {
		t.Errorf("something is called missing on topic all:\n%s", text.String())
	}
}
