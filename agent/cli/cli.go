package cli

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"shipper/agent/cli/offsets"
	"shipper/agent/cli/records"
	"shipper/agent/cli/service"
	"shipper/agent/cli/setup"
	"shipper/agent/cli/verb"
	"shipper/agent/cli/views"
)

// Main runs the verb that args name and returns the exit code of the process.
func Main(args []string) int {
	root := Command()
	root.SetArgs(args)
	command, err := root.ExecuteC()
	if err == nil {
		return verb.OK
	}
	var f *verb.Failure
	if !errors.As(err, &f) { // a verb's errors are failures; the others are cobra's
		fmt.Fprintf(os.Stderr, "shipper: %v\nTry: %s --help\n", err, command.CommandPath())
		return verb.Usage
	}
	if f.Err != nil {
		fmt.Fprintf(os.Stderr, "shipper: %v\n", f.Err)
	}
	return f.Code
}

// Command is the tree of all verbs, with their help: for [Main], and for whoever
// makes pages and completions of it.
func Command() *cobra.Command {
	root := &cobra.Command{
		Use:   "shipper",
		Short: "Ships log files to Kafka and loses nothing on the way",
		Long: `shipper follows log files through rotation and restarts and delivers every
line to Kafka at least once. The file is the queue: an offset moves only when
the brokers have acknowledged what is before it.

Exit codes:
  0  done; for check: nothing worse than warnings
  1  failed; for check: problems found; for explain: no input ships the file;
     for drain: something is left; for verify: something is missing
  2  the command line is wrong
  3  the configuration is invalid
  4  another agent holds the state directory
  5  topics plan: there are changes to make`,
		Example: `  shipper check --config /etc/shipper/shipper.hcl   # is everything as it should be?
  shipper run --config /etc/shipper/shipper.hcl     # ship until SIGTERM
  shipper status                                    # how far has it got?`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(
		setup.Init(), setup.Fmt(), setup.Check(), setup.Topics(),
		service.Run(versionName()), service.Reload(), service.Drain(),
		views.Status(), views.Top(), views.Explain(), views.Tail(),
		records.Verify(), records.Replay(), records.Quarantine(),
		offsets.Checkpoint(), newVersion(),
	)
	return root
}
