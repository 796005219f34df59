package records

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"shipper/agent/cli/verb"
	"shipper/agent/progress"
	"shipper/agent/replay"
	"shipper/agent/restore"
	"shipper/agent/status"
)

type replayFlags struct {
	config, since, before, rate string
	dryRun                      bool
	options                     restore.Options // for files what is said of both
	stdout, stderr              io.Writer
}

// Replay is the verb replay.
func Replay() *cobra.Command {
	var f replayFlags
	o := &f.options
	cmd := &cobra.Command{
		Use:   "replay FILE|DIR|GLOB...|s3://BUCKET/PREFIX...",
		Short: "Ship files or objects once more, or to another place",
		Long: `Ship files, or parts of them, whatever was shipped of them before: to their topic,
another one, or another output of the configuration. Compressed files are read as
they are. Records are cut, filtered and partitioned as the configuration says, and
have the ids that they had, so that consumers can drop duplicates.

The agent may run meanwhile; its offsets do not move. A signal ends a replay softly,
and the same command goes on where it stopped: how far it is stands below "replay"
in the agent's state directory until it is done. Files that are being written are
shipped up to the last line that they have now.

--dry-run says what would be shipped where, and changes nothing.

s3://BUCKET/PREFIX ships what a failover or an archive has put there, of any host,
that is not marked as returned: for a host that died. An object says itself what
its records are and where they belong. The bucket is reached by the settings of the
output that names it, or as the environment says. --since and --before count from
when the lines were read. Objects that can't be read are named, the rest is shipped,
and the exit code is 1.

It refuses to guess: files that several inputs take, an input with several outputs,
compressed files whose former ids can't be known, and objects of two hosts that hold
other bytes of one place are errors that say what to name.`,
		Example: `  shipper replay --dry-run /var/log/web.log.3.gz
  shipper replay --topic events-again --rate 10MB /var/log/web/
  shipper replay --skip-delivered '/var/log/**/*.log.*'
  shipper replay --from 10240 --to 20480 /var/log/web.log
  shipper replay --from-host web7 --skip-delivered s3://logs-failover/shipper`,
		Args: cobra.MinimumNArgs(1),
		RunE: verb.Run(func(cmd *cobra.Command) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGTERM, syscall.SIGINT)
			defer stop()
			f.stdout, f.stderr, o.Args = cmd.OutOrStdout(), cmd.ErrOrStderr(), cmd.Flags().Args()
			return runReplay(ctx, &f)
		}),
	}
	verb.ConfigFlag(cmd, &f.config)
	flags := cmd.Flags()
	flags.StringVar(&o.StateDir, "state-dir", "", "the agent's state `DIR`, instead of the configuration's")
	flags.StringVar(&o.Input, "input", "", "the input `LABEL` whose settings count, if several take a file")
	flags.StringVar(&o.Output, "output", "", "the output `KIND.LABEL` to ship to (default: the input's)")
	flags.StringVar(&o.Topic, "topic", "", "ship to this `TOPIC` (default: the one that the configuration says)")
	flags.Int64Var(&o.From, "from", 0, "begin with the line that holds the byte at `OFFSET`; for one file")
	flags.Int64Var(&o.To, "to", 0, "end with the line that holds the byte before `OFFSET`; for one file")
	flags.StringVar(&f.since, "since", "", "only files that were written since `TIME`: a duration such as 24h, or 2026-01-02T15:04:05Z")
	flags.StringVar(&f.before, "before", "", "only files that were last written before `TIME`")
	flags.StringVar(&o.Generation, "generation", "", "only the file that is this generation: 16 hexadecimal digits, `ID`")
	flags.BoolVar(&o.SkipDelivered, "skip-delivered", false, "read the topic first, and leave out what it has")
	flags.BoolVar(&o.NewIDs, "new-ids", false, "compressed files that the state does not know may have other ids than before")
	flags.StringVar(&f.rate, "rate", "", "send at most `BYTES` a second, such as 10MB")
	flags.BoolVar(&o.Restart, "restart", false, "begin anew, if the same replay was interrupted")
	flags.StringVar(&o.Host, "from-host", "", "of objects, only what this `HOST` stored")
	flags.StringVar(&o.Store, "store", "", "of objects, the output `KIND.LABEL` whose settings reach the bucket")
	flags.BoolVar(&o.Returned, "returned", false, "of objects, also those that are marked as returned")
	flags.BoolVar(&o.Mark, "mark-returned", false, "mark objects as returned when everything is shipped, so that nobody ships them again")
	flags.BoolVar(&f.dryRun, "dry-run", false, "only say what would be shipped where")
	return cmd
}

