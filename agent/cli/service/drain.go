package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"shipper/agent/cli/verb"
	"shipper/agent/drain"
	"shipper/agent/status"
)

// defaultSettle is for how long a file must be unchanged to be taken for complete.
const defaultSettle = 2 * time.Second

type drainFlags struct {
	verb.StateFlags
	settle, timeout time.Duration
	divert          bool
}

// Drain is the verb drain.
func Drain() *cobra.Command {
	var f drainFlags
	cmd := f.Add(&cobra.Command{
		Use:   "drain",
		Short: "Have the running agent ship everything to its end",
		Long: `Ask the running agent to ship everything, and wait for it: before a host or a
container goes away. The agent goes on finding files meanwhile. A file counts when
it is acknowledged to its end and was unchanged for --settle; its last line is then
shipped even without a newline (header "partial"), as are lines that wait for more
of their record. drain ends when all files count at the same moment, with 0.

With --divert, what an output with a failover does not take now is put into the
failover output, and counts then: drain ends with 0 and lists it.

When --timeout is over, it names each file that is left with its bytes, ends with
1, and the agent goes on as before. A signal does the same.

As a preStop hook of a container, --settle must cover the time that the application
takes to stop; a sidecar that is stopped after the application needs no more than
the default.`,
		Example: `  shipper drain --timeout 25s
  shipper drain --settle 10s --timeout 1m --state-dir /var/lib/shipper`,
		Args: cobra.NoArgs,
		RunE: verb.Run(func(cmd *cobra.Command) error {
			dir, err := f.Dir(cmd)
			if err != nil {
				return err
			}
			f.StateDir = dir
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGTERM, syscall.SIGINT)
			defer stop()
			return runDrain(ctx, cmd.OutOrStdout(), cmd.ErrOrStderr(), &f)
		}),
	})
	cmd.Flags().DurationVar(&f.settle, "settle", defaultSettle, "a file counts when it was unchanged for `TIME`")
	cmd.Flags().DurationVar(&f.timeout, "timeout", 0, "give up after `TIME` (default: wait for as long as it takes)")
	cmd.Flags().BoolVar(&f.divert, "divert", false, "ship to the failover outputs, since the others will not do it in time")
	return cmd
}

func runDrain(ctx context.Context, stdout, stderr io.Writer, f *drainFlags) error {
	if f.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, f.timeout)
		defer cancel()
	}
	begun := time.Now()
	told := begun
	report, err := drain.Ask(ctx, f.StateDir, drain.Request{Settle: f.settle, Divert: f.divert}, func(r drain.Report) {
		if !r.Done && time.Since(told) >= 5*time.Second {
			told = time.Now()
			fmt.Fprintf(stderr, "%s left, %s\n", verb.Plural(r.Files, "file"), verb.Amount(r.Bytes))
		}
	})
	switch {
	case err == nil:
		return writeDrained(stdout, &report, time.Since(begun).Round(time.Millisecond))
	case errors.Is(err, status.ErrNotRunning):
		return fmt.Errorf("no agent is running with the state directory %q: nothing is shipped", f.StateDir)
	case ctx.Err() == nil:
		return err
	}
	writeLeft(stdout, report.Left, report.Files)
	return fmt.Errorf("not drained: %s left, %s; the agent goes on", verb.Plural(report.Files, "file"), verb.Amount(report.Bytes))
}

func writeDrained(w io.Writer, r *drain.Report, took time.Duration) error {
	if len(r.Aside) == 0 {
		_, err := fmt.Fprintf(w, "drained: everything is shipped, after %s\n", took)
		return err
	}
	writeLeft(w, r.Aside, len(r.Aside))
	_, err := fmt.Fprintf(w, "drained, after %s: what is listed is safe, and not delivered yet. The agent delivers it once the output takes lines again; "+
		"if this host does not come back, have another one run \"shipper replay\"\n", took)
	return err
}

// writeLeft lists so many files, or the first of them, with what is to be said of them.
func writeLeft(w io.Writer, list []drain.Left, files int) {
	for _, l := range list {
		fmt.Fprintf(w, "%s: %s: %s\n", status.Printable(l.Path), verb.Amount(l.Bytes), status.Printable(l.Why))
	}
	if n := files - len(list); n > 0 {
		fmt.Fprintf(w, "and %s more\n", verb.Plural(n, "file"))
	}
}
