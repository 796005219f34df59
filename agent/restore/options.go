package restore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"shipper/agent/config"
	"shipper/agent/parts"
	"shipper/agent/replay"
	"shipper/inputs"
	"shipper/outputs"
	"shipper/outputs/s3"
	"shipper/outputs/s3/object"
)

// Scheme begins the URLs of objects.
const Scheme = "s3://"

// Options is a replay of objects as somebody asked for it: as one of files, but that
// Args are s3://BUCKET, s3://BUCKET/PREFIX or one object, Input bounds what is shipped,
// Since and Before bound the time at which the bytes were read, a topic of "" is the
// records' own, and NewIDs says nothing.
type Options struct {
	replay.Options

	Store    string // KIND.LABEL of the output whose settings reach the bucket, "" for the one that names it
	Host     string // only what this host stored, "" for all
	Returned bool   // also what is marked as returned
	Mark     bool   // mark what was shipped as returned
}

// folder is the same for the same options, as far as they decide what is shipped.
func (o *Options) folder() (replay.Folder, error) {
	urls := slices.Sorted(slices.Values(o.Args))
	return replay.FolderOf(o.StateDir, urls, o.Store, o.Host, o.Input, o.Generation, o.From, o.To, o.Since.UnixNano(), o.Before.UnixNano(),
		o.Returned, o.Output, o.Topic, o.SkipDelivered)
}

// check finds what does not go together.
func (o *Options) check() error {
	switch {
	case (o.From != 0 || o.To != 0) && o.Generation == "":
		return errors.New("--from and --to are offsets in one file: say which with --generation")
	case o.Mark && (o.From != 0 || o.To != 0):
		return errors.New("--mark-returned is for whole objects, and not with --from and --to")
	case o.Mark && o.Topic != "":
		return errors.New("--mark-returned is for records that go where they belong, and not with --topic")
	}
	return nil
}

// bucket is what is needed of a store; s3.Output is one.
type bucket interface {
	outputs.Output
	List(ctx context.Context, prefix string, visit func(s3.Entry) error) error
	Describe(ctx context.Context, key string) (*object.Meta, error)
	Get(ctx context.Context, key string) (*object.Meta, *inputs.Segment, error)
	Return(ctx context.Context, key string) error
}

// place takes a URL apart. prefix is "" for the whole bucket.
func place(url string) (bucket, prefix string, err error) {
	rest, ok := strings.CutPrefix(url, Scheme)
	bucket, prefix, _ = strings.Cut(rest, "/")
	if !ok || bucket == "" {
		return "", "", fmt.Errorf("%q is not s3://BUCKET or s3://BUCKET/PREFIX; files and objects are replayed one after the other", url)
	}
	return bucket, strings.Trim(prefix, "/"), nil
}

// reach opens a bucket by the settings of the output that names it. Without one it
// is reached as the environment says.
func (o *Options) reach(name string) (bucket, error) {
	var found *config.Output
	for _, out := range o.Config.Outputs {
		if out.S3 == nil || (o.Store == "" && out.S3.Bucket != name) || (o.Store != "" && out.Name() != o.Store) {
			continue
		}
		if found != nil && !sameDoor(found.S3, out.S3) {
			return nil, fmt.Errorf("outputs %s and %s reach the bucket %q in different ways: name one with --store", found.Name(), out.Name(), name)
		}
		found = out
	}
	settings := config.S3{}
	switch {
	case found != nil:
		settings = *found.S3
	case o.Store != "":
		return nil, fmt.Errorf("the configuration has no output %q of kind s3", o.Store)
	}
	settings.Bucket, settings.Prefix = name, ""
	out, err := parts.Output(&config.Output{Kind: "s3", Label: name, S3: &settings}, "", 1, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, fmt.Errorf("bucket %q: %w", name, err)
	}
	b, ok := out.(bucket)
	if !ok {
		return nil, fmt.Errorf("bucket %q can't be read back", name)
	}
	return b, nil
}

func sameDoor(a, b *config.S3) bool {
	return a.Endpoint == b.Endpoint && a.Region == b.Region && a.PathStyle == b.PathStyle
}

// aim finds the output, and whether every record can go there.
func (p *Plan) aim() error {
	o := p.Options
	p.Output = o.Output
	var kafka []string
	for _, out := range o.Config.Outputs {
		if out.Kafka != nil {
			kafka = append(kafka, out.Name())
		}
	}
	for i := range p.Logs {
		if o.Output != "" {
			break
		}
		name, err := o.outputOf(p.Logs[i].Input, kafka)
		if err != nil {
			return err
		}
		if p.Output != "" && p.Output != name {
			return fmt.Errorf("the records belong to several outputs, %s and %s: name one with --output, or one input after the other with --input", p.Output, name)
		}
		p.Output = name
	}
	out := p.Destination()
	switch {
	case out == nil:
		return fmt.Errorf("the configuration has no output %q", p.Output)
	case o.Rate > 0 && out.Kafka == nil:
		return fmt.Errorf("--rate is for outputs of kind kafka, and %s is none", p.Output)
	}
	for i := range p.Logs {
		if out.Kafka != nil && o.Topic == "" && p.Logs[i].Topic == "" {
			return fmt.Errorf("the records of %q, host %q, have no topic: name one with --topic", p.Logs[i].Name, p.Logs[i].Host)
		}
	}
	return nil
}

// outputOf is where an input's records belong: where the input of that label sends
// them here, or else the only output of kind kafka.
func (o *Options) outputOf(input string, kafka []string) (string, error) {
	list := kafka
	for _, in := range o.Config.Inputs {
		if in.Label != input {
			continue
		}
		var own []string
		for _, ref := range in.Outputs {
			if slices.Contains(kafka, ref.Name()) {
				own = append(own, ref.Name())
			}
		}
		if len(own) > 0 {
			list = own
		}
	}
	switch len(list) {
	case 1:
		return list[0], nil
	case 0:
		return "", errors.New("the configuration has no output of kind kafka: name another with --output")
	}
	return "", fmt.Errorf("there are several outputs for the records of input %q, such as %s and %s: name one with --output", input, list[0], list[1])
}

// Destination is the output of the configuration.
func (p *Plan) Destination() *config.Output { return parts.Named(p.Options.Config, p.Output) }
