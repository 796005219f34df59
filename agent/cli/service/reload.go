package service

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"shipper/agent/cli/verb"
	"shipper/agent/reload"
	"shipper/agent/status"
)

// Reload is the verb reload.
func Reload() *cobra.Command {
	var f verb.StateFlags
	return f.Add(&cobra.Command{
		Use:   "reload",
		Short: "Have the running agent read its configuration anew",
		Long: `Ask the running agent to read its configuration anew, and wait until it works by
it. It does so by itself within a second of a change, and on SIGHUP; this verb is
for knowing when, and whether all is well.

Only what has changed is begun anew; renaming a block ships nothing again. If the
configuration has mistakes, nothing changes, they are printed, and the exit code
is 3. A few keys of the block agent are only read at the start; those that differ
are named.`,
		Example: `  shipper reload
  shipper check && shipper reload
  shipper reload --state-dir /var/lib/shipper`,
		Args: cobra.NoArgs,
		RunE: verb.Run(func(cmd *cobra.Command) error {
			dir, err := f.Dir(cmd)
			if err != nil {
				return err
			}
			return runReload(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), dir)
		}),
	})
}

func runReload(ctx context.Context, stdout, stderr io.Writer, stateDir string) error {
	report, err := reload.Ask(ctx, stateDir)
	if errors.Is(err, status.ErrNotRunning) {
		return fmt.Errorf("no agent is running with the state directory %q", stateDir)
	}
	if err != nil {
		return err
	}
	for _, d := range report.Diagnostics {
		fmt.Fprintln(stderr, d)
	}
	switch {
	case report.Invalid:
		return verb.Fail(verb.BadConfig, errors.New("not reloaded: the configuration is invalid; the one before is still in force"))
	case report.Error != "":
		return fmt.Errorf("not reloaded: %s", report.Error)
	}
	_, err = fmt.Fprintf(stdout, "reloaded: %s\n", report.String())
	return err
}
