package restore

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"shipper/agent/config"
	"shipper/agent/replay"
	"shipper/inputs"
	"shipper/outputs/s3"
	"shipper/outputs/s3/object"
)

// TestLogs: objects are sorted by log, generations by their order in it, whatever the
// order of their ids; what two inputs read of one file is two logs.
func TestLogs(t *testing.T) {
	one := func(host, input string, generation, order uint64, start, end int64) seen {
		return seen{
			entry: s3.Entry{Key: fmt.Sprintf("%s/%s/%d/%d", host, input, generation, start)},
			meta: &object.Meta{Start: start, End: end, Generation: inputs.Generation{
				ID: generation, Host: host, Stream: &inputs.Stream{Input: input, Name: "log"}, File: inputs.File{Order: order},
			}},
		}
	}
	logs := logsOf([]seen{one("h", "in", 3, 2, 0, 5), one("h", "in", 3, 2, 5, 9), one("h", "in", 9, 1, 0, 4), one("h", "other", 9, 1, 0, 4), one("g", "in", 10, 1, 0, 1)})
	var got []string
	for i := range logs {
		text := logs[i].Host + "/" + logs[i].Input + ":"
		for _, o := range logs[i].Objects {
			text += fmt.Sprintf(" %d@%d", o.Generation, o.Start)
		}
		got = append(got, text)
	}
	if want := []string{"g/in: 10@0", "h/in: 9@0 3@0 3@5", "h/other: 9@0"}; !reflect.DeepEqual(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestAmbiguous: what is not clear is an error that says what to name.
func TestAmbiguous(t *testing.T) {
	kafka := func(label string) *config.Output {
		return &config.Output{Kind: "kafka", Label: label, Kafka: &config.Kafka{}}
	}
	bucket := func(label, endpoint string) *config.Output {
		return &config.Output{Kind: "s3", Label: label, S3: &config.S3{Bucket: "b", Endpoint: endpoint}}
	}
	ref := func(label string) config.OutputRef { return config.OutputRef{Kind: "kafka", Label: label} }
	cfg := &config.Config{
		Outputs: []*config.Output{kafka("a"), kafka("b"), bucket("x", "http://x"), bucket("y", "http://y")},
		Inputs:  []*config.Input{{Label: "one", Outputs: []config.OutputRef{ref("a")}}, {Label: "both", Outputs: []config.OutputRef{ref("a"), ref("b")}}},
	}
	asked := func(o replay.Options) Options { return Options{Options: o} }
	for name, c := range map[string]struct {
		options Options
		input   string
		topic   string
		want    string // "" is kafka.a
	}{
		"the input's":        {Options{}, "one", "t", ""},
		"two":                {Options{}, "both", "t", "name one with --output"},
		"an unknown input's": {Options{}, "none", "t", "name one with --output"},
		"named":              {asked(replay.Options{Output: "kafka.a"}), "both", "t", ""},
		"none such":          {asked(replay.Options{Output: "kafka.c"}), "both", "t", "no output \"kafka.c\""},
		"no topic":           {Options{}, "one", "", "name one with --topic"},
		"a topic":            {asked(replay.Options{Topic: "t"}), "one", "", ""},
	} {
		c.options.Config = cfg
		p := &Plan{Options: &c.options, Logs: []Log{{Input: c.input, Topic: c.topic}}}
		err := p.aim()
		if c.want == "" && (err != nil || p.Output != "kafka.a") || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: to %q, %v", name, p.Output, err)
		}
	}
	for name, c := range map[string]struct {
		options Options
		want    string
	}{
		"two doors":      {Options{}, "name one with --store"},
		"named":          {Options{Store: "s3.y"}, ""},
		"no such output": {Options{Store: "s3.z"}, "no output \"s3.z\""},
	} {
		c.options.Config = cfg
		if _, err := c.options.reach("b"); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, o := range []Options{
		asked(replay.Options{From: 1}),
		{Options: replay.Options{To: 5, Generation: "7"}, Mark: true},
		{Options: replay.Options{Topic: "t"}, Mark: true},
	} {
		if o.check() == nil {
			t.Errorf("%+v goes together", o)
		}
	}
}
