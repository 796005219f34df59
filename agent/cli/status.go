package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"shipper/agent/config"
	"shipper/agent/status"
)

// defaultStateDir is where an agent without any configuration keeps its state.
const defaultStateDir = "/var/lib/shipper"

// statusTimeout is how long a running agent may take to answer.
const statusTimeout = 10 * time.Second

type statusFlags struct {
	config, stateDir string
	listen           string // the port to ask if there is no socket, "" if unknown
	json, all        bool
}

func newStatus() *cobra.Command {
	var f statusFlags
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show how far a running agent has got",
		Long: `Ask the running agent how far it has got: for each route what was delivered,
and for each file its size, what of it was shipped, how many bytes wait and for
how long, and the last error. Files that lag most come first.

The agent is asked over the socket in its state directory, which is open to root
and to the agent's user; where that directory can't be written, over the port
that the configuration says it listens on.`,
		Example: `  shipper status
  shipper status --config ./shipper.hcl --all
  shipper status --state-dir /var/lib/shipper --json | jq '.routes[].lag_bytes'`,
		Args: cobra.NoArgs,
		RunE: verb(func(cmd *cobra.Command) error {
			if f.stateDir == "" {
				agent, err := agentOf(f.config, cmd.Flags().Changed("config"))
				if err != nil {
					return err
				}
				f.stateDir, f.listen = agent.StateDir, agent.Listen
			}
			return showStatus(cmd.Context(), cmd.OutOrStdout(), f)
		}),
	}
	configFlag(cmd, &f.config)
	cmd.Flags().StringVar(&f.stateDir, "state-dir", "", "the agent's state `DIR`, instead of the configuration's")
	cmd.Flags().BoolVar(&f.json, "json", false, "print everything, as JSON")
	cmd.Flags().BoolVar(&f.all, "all", false, "print every file, not only the 20 of each route that lag most")
	cmd.MarkFlagsMutuallyExclusive("config", "state-dir")
	return cmd
}

// agentOf tells where to ask the agent that runs by the configuration at path.
// Without any configuration it is the default.
func agentOf(path string, given bool) (config.Agent, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && !given {
		return config.Agent{StateDir: defaultStateDir}, nil
	}
	cfg, found := config.Load(path)
	if !found.HasErrors() {
		return cfg.Agent, nil
	}
	if err := found.Write(os.Stderr); err != nil {
		return config.Agent{}, err
	}
	return config.Agent{}, &failure{exitConfig, errors.New("the configuration is invalid; --state-dir DIR asks an agent that still runs")}
}

func showStatus(ctx context.Context, w io.Writer, f statusFlags) error {
	ctx, cancel := context.WithTimeout(ctx, statusTimeout)
	defer cancel()
	snapshot, err := status.Fetch(ctx, f.stateDir)
	if errors.Is(err, status.ErrNotRunning) {
		snapshot, err = status.FetchPort(ctx, f.listen, f.stateDir)
	}
	if errors.Is(err, status.ErrNotRunning) {
		return fmt.Errorf("no agent is running with the state directory %q\n"+
			"Start one:             shipper run --config %s\n"+
			"Or ask another agent:  shipper status --state-dir DIR", f.stateDir, f.config)
	}
	if err != nil {
		return err
	}
	if f.json {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(snapshot)
	}
	return status.WriteText(w, snapshot, status.TextOptions{All: f.all})
}
