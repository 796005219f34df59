package verb

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

// The exit codes.
const (
	OK        = iota
	Failed    // or what was asked for is not so
	Usage     // the command line is wrong
	BadConfig // the configuration is invalid
	Locked    // another agent holds the state directory
	Pending   // there are changes to make
)

// Failure is what a verb ends with when its exit code is not OK.
type Failure struct {
	Code int
	Err  error // nil: everything has been said already
}

// Fail is a Failure.
func Fail(code int, err error) error { return &Failure{Code: code, Err: err} }

func (f *Failure) Error() string {
	if f.Err == nil {
		return fmt.Sprintf("exit code %d", f.Code)
	}
	return f.Err.Error()
}

func (f *Failure) Unwrap() error { return f.Err }

// Run is RunArgs for a function that needs no arguments.
func Run(run func(*cobra.Command) error) func(*cobra.Command, []string) error {
	return RunArgs(func(cmd *cobra.Command, _ []string) error { return run(cmd) })
}

// RunArgs makes errors of a verb's function failures of code Failed, unless they are
// failures already.
func RunArgs(run func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		err := run(cmd, args)
		var f *Failure
		if err == nil || errors.As(err, &f) {
			return err
		}
		return Fail(Failed, err)
	}
}
