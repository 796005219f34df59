package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"shipper/agent/replay"
	"shipper/agent/restore"
	"shipper/agent/restore/ship"
	"shipper/agent/status"
)

// ofObjects tells whether objects are to be shipped, and not files.
func (f *replayFlags) ofObjects() (bool, error) {
	n := 0
	for _, a := range f.options.Args {
		if strings.HasPrefix(a, restore.Scheme) {
			n++
		}
	}
	switch o := &f.objects; {
	case n > 0 && n < len(f.options.Args):
		return true, &failure{exitUsage, errors.New("files and objects are replayed one after the other")}
	case n > 0 && f.options.NewIDs:
		return true, &failure{exitUsage, errors.New("--new-ids is for files: objects have the ids that they had")}
	case n == 0 && (o.Host != "" || o.Store != "" || o.Returned || o.Mark):
		return false, &failure{exitUsage, errors.New("--from-host, --store, --returned and --mark-returned are for objects, s3://BUCKET/PREFIX")}
	}
	return n > 0, nil
}

func (f *replayFlags) replayObjects(ctx context.Context) error {
	o, x := &f.options, &f.objects
	x.Config, x.URLs, x.StateDir, x.Tell = o.Config, o.Args, o.StateDir, o.Tell
	x.Input, x.Output, x.Topic, x.From, x.To, x.Since, x.Before = o.Input, o.Output, o.Topic, o.From, o.To, o.Since, o.Before
	x.Generation, x.SkipDelivered, x.Rate, x.Restart = o.Generation, o.SkipDelivered, o.Rate, o.Restart
	plan, err := restore.Make(ctx, x)
	if err != nil {
		return err
	}
	defer plan.Close()
	if f.dryRun {
		err = showObjects(ctx, f.stdout, plan)
	} else {
		err = f.ship(ctx, func(ctx context.Context, log *slog.Logger, tell func(replay.Progress)) error {
			return ship.Run(ctx, plan, log, tell)
		})
	}
	showProblems(f.stderr, plan.Problems)
	if err == nil && len(plan.Problems) > 0 {
		return &failure{exitFailed, fmt.Errorf("%s can't be shipped, as said above; everything else is. The same command tries them again, and with --restart and --skip-delivered looks at the bucket anew",
			plural(len(plan.Problems), "object"))}
	}
	return err
}

// mostProblems is how many objects that can't be shipped are named.
const mostProblems = 100

func showProblems(w io.Writer, list []restore.Problem) {
	for i, p := range list {
		if i == mostProblems {
			fmt.Fprintf(w, "and %d more\n", len(list)-i)
			return
		}
		fmt.Fprintln(w, status.Printable(p.Text))
	}
}

func showObjects(ctx context.Context, w io.Writer, p *restore.Plan) error {
	counts, err := p.Count(ctx)
	if err != nil {
		return err
	}
	var records int64
	objects := 0
	for i := range counts {
		c := &counts[i]
		topic := p.TopicOf(c.Log)
		fmt.Fprintf(w, "host %s, %s, generation %016x: bytes %d to %d in %s, %s, to %s%s\n", status.Printable(c.Log.Host), status.Printable(c.First.Path),
			c.First.Generation, c.First.Start, c.End, plural(c.Objects, "object"), plural(int(c.Records), "record"), p.Output, ofTopic(topic))
		records += c.Records
		objects += c.Objects
	}
	left, resumed := "", ""
	if p.Returned > 0 {
		left = fmt.Sprintf("; %s marked as returned left out", plural(p.Returned, "object"))
	}
	if p.Resumed {
		resumed = "; an interrupted replay of this goes on where it stopped, unless --restart is given"
	}
	_, err = fmt.Fprintf(w, "in all %s, %s, %s%s%s\n", plural(objects, "object"), amount(p.Bytes()), plural(int(records), "record"), left, resumed)
	return err
}
