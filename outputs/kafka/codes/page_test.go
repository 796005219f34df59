package codes

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"shipper/outputs"
)

var update = flag.Bool("update", false, "write the page anew")

const pagePath = "../../../packaging/docs/kafka-errors.md"

const intro = `# What shipper does with every answer of Kafka

Made from the table that the program itself goes by; a test compares them
(` + "`go test ./outputs/kafka/codes -update`" + ` writes it anew). The codes are those
of Apache Kafka 4.3.1. A code that is not in the table, of a newer broker, is
treated as unknown.

Nothing here ends the shipping of a line whose file exists: "waits" is for ever,
with a pause that grows, and only the streams of the partition or topic wait
that the answer concerns.

## Classes

| class | what happens |
|---|---|
| transient | It passes by itself. The batch is tried again after 0.1 s, then ever later up to some seconds. |
| topic | The topic is unknown, or takes nothing as it is. Its streams wait, and go on once it is mended; status and log name the topic and the cure. |
| auth | Credentials or permissions. As topic, but tried only every half minute at most, since frequent tries lock accounts. |
| record | Some record is not taken. A batch that is too large is halved until it fits. Records that the broker names go to quarantine, durably, once what precedes them is delivered; if it names none the batch is halved until the one is found. A refused timestamp is replaced by the time of reading. If all records are named it is the topic's matter. |
| sequence | The broker lost track of the producer. The batch is given up and sent again under fresh numbers. |
| unknown | Brokers do not answer so to what is asked here. As transient; status shows the code. |

## Answers to a produce request

*first* is the fate of a batch sent for the first time, *repeat* of one of which an
earlier attempt got no answer.

- *acked*: delivered. The base offset must be above that of the batch before.
- *refused*: certainly not in the log. The lines are cut into batches anew.
- *unresolved*: perhaps in the log. Exactly the same records are sent again
  under the same numbers, until they are acknowledged.
- *given up*: the numbers are never used again, and the lines are sent under fresh
  ones. After a repeat they are counted in ` + "`possible_duplicates`" + `.

## Answers to other requests

- *init producer id*: nothing was sent yet. The batch is refused and waits.
- *metadata*: leaders that are known are still used; without any the streams wait.
  A topic is gone only once every broker says so.
- *SASL*: the broker gets nothing until a login of the prober succeeds.
- *describe configs*: the topic counts as not verified: a warning, or with
  ` + "`require_durable`" + ` the topic waits. ` + "`shipper topics`" + ` prints the code.
- FindCoordinator is never sent: it belongs to consumer groups and transactions.

Where only the class of a code differs for these requests, it is in the last
column: a code about records makes no sense there.

## Every code

`

// page is the document.
func page(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(intro)
	b.WriteString("| code | name | Kafka | class | first | repeat | metadata asked for | class elsewhere |\n|---:|---|---|---|---|---|---|---|\n")
	for _, k := range kafkaCodes(t) {
		kafka := "final"
		if k.retriable {
			kafka = "retriable"
		}
		e := k.Effect()
		stale := ""
		if k.Stale() || e.First == outputs.GivenUp || e.Repeat == outputs.GivenUp {
			stale = "yes"
		}
		other := ""
		if c := (Answer{k.Code, Metadata}).Class(); c != k.Class() {
			other = c.String()
		}
		class := k.Class().String()
		if k.Code == None {
			kafka, class = "", ""
		}
		fmt.Fprintf(&b, "| %d | %s | %s | %s | %s | %s | %s | %s |\n", int(k.Code), k.name, kafka, class, words(e.First), words(e.Repeat), stale, other)
	}
	b.WriteString("\n## What a person can do\n\n| name | cure |\n|---|---|\n")
	for _, k := range kafkaCodes(t) {
		if k.Cure() != "" {
			fmt.Fprintf(&b, "| %s | %s |\n", k.name, k.Cure())
		}
	}
	b.WriteString("\n## Where the class differs from Kafka's own flag\n\n| name | why |\n|---|---|\n")
	for _, k := range kafkaCodes(t) {
		if differs[k.Code] != "" && k.Code != None {
			fmt.Fprintf(&b, "| %s | %s |\n", k.name, differs[k.Code])
		}
	}
	return b.String()
}

func words(s outputs.State) string { return strings.ReplaceAll(s.String(), "_", " ") }

func TestPageIsTheTable(t *testing.T) {
	want := page(t)
	if *update {
		if err := os.WriteFile(pagePath, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(pagePath)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the table says; write it anew: go test ./outputs/kafka/codes -update", pagePath)
	}
}
