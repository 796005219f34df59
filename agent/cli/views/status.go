package views

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"shipper/agent/cli/verb"
	"shipper/agent/status"
	"shipper/agent/status/verdict"
)

// statusTimeout is how long a running agent may take to answer.
const statusTimeout = 10 * time.Second

type statusFlags struct {
	config, stateDir string
	listen           string // the port to ask if there is no socket, "" if unknown
	json, all        bool
	check            bool
	limits           verdict.Limits // with check
}

// Status is the verb status.
func Status() *cobra.Command {
	var f statusFlags
	usual := verdict.Usual()
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show how far a running agent has got",
		Long: `Ask the running agent how far it has got: for each route what was delivered,
and for each file its size, what of it was shipped, how many bytes wait and for
how long, and the last error. Files that lag most come first.

The agent is asked over the socket in its state directory, which is open to root
and to the agent's user; where that directory can't be written, over the port
that the configuration says it listens on.

With --check it answers in the manner of monitoring plugins: one line with
performance data, and exit code 0 (all is well), 1 (warning), 2 (critical) or 3
(the agent can't be asked). No agent at all, state that can't be written and a
route that waits for a decision are critical; an output that does not answer and
an invalid configuration are warnings; for lag and runway there are limits.`,
		Example: `  shipper status
  shipper status --config ./shipper.hcl --all
  shipper status --check --warn-lag 5m --crit-runway 2h
  shipper status --state-dir /var/lib/shipper --json | jq '.routes[].lag_bytes'`,
		Args: cobra.NoArgs,
		RunE: verb.Run(func(cmd *cobra.Command) error {
			err := f.find(cmd)
			if f.check {
				return checkStatus(cmd.Context(), cmd.OutOrStdout(), f, err)
			}
			if err != nil {
				return err
			}
			return showStatus(cmd.Context(), cmd.OutOrStdout(), f)
		}),
	}
	verb.ConfigFlag(cmd, &f.config)
	cmd.Flags().StringVar(&f.stateDir, "state-dir", "", "the agent's state `DIR`, instead of the configuration's")
	cmd.Flags().BoolVar(&f.json, "json", false, "print everything, as JSON")
	cmd.Flags().BoolVar(&f.all, "all", false, "print every file, not only the 20 of each route that lag most")
	cmd.Flags().BoolVar(&f.check, "check", false, "judge it, for a monitoring system")
	cmd.Flags().DurationVar(&f.limits.WarnLag, "warn-lag", usual.WarnLag, "with --check: warn if a line waits for longer than `TIME` (0: never)")
	cmd.Flags().DurationVar(&f.limits.CritLag, "crit-lag", usual.CritLag, "with --check: critical if a line waits for longer than `TIME` (0: never)")
	cmd.Flags().DurationVar(&f.limits.WarnRunway, "warn-runway", usual.WarnRunway, "with --check: warn if lines are lost within `TIME` (0: never)")
	cmd.Flags().DurationVar(&f.limits.CritRunway, "crit-runway", usual.CritRunway, "with --check: critical if lines are lost within `TIME` (0: never)")
	cmd.MarkFlagsMutuallyExclusive("config", "state-dir")
	cmd.MarkFlagsMutuallyExclusive("check", "json")
	cmd.MarkFlagsMutuallyExclusive("check", "all")
	return cmd
}

// find fills in where to ask.
func (f *statusFlags) find(cmd *cobra.Command) error {
	if f.stateDir != "" {
		return nil
	}
	agent, err := verb.AgentOf(f.config, cmd.Flags().Changed("config"))
	f.stateDir, f.listen = agent.StateDir, agent.Listen
	return err
}

// fetch asks the agent, over its socket or else over its port.
func (f *statusFlags) fetch(ctx context.Context) (*status.Snapshot, error) {
	ctx, cancel := context.WithTimeout(ctx, statusTimeout)
	defer cancel()
	snapshot, err := status.Fetch(ctx, f.stateDir)
	if errors.Is(err, status.ErrNotRunning) {
		snapshot, err = status.FetchPort(ctx, f.listen, f.stateDir)
	}
	return snapshot, err
}

// checkStatus judges the agent; found is what was wrong with finding it.
func checkStatus(ctx context.Context, w io.Writer, f statusFlags, found error) error {
	var v *verdict.Verdict
	if found != nil {
		v = verdict.Unasked(verdict.Unknown, found)
	} else {
		switch snapshot, err := f.fetch(ctx); {
		case errors.Is(err, status.ErrNotRunning):
			v = verdict.Unasked(verdict.Critical, fmt.Errorf("no agent is running with the state directory %q", f.stateDir))
		case err != nil:
			v = verdict.Unasked(verdict.Unknown, err)
		default:
			v = verdict.Judge(snapshot, f.limits)
		}
	}
	if _, err := fmt.Fprintln(w, v.Line()); err != nil || v.State == verdict.OK {
		return err
	}
	return verb.Fail(int(v.State), nil)
}

// sayNone says what to do about err where there is no agent.
func (f *statusFlags) sayNone(err error) error {
	if !errors.Is(err, status.ErrNotRunning) {
		return err
	}
	return fmt.Errorf("no agent is running with the state directory %q\n"+
		"Start one:             shipper run --config %s\n"+
		"Or ask another agent:  shipper status --state-dir DIR", f.stateDir, f.config)
}

func showStatus(ctx context.Context, w io.Writer, f statusFlags) error {
	snapshot, err := f.fetch(ctx)
	if err != nil {
		return f.sayNone(err)
	}
	if f.json {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(snapshot)
	}
	return status.WriteText(w, snapshot, status.TextOptions{All: f.all})
}
