package setup

import (
	_ "embed" // the starter
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"shipper/agent/cli/verb"
)

// starter is what init writes.
//
//go:embed starter.hcl
var starter []byte

// Init is the verb init.
func Init() *cobra.Command {
	return &cobra.Command{
		Use:   "init [FILE]",
		Short: "Write a commented configuration to start from",
		Long: `Write a configuration to start from, with comments, to FILE or to
/etc/shipper/shipper.hcl. A file that is there is left alone.

"shipper check" then says what is still to be filled in.`,
		Example: `  shipper init ./shipper.hcl
  shipper check --config ./shipper.hcl`,
		Args: cobra.MaximumNArgs(1),
		RunE: verb.RunArgs(func(cmd *cobra.Command, args []string) error {
			path := verb.DefaultConfig
			if len(args) > 0 {
				path = args[0]
			}
			return writeStarter(cmd, path)
		}),
	}
}

func writeStarter(cmd *cobra.Command, path string) error {
	if err := os.MkdirAll(filepath.Join(filepath.Dir(path), "conf.d"), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already, and is left alone", path)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(starter)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), `%[1]s is written. Next:
  1. name your logs, your brokers and a topic in it
  2. shipper check --config %[1]s
  3. shipper run   --config %[1]s
`, path)
	return err
}
