package cli

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
)

// The exit codes.
const (
	exitOK = iota
	exitFailed
	exitUsage
	exitConfig
	exitLocked
	exitPending
)

// defaultConfig is the configuration of an agent that was installed as a
// package.
const defaultConfig = "/etc/shipper/shipper.hcl"

// failure is what a verb ends with when its exit code is not 0. An err of nil
// means that everything has been said already.
type failure struct {
	code int
	err  error
}

func (f *failure) Error() string {
	if f.err == nil {
		return fmt.Sprintf("exit code %d", f.code)
	}
	return f.err.Error()
}

func (f *failure) Unwrap() error { return f.err }

// Main runs the verb that args name and returns the exit code of the process.
func Main(args []string) int {
	root := Command()
	root.SetArgs(args)
	command, err := root.ExecuteC()
	if err == nil {
		return exitOK
	}
	var f *failure
	if !errors.As(err, &f) { // a verb's errors are failures; the others are cobra's
		fmt.Fprintf(os.Stderr, "shipper: %v\nTry: %s --help\n", err, command.CommandPath())
		return exitUsage
	}
	if f.err != nil {
		fmt.Fprintf(os.Stderr, "shipper: %v\n", f.err)
	}
	return f.code
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
	root.AddCommand(newInit(), newFmt(), newRun(), newReload(), newCheck(), newStatus(), newTop(), newExplain(), newTail(), newDrain(), newReplay(), newVerify(), newCheckpoint(), newTopics(), newQuarantine(), newVersion())
	return root
}

// verb is verbOf for a function that needs no arguments.
func verb(run func(*cobra.Command) error) func(*cobra.Command, []string) error {
	return verbOf(func(cmd *cobra.Command, _ []string) error { return run(cmd) })
}

// verbOf makes errors of a verb's function failures of code 1, unless they are
// failures already.
func verbOf(run func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		err := run(cmd, args)
		var f *failure
		if err == nil || errors.As(err, &f) {
			return err
		}
		return &failure{exitFailed, err}
	}
}

// configFlag adds the flag that the verbs share.
func configFlag(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVar(path, "config", defaultConfig, "the main configuration `FILE`; conf.d/*.hcl beside it is read, too")
}
