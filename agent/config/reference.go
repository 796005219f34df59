package config

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// Reference prints every block and key with its type, default and meaning.
func Reference(w io.Writer) error {
	out := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(out, "agent {}\tthe process; at most once")
	printKeys(out, agentKeys(&Agent{}), "  ")
	fmt.Fprintln(out, "\ninput \"logfile\" \"LABEL\" {}\tfiles to follow")
	printKeys(out, logfileKeys(&inputBlock{Input: &Input{}}), "  ")
	about := map[string]string{
		"kafka":  "topics of a Kafka cluster",
		"file":   "a file to append to",
		"stdout": "standard output",
	}
	for _, kind := range outputKinds {
		fmt.Fprintf(out, "\noutput %q \"LABEL\" {}\t%s\n", kind, about[kind])
		printKeys(out, outputKeys(&Output{Kind: kind}), "  ")
	}
	fmt.Fprint(out, `
Types
  size      "512KiB", "64MiB", "1GiB" (1024 each), KB, MB, GB (1000 each), or a number of bytes
  duration  "250ms", "5s", "2m", "72h"
  template  a text that may hold ${host}, ${path}, ${input} and ${match.NAME}
  any text  may be env("NAME") or file("path"), the path being relative to the file that it is written in
`)
	return out.Flush()
}

func printKeys(w io.Writer, s schema, indent string) {
	for _, k := range s.keys {
		def := k.def
		if k.required {
			def = "required"
		}
		fmt.Fprintf(w, "%s%s\t%s\t%s\t%s\n", indent, k.name, k.kind.name(), cmp.Or(def, "-"), k.doc)
	}
	for _, b := range s.blocks {
		fmt.Fprintf(w, "%s%s {}\tblock\t-\t%s\n", indent, b.name, b.doc)
		printKeys(w, b.open(), indent+strings.Repeat(" ", 2))
	}
}
