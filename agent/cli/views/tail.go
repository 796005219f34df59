package views

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"shipper/agent/cli/verb"
	"shipper/agent/config"
	"shipper/agent/match"
	"shipper/agent/parts"
	"shipper/agent/preview"
)

type tailFlags struct {
	config, input  string
	lines          int
	all, noFollow  bool
	stdout, stderr io.Writer
}

// Tail is the verb tail.
func Tail() *cobra.Command {
	var f tailFlags
	cmd := &cobra.Command{
		Use:   "tail FILE",
		Short: "Show live what of one file would be shipped",
		Long: `Show the records that one file gives, as they are written: cut and filtered as
the configuration says, one in a line. It begins with the last lines of the file,
and ends with a signal. Nothing is shipped and no offset moves; an agent that
ships the file is not disturbed.

What belongs to every record (output, topic, key, headers) is written to standard
error first, and at the end how many records were left out by include and
exclude. Records that a terminal can't show as they are, are quoted.`,
		Example: `  shipper tail /var/log/web.log
  shipper tail --config ./shipper.hcl --all --no-follow /var/log/web.log | grep -c .`,
		Args: cobra.ExactArgs(1),
		RunE: verb.Run(func(cmd *cobra.Command) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGTERM, syscall.SIGINT)
			defer stop()
			f.stdout, f.stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
			return runTail(ctx, cmd.Flags().Arg(0), &f)
		}),
	}
	verb.ConfigFlag(cmd, &f.config)
	cmd.Flags().StringVar(&f.input, "input", "", "the input `LABEL` whose settings count, if several take the file (default: the first)")
	cmd.Flags().IntVarP(&f.lines, "lines", "n", 10, "begin with the last `N` lines")
	cmd.Flags().BoolVar(&f.all, "all", false, "begin with the start of the file")
	cmd.Flags().BoolVar(&f.noFollow, "no-follow", false, "end at the end of the file")
	return cmd
}

func runTail(ctx context.Context, name string, f *tailFlags) error {
	cfg, err := verb.Configured(f.config)
	if err != nil {
		return err
	}
	path, err := filepath.Abs(name)
	if err != nil {
		return err
	}
	in, verdict, err := taker(cfg, path, f)
	if err != nil {
		return err
	}
	about, err := preview.About(in, verdict.Topic, verdict.Vars)
	if err != nil {
		return err
	}
	cutting, err := parts.Cutting(in)
	if err != nil {
		return err
	}
	fmt.Fprintln(f.stderr, about)
	p := preview.Preview{Path: path, Split: &cutting, Lines: f.lines, Follow: !f.noFollow}
	if f.all {
		p.Lines = -1
	}
	r, err := p.Run(ctx, f.stdout)
	if r.Filtered > 0 {
		fmt.Fprintf(f.stderr, "%s left out by include and exclude\n", verb.Plural(r.Filtered, "record"))
	}
	if r.Unfinished > 0 {
		fmt.Fprintf(f.stderr, "the last line has no newline yet, %d bytes of it wait\n", r.Unfinished)
	}
	return err
}

// taker is the input that takes the file.
func taker(cfg *config.Config, path string, f *tailFlags) (*config.Input, *match.Verdict, error) {
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	for _, in := range cfg.Inputs {
		if f.input != "" && in.Label != f.input {
			continue
		}
		if v := match.Judge(in, path, host); v.Takes {
			return in, &v, nil
		}
	}
	which := "no input"
	if f.input != "" {
		which = fmt.Sprintf("no input %q", f.input)
	}
	return nil, nil, fmt.Errorf("%s takes %q; \"shipper explain\" says why", which, path)
}
