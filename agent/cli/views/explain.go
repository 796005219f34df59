package views

import (
	"context"
	"path/filepath"

	"github.com/spf13/cobra"

	"shipper/agent/cli/verb"
	"shipper/agent/explain"
)

// Explain is the verb explain.
func Explain() *cobra.Command {
	var configPath, rotation string
	cmd := &cobra.Command{
		Use:   "explain FILE",
		Short: "Say whether and why one file is shipped, how far, and what hinders",
		Long: `Say everything about one file: which inputs take it and why the others do not;
what it is known by, and whether it still holds the bytes that prove it; every
generation of its log with each route's offset, from the running agent or else
from the state directory; what it waits for at this moment; and whether
logrotate's configuration for it can lose lines.

It changes nothing. Run it as the agent's user or root, so that it may read what
the agent may. It ends with 1 if no input ships the file.`,
		Example: `  shipper explain /var/log/web.log
  shipper explain --config ./shipper.hcl /var/log/web.log.1`,
		Args: cobra.ExactArgs(1),
		RunE: verb.Run(func(cmd *cobra.Command) error {
			cfg, err := verb.Configured(configPath)
			if err != nil {
				return err
			}
			path, err := filepath.Abs(cmd.Flags().Arg(0))
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), statusTimeout)
			defer cancel()
			e := explain.Look(ctx, cfg, rotation).Explain(path)
			if err := e.Write(cmd.OutOrStdout()); err != nil {
				return err
			}
			if !e.Taken() {
				return verb.Fail(verb.Failed, nil)
			}
			return nil
		}),
	}
	verb.ConfigFlag(cmd, &configPath)
	verb.LogrotateFlag(cmd, &rotation)
	return cmd
}
