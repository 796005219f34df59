package records

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"shipper/agent/cli/verb"
	"shipper/agent/progress"
	"shipper/agent/prove"
	"shipper/agent/status"
	"shipper/agent/verify"
)

type verifyFlags struct {
	config, input, output, topic, since string
	json, all                           bool
	stdout, stderr                      io.Writer
}

// Verify is the verb verify.
func Verify() *cobra.Command {
	var f verifyFlags
	cmd := &cobra.Command{
		Use:   "verify [FILE...]",
		Short: "Prove that a topic holds what the files hold",
		Long: `Read a topic back and compare it with files, record by record: by the id, which
is the same however often and by whatever way a line was sent, and by the bytes.
Files are cut into records as the configuration says. It says of each file how many
records were delivered once, and in ranges of bytes which were delivered twice, are
missing, quarantined, aside, different, out of order, or extra. Files that are being written
are compared up to their last line.

Without a FILE the ids alone are looked at: where one record ends the next begins,
and what is between is missing, or was filtered out.

Nothing is changed, and a running agent is not disturbed. What it has not shipped yet
is missing: see "shipper status", or drain first.

The exit code is 0 if every record was delivered, once or more often, is in quarantine,
or safe in a failover output; else 1.`,
		Example: `  shipper verify /var/log/web.log /var/log/web.log.1
  shipper verify --since 24h '/var/log/**/*.log'
  shipper verify --topic events --output kafka.events
  shipper verify --json /var/log/web.log | jq '.files[].missing'`,
		RunE: verb.Run(func(cmd *cobra.Command) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGTERM, syscall.SIGINT)
			defer stop()
			f.stdout, f.stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
			return runVerify(ctx, cmd.Flags().Args(), &f)
		}),
	}
	verb.ConfigFlag(cmd, &f.config)
	cmd.Flags().StringVar(&f.input, "input", "", "the input `LABEL` whose settings count, if several take a file")
	cmd.Flags().StringVar(&f.output, "output", "", "the output `KIND.LABEL` to read back, if the input has several")
	cmd.Flags().StringVar(&f.topic, "topic", "", "read this `TOPIC` (default: the one that the configuration says)")
	cmd.Flags().StringVar(&f.since, "since", "", "read what was sent since `TIME`: a duration such as 24h, or 2026-01-02T15:04:05Z; older records count as missing")
	cmd.Flags().BoolVar(&f.json, "json", false, "print the report as JSON")
	cmd.Flags().BoolVar(&f.all, "all", false, "print every range, not only the first 20 of a kind")
	return cmd
}

func runVerify(ctx context.Context, args []string, f *verifyFlags) error {
	cfg, err := verb.Configured(f.config)
	if err != nil {
		return err
	}
	since, err := parseSince("--since", f.since, time.Now())
	if err != nil {
		return err
	}
	var p *progress.Printer
	a := prove.Proof{
		Config: cfg, Input: f.input, Output: f.output, Topic: f.topic, Since: since,
		Tell: func(topic string, done, total int64) {
			if p == nil || done == 0 {
				p = progress.New(f.stderr, "read "+status.Printable(topic), progress.Positions)
			}
			p.Set(done, total)
			if done == total {
				p.End()
			}
		},
	}
	if len(args) == 0 {
		return verifyIDs(ctx, &a, f)
	}
	report, err := a.Files(ctx, args)
	if err != nil {
		return err
	}
	if f.json {
		err = writeJSON(f.stdout, &report)
	} else {
		err = report.Write(f.stdout, f.all, status.Printable)
	}
	if err == nil && !report.OK() {
		return verb.Fail(verb.Failed, nil)
	}
	return err
}

// verifyIDs looks for gaps in the ids of a topic.
func verifyIDs(ctx context.Context, a *prove.Proof, f *verifyFlags) error {
	list, known, err := a.IDs(ctx)
	if errors.Is(err, prove.ErrNoTopic) {
		return verb.Fail(verb.Usage, fmt.Errorf("%w with --topic", err))
	}
	if err != nil {
		return err
	}
	if f.json {
		err = writeJSON(f.stdout, list)
	} else {
		err = verify.WriteGaps(f.stdout, list, f.all, func(id string) string { return status.Printable(known[id]) })
	}
	if err == nil && slices.ContainsFunc(list, func(r verify.GapReport) bool { return len(r.Gaps) > 0 }) {
		return verb.Fail(verb.Failed, nil)
	}
	return err
}

func writeJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}
