package codes

import (
	_ "embed"
	"strconv"
	"strings"
	"testing"

	"shipper/outputs"
)

// The enumeration org.apache.kafka.common.protocol.Errors of kafka-clients
// 4.3.1: code, name, and whether its exception is a RetriableException.
// testing/cluster compares this file with the jar, and writes it.
//
//go:embed testdata/kafka-4.3.1.tsv
var protocol string

// kafkaCode is a line of it.
type kafkaCode struct {
	Code
	name      string
	retriable bool
}

func kafkaCodes(t *testing.T) []kafkaCode {
	t.Helper()
	var all []kafkaCode
	for line := range strings.Lines(protocol) {
		field := strings.Split(strings.TrimSpace(line), "\t")
		c, err := strconv.ParseInt(field[0], 10, 16)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, kafkaCode{Code(c), field[1], field[2] == "true"})
	}
	return all
}

// Why a code is treated otherwise than Kafka's own flag says.
const (
	oneTopic  = "Kafka says retriable. It is, and for ever; but it concerns one topic, which a person may have to create: the topic waits and is named."
	notOurs   = "Kafka says retriable, to consumers. No request of this output is answered so; should one be, it is retried all the same."
	passes    = "Kafka says final: its client is to ask for metadata or to connect anew by itself. To a producer with time it passes."
	elsewhere = "Kafka says final, to the broker or controller that asked. A producer that is told so has met a cluster in change: it passes."
)

// differs has the reason of every difference. A code that is transient here
// agrees with one that is retriable there; no other does.
var differs = map[Code]string{
	None: "Not an error.",
	3:    oneTopic, 100: oneTopic, 103: oneTopic,
	70: notOurs, 71: notOurs, 84: notOurs, 106: notOurs, 122: notOurs, 123: notOurs, 133: notOurs,
	8: passes, 57: passes, 129: passes,
	11: elsewhere, 60: elsewhere, 77: elsewhere, 97: elsewhere, 102: elsewhere, 108: elsewhere,
}

func TestEveryCodeOfTheProtocolIsInTheTable(t *testing.T) {
	all := kafkaCodes(t)
	for _, k := range all {
		if got := k.Name(); got != k.name {
			t.Errorf("code %d is %s in the table, %s in the protocol", int(k.Code), got, k.name)
		}
	}
	if len(all) != int(Highest)+2 {
		t.Errorf("the protocol has %d codes, the table %d", len(all), Highest+2)
	}
}

func TestEveryDifferenceFromKafkasFlagHasItsReason(t *testing.T) {
	n := 0
	for _, k := range kafkaCodes(t) {
		same := k.retriable == (k.Class() == outputs.Transient)
		if reason := differs[k.Code]; (reason == "") != same {
			t.Errorf("%s: retriable %v, class %v, reason %q", k.name, k.retriable, k.Class(), reason)
		}
		if !same {
			n++
		}
	}
	if n != len(differs) {
		t.Errorf("%d differences, %d reasons", n, len(differs))
	}
}

// What is retriable may be given up or quarantined by nobody.
func TestNothingRetriableIsFinal(t *testing.T) {
	for _, k := range kafkaCodes(t) {
		if !k.retriable {
			continue
		}
		if c := k.Class(); c == outputs.RecordError || c == outputs.SequenceError || k.Never() {
			t.Errorf("%s is retriable, and final here: %v", k.name, c)
		}
	}
}

// A code about records makes no sense in answer to anything but records.
func TestOnlyProduceIsAboutRecords(t *testing.T) {
	for _, k := range kafkaCodes(t) {
		for _, r := range Requests {
			got := Answer{k.Code, r}.Class()
			if r == Produce && got != k.Class() {
				t.Errorf("%s to %v: %v", k.name, r, got)
			}
			if r != Produce && (got == outputs.RecordError || got == outputs.SequenceError) {
				t.Errorf("%s to %v: %v", k.name, r, got)
			}
		}
	}
}
