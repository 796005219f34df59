package recordbatch

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"shipper/inputs"
	"shipper/outputs"
)

type object struct {
	Line       *string           `json:"line"`
	LineBase64 []byte            `json:"line_base64"`
	Host       string            `json:"host"`
	Path       string            `json:"path"`
	Captures   map[string]string `json:"captures"`
	Time       time.Time         `json:"time"`
}

func TestEncodeJSON(t *testing.T) {
	gen := &inputs.Generation{
		Stream: &inputs.Stream{}, Host: `we"b`, Path: "/var/log/\xffbad\n.log",
		Captures: []inputs.Header{{Key: "app", Value: []byte("a\\b\x00")}, {Key: "pid", Value: []byte("\xfe")}},
	}
	lines := []string{"", "plain", `"`, "tab\tquote\"slash\\nul\x00del\x7f", "grüße, 世界 \u2028", "\xff\xfe", "cr\r", strings.Repeat("1234567\"", 40)}
	s := inputs.Segment{Gen: gen, Records: []inputs.Record{}}
	for _, line := range lines {
		start := len(s.Data)
		s.Data = append(append(s.Data, line...), '\n')
		s.Ends = append(s.Ends, uint32(len(s.Data)))
		s.Records = append(s.Records, inputs.Record{Start: uint32(start), End: uint32(len(s.Data) - 1), Time: 1000})
	}
	plain := s
	plain.Records = nil
	e := NewEncoder(Options{Format: JSON})
	for _, c := range []struct {
		segment inputs.Segment
		time    int64
	}{{s, 1000}, {plain, readAt.UnixMilli()}} {
		raw, err := e.Encode(&outputs.Batch{Time: readAt, Segments: []inputs.Segment{c.segment}}, Producer{})
		if err != nil {
			t.Fatal(err)
		}
		for i, m := range decoded(t, raw) {
			var o object
			d := json.NewDecoder(bytes.NewReader(m.value))
			d.DisallowUnknownFields()
			if err := d.Decode(&o); err != nil {
				t.Fatalf("%s: %v", m.value, err)
			}
			line := o.LineBase64
			if o.Line != nil {
				line = []byte(*o.Line)
			}
			if string(line) != lines[i] || (o.Line == nil) != (lines[i] == "\xff\xfe") {
				t.Errorf("line %q became %s", lines[i], m.value)
			}
			if o.Host != `we"b` || o.Path != "/var/log/\uFFFDbad\n.log" || o.Captures["app"] != "a\\b\x00" || o.Captures["pid"] != "\uFFFD" || len(o.Captures) != 2 {
				t.Errorf("envelope is %s", m.value)
			}
			if o.Time.UnixMilli() != c.time || m.timestamp != c.time {
				t.Errorf("time is %v, timestamp %d, want %d", o.Time, m.timestamp, c.time)
			}
		}
	}
}
