package config

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/hashicorp/hcl/v2"

	"shipper/agent/config/value"
)

// Reference prints every block and key with its type, default and meaning.
func Reference(w io.Writer) error {
	out := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(out, "agent {}\tthe process; at most once")
	agentKeys(&Agent{}).Print(out, "  ")
	fmt.Fprintln(out, "\ninput \"logfile\" \"LABEL\" {}\tfiles to follow")
	(&Input{}).Schema(new([]hcl.Range)).Print(out, "  ")
	about := map[string]string{
		"kafka":  "topics of a Kafka cluster",
		"s3":     "objects in a bucket: an archive, or the place of a failover",
		"file":   "a file to append to",
		"stdout": "standard output",
	}
	for _, kind := range outputKinds {
		fmt.Fprintf(out, "\noutput %q \"LABEL\" {}\t%s\n", kind, about[kind])
		outputKeys(&Output{Kind: kind}).Print(out, "  ")
	}
	fmt.Fprintln(out, "\ntopic \"NAME\" {}\twhat shipper topics makes of a topic: it creates, grows and sets, and never takes away")
	topicKeys(&topicBlock{Topic: &Topic{}}).Print(out, "  ")
	fmt.Fprint(out, value.Types)
	return out.Flush()
}
