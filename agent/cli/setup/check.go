package setup

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"shipper/agent/check"
	"shipper/agent/cli/verb"
	"shipper/agent/config"
	"shipper/agent/explain"
	"shipper/agent/status"
	"shipper/outputs"
)

// checkTimeout bounds everything that check asks brokers.
const checkTimeout = 30 * time.Second

type checkFlags struct {
	config, logrotate  string
	offline, reference bool
}

// Check is the verb check.
func Check() *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check configuration, files, brokers and topics",
		Long: `Check everything that can be checked without shipping anything: the syntax and
meaning of the configuration, the files that each input matches, whether brokers
can be reached and let us in, whether topics are as durable as the configuration
expects, and whether logrotate's configuration can lose lines. It changes nothing
and may run beside an agent; run it as the agent's user, so that it may read what
the agent may.

It ends with 3 if the configuration is invalid, 1 if it found problems, and 0 if
it found nothing worse than warnings.`,
		Example: `  shipper check
  shipper check --config ./shipper.hcl
  shipper check --offline     # without asking brokers
  shipper check --reference   # every key of the configuration, with its default`,
		Args: cobra.NoArgs,
		RunE: verb.Run(func(cmd *cobra.Command) error {
			if f.reference {
				return config.Reference(cmd.OutOrStdout())
			}
			return checkAll(cmd.Context(), cmd.OutOrStdout(), f)
		}),
	}
	verb.ConfigFlag(cmd, &f.config)
	verb.LogrotateFlag(cmd, &f.logrotate)
	cmd.Flags().BoolVar(&f.offline, "offline", false, "ask no brokers")
	cmd.Flags().BoolVar(&f.reference, "reference", false, "print the reference of the configuration, and check nothing")
	return cmd
}

func checkAll(ctx context.Context, w io.Writer, f checkFlags) error {
	cfg, found := config.Load(f.config)
	if err := found.Write(w); err != nil {
		return err
	}
	var sum tally
	for _, d := range found {
		if d.Severity == config.Error {
			sum.problems++
		} else {
			sum.warnings++
		}
	}
	if found.HasErrors() {
		fmt.Fprintf(w, "\nThe configuration is invalid: %s.\n", &sum)
		return verb.Fail(verb.BadConfig, nil)
	}
	if len(found) > 0 {
		fmt.Fprintln(w)
	}
	for _, file := range cfg.Files {
		fmt.Fprintf(w, "ok       configuration %s\n", status.Printable(file))
	}
	whole := cfg
	if f.offline {
		cfg = withoutNetwork(cfg)
	}
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	rotation := explain.Rotation(explain.Look(ctx, whole, f.logrotate)) // before brokers may use up the time
	for _, finding := range append(check.Run(ctx, cfg), rotation...) {
		sum.add(finding.Severity)
		writeFinding(w, finding)
	}
	_, err := fmt.Fprintf(w, "\n%s%s.\n", strings.ToUpper(sum.String()[:1]), sum.String()[1:])
	if err == nil && sum.problems > 0 {
		return verb.Fail(verb.Failed, nil)
	}
	return err
}

// withoutNetwork is the configuration without outputs that are reached over the
// network.
func withoutNetwork(cfg *config.Config) *config.Config {
	local := *cfg
	local.Outputs = nil
	for _, o := range cfg.Outputs {
		if o.Kafka == nil {
			local.Outputs = append(local.Outputs, o)
		}
	}
	return &local
}

// writeFinding prints a finding. Topics and paths in it come from file names;
// an error of w shows in the summary's.
func writeFinding(w io.Writer, f outputs.Finding) {
	word := "ok"
	switch f.Severity {
	case outputs.Warning:
		word = "warning"
	case outputs.Problem:
		word = "problem"
	case outputs.OK:
	}
	fmt.Fprintf(w, "%-8s %s: %s\n", word, status.Printable(f.Subject), status.Printable(f.Message))
	if f.Cure != "" {
		fmt.Fprintf(w, "         → %s\n", status.Printable(f.Cure))
	}
	if f.Table == nil {
		return
	}
	out := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for _, row := range f.Table {
		for i, cell := range row {
			row[i] = status.Printable(cell)
		}
		fmt.Fprintf(out, "         %s\n", strings.Join(row, "\t"))
	}
	_ = out.Flush()
}

// tally counts what check found.
type tally struct{ problems, warnings int }

func (t *tally) add(s outputs.Severity) {
	switch s {
	case outputs.Problem:
		t.problems++
	case outputs.Warning:
		t.warnings++
	case outputs.OK:
	}
}

func (t *tally) String() string {
	return verb.Plural(t.problems, "problem") + ", " + verb.Plural(t.warnings, "warning")
}
