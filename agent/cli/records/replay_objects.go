package records

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"shipper/agent/cli/verb"
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
	switch o := &f.options; {
	case n > 0 && n < len(f.options.Args):
		return true, verb.Fail(verb.Usage, errors.New("files and objects are replayed one after the other"))
	case n > 0 && o.NewIDs:
		return true, verb.Fail(verb.Usage, errors.New("--new-ids is for files: objects have the ids that they had"))
	case n == 0 && (o.Host != "" || o.Store != "" || o.Returned || o.Mark):
		return false, verb.Fail(verb.Usage, errors.New("--from-host, --store, --returned and --mark-returned are for objects, s3://BUCKET/PREFIX"))
	}
	return n > 0, nil
}

func (f *replayFlags) replayObjects(ctx context.Context) error {
	plan, err := restore.Make(ctx, &f.options)
	if err != nil {
		return err
	}
	defer plan.Close()
	if f.dryRun {
		err = plan.Write(ctx, f.stdout, status.Printable)
	} else {
		err = f.ship(ctx, func(ctx context.Context, log *slog.Logger, tell func(replay.Progress)) error {
			return ship.Run(ctx, plan, log, tell)
		})
	}
	plan.WriteProblems(f.stderr, status.Printable)
	if err == nil && len(plan.Problems) > 0 {
		return verb.Fail(verb.Failed, fmt.Errorf("%s can't be shipped, as said above; everything else is. The same command tries again what failed on the way; with --restart and --skip-delivered it looks at the bucket anew",
			verb.Plural(len(plan.Problems), "object")))
	}
	return err
}
