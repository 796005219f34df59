package quarantine

import (
	"fmt"
	"io"
	"time"

	"shipper/agent/status"
)

// Purpose is where a record was to go.
func Purpose(r *Record) string {
	if r.Topic == "" {
		return r.Output
	}
	return fmt.Sprintf("%s/%d", status.Printable(r.Topic), r.Partition)
}

// Describe writes all that is known of a record, as text that a terminal can show.
func Describe(w io.Writer, r *Record) {
	p := func(key, format string, args ...any) {
		fmt.Fprintf(w, "%-10s "+format+"\n", append([]any{key}, args...)...)
	}
	p("id", "%s", r.ID())
	p("since", "%s", r.Time.Format(time.RFC3339))
	p("reason", "%s", status.Printable(r.Reason))
	p("output", "%s", r.Output)
	p("for", "%s", Purpose(r))
	p("file", "%s, offset %d, input %s", status.Printable(r.Path), r.Offset, r.Input)
	p("time", "%s", time.UnixMilli(r.Timestamp).UTC().Format(time.RFC3339Nano))
	if r.Key != nil {
		p("key", "%s", status.Printable(string(r.Key)))
	}
	for _, h := range r.Headers {
		p("header", "%s = %s", status.Printable(h.Key), status.Printable(string(h.Value)))
	}
	p("value", "%d bytes\n%s", len(r.Value), status.Printable(string(r.Value)))
}