func runReplay(ctx context.Context, f *replayFlags) error {
	o := &f.options
	var err error
	if o.Config, err = verb.Configured(f.config); err != nil {
		return err
	}
	if err := f.parse(time.Now()); err != nil {
		return err
	}
	ofObjects, err := f.ofObjects()
	if err != nil {
		return err
	}
	dir := o.StateDir
	if dir == "" {
		dir = o.Config.Agent.StateDir
	}
	if !f.dryRun {
		if err := verb.BecomeOwner(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	var reading *progress.Printer
	o.Tell = func(what string, done, total int64) {
		if reading == nil {
			reading = progress.New(f.stderr, status.Printable(what), progress.Positions)
		}
		if reading.Set(done, total); done == total {
			reading.End()
			reading = nil
		}
	}
	if ofObjects {
		return f.replayObjects(ctx)
	}
	plan, err := replay.Make(&o.Options)
	if err != nil {
		return err
	}
	if f.dryRun {
		return showPlan(ctx, f.stdout, plan)
	}
	return f.ship(ctx, plan.Run)
}

// parse reads the flags that are texts.
func (f *replayFlags) parse(now time.Time) error {
	o := &f.options
	var err error
	if o.Since, err = parseSince("--since", f.since, now); err != nil {
		return err
	}
	if o.Before, err = parseSince("--before", f.before, now); err != nil {
		return err
	}
	if f.rate != "" {
		rate, err := humanize.ParseBytes(strings.TrimSuffix(f.rate, "/s"))
		if err != nil || rate == 0 {
			return verb.Fail(verb.Usage, fmt.Errorf("--rate %q is no number of bytes such as 10MB", f.rate))
		}
		o.Rate = int64(rate)
	}
	return nil
}

func showPlan(ctx context.Context, w io.Writer, p *replay.Plan) error {
	counts, err := p.Count(ctx)
	if err != nil {
		return err
	}
	var records int64
	for i := range p.Files {
		x := &p.Files[i]
		ids := "ids as before"
		if !x.Known {
			ids = "ids as a first reading gives them"
		}
		fmt.Fprintf(w, "%s, generation %s: bytes %d to %d, %s, to %s%s; %s\n", status.Printable(x.Path), x.Generation,
			x.Start, x.End, verb.Plural(int(counts[i]), "record"), p.Output, ofTopic(x.Topic), ids)
		records += counts[i]
	}
	resumed := ""
	if p.Resumed {
		resumed = "; an interrupted replay of this goes on where it stopped, unless --restart is given"
	}
	_, err = fmt.Fprintf(w, "in all %s, %s, %s%s\n", verb.Plural(len(p.Files), "file"), verb.Amount(p.Bytes()), verb.Plural(int(records), "record"), resumed)
	return err
}

func ofTopic(topic string) string {
	if topic == "" {
		return ""
	}
	return ", topic " + status.Printable(topic)
}

// runner ships a plan, of files or of objects.
type runner func(ctx context.Context, log *slog.Logger, tell func(replay.Progress)) error

func (f *replayFlags) ship(ctx context.Context, run runner) error {
	begun := time.Now()
	p := progress.New(f.stderr, "replay", progress.Bytes)
	var last replay.Progress
	told := ""
	log, _ := verb.NewLogger(os.Stderr, "text", "error")
	err := run(ctx, log, func(x replay.Progress) {
		last = x
		p.Note(verb.Plural(int(x.Records), "record"))
		p.Set(x.Done, x.Total)
		if x.Error != "" && x.Error != told {
			told = x.Error
			p.End()
			fmt.Fprintf(f.stderr, "it is tried again: %s\n", status.Printable(x.Error))
		}
	})
	p.End()
	switch {
	case errors.Is(err, replay.ErrRunning):
		return verb.Fail(verb.Locked, errors.New("the same replay is under way already"))
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("interrupted, %s of %s are shipped; the same command goes on from there",
			humanize.IBytes(uint64(max(0, last.Done))), humanize.IBytes(uint64(max(0, last.Total))))
	case err != nil:
		return err
	}
	_, err = fmt.Fprintf(f.stdout, "shipped %s, %s, in %s\n", verb.Plural(int(last.Records), "record"), verb.Amount(last.Done), time.Since(begun).Round(time.Millisecond))
	return err
}
