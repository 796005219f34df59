package verb

import (
	"errors"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"shipper/agent/config"
	"shipper/agent/logrotate"
)

// Where an agent that was installed as a package has its things.
const (
	DefaultConfig   = "/etc/shipper/shipper.hcl"
	defaultStateDir = "/var/lib/shipper" // without any configuration
)

// ConfigFlag adds the flag that names the configuration.
func ConfigFlag(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVar(path, "config", DefaultConfig, "the main configuration `FILE`; conf.d/*.hcl beside it is read, too")
}

// LogrotateFlag adds the flag that names logrotate's configuration.
func LogrotateFlag(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVar(path, "logrotate", logrotate.DefaultPath, "logrotate's configuration, a `FILE` or a directory of files")
}

// StateFlags name an agent by its state directory, or by its configuration.
type StateFlags struct{ Config, StateDir string }

// Add adds them to a verb.
func (f *StateFlags) Add(cmd *cobra.Command) *cobra.Command {
	ConfigFlag(cmd, &f.Config)
	cmd.Flags().StringVar(&f.StateDir, "state-dir", "", "the agent's state `DIR`, instead of the configuration's")
	cmd.MarkFlagsMutuallyExclusive("config", "state-dir")
	return cmd
}

// Dir is the state directory that is meant.
func (f *StateFlags) Dir(cmd *cobra.Command) (string, error) {
	if f.StateDir != "" {
		return f.StateDir, nil
	}
	a, err := AgentOf(f.Config, cmd.Flags().Changed("config"))
	return a.StateDir, err
}

// AgentOf tells where to ask the agent that runs by the configuration at path.
// Without any configuration it is the default, unless path was given.
func AgentOf(path string, given bool) (config.Agent, error) {
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
	return config.Agent{}, Fail(BadConfig, errors.New("the configuration is invalid; --state-dir DIR asks an agent that still runs"))
}

// Configured loads the configuration that a verb works by. Its mistakes are written
// to standard error.
func Configured(path string) (*config.Config, error) {
	cfg, found := config.Load(path)
	if !found.HasErrors() {
		return cfg, nil
	}
	if err := found.Write(os.Stderr); err != nil {
		return nil, err
	}
	return nil, Fail(BadConfig, errors.New("the configuration is invalid"))
}
