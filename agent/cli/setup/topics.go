package setup

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"shipper/agent/cli/verb"
	"shipper/agent/parts"
	"shipper/agent/status"
)

// Topics is the verb topics.
func Topics() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "topics",
		Short: "Create and grow the topics that the configuration declares",
		Long: `Compare the blocks topic of the configuration with the cluster: plan says what
differs, apply makes it so. Topics that are not there are created, those with too
few partitions grow, and declared settings are set. Nothing is ever deleted or
made smaller, no copy of a partition is moved, and what is not declared stays as
it is.

With partitions_per_broker a topic grows with its cluster: after brokers were
added, plan shows the new partitions, and that the new brokers lead them. A
running agent gives them to new logs, and to those that it knew before as soon as
one has a pause or begins a new file, so that each log stays in order.`,
		Example: `  shipper topics plan
  shipper topics apply events`,
		Args: cobra.NoArgs,
		RunE: verb.Run(func(cmd *cobra.Command) error { return cmd.Help() }),
	}
	cmd.AddCommand(newTopicsPlan(), newTopicsApply())
	return cmd
}

func newTopicsPlan() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "plan [TOPIC...]",
		Short: "Say what apply would change",
		Long: `Say what apply would change, of the topics named or of all that are declared. The
cluster looks at each step as if it were to take it, so that one which it would
refuse is an error here already. Nothing is changed.

It ends with 0 if there is nothing to change, 5 if there is, and 1 if it failed
or a topic differs in a way that apply does not change.`,
		Example: `  shipper topics plan
  shipper topics plan events audit
  shipper topics plan || test $? -eq 5 && shipper topics apply`,
		RunE: verb.RunArgs(func(cmd *cobra.Command, names []string) error {
			return topics(cmd.Context(), cmd.OutOrStdout(), path, names, false)
		}),
	}
	verb.ConfigFlag(cmd, &path)
	return cmd
}

func newTopicsApply() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "apply [TOPIC...]",
		Short: "Make topics what is declared",
		Long: `Take the steps that plan shows, of the topics named or of all that are declared,
one after another. It ends at the first that the cluster refuses; apply goes on
from there when it is run again, and does nothing if there is nothing to do.

It ends with 0 if all was done, and 1 if it failed or a topic differs in a way
that apply does not change.`,
		Example: `  shipper topics apply
  shipper topics apply events`,
		RunE: verb.RunArgs(func(cmd *cobra.Command, names []string) error {
			return topics(cmd.Context(), cmd.OutOrStdout(), path, names, true)
		}),
	}
	verb.ConfigFlag(cmd, &path)
	return cmd
}

// topics plans, and applies if that is wanted.
func topics(ctx context.Context, w io.Writer, path string, names []string, apply bool) error {
	cfg, err := verb.Configured(path)
	if err != nil {
		return err
	}
	clusters, err := parts.Topics(cfg, names)
	if err != nil {
		return err
	}
	if len(clusters) == 0 {
		return errors.New("the configuration declares no topics; write, for example: topic \"events\" { partitions_per_broker = 4 }")
	}
	steps, differs := 0, 0
	for i := range clusters {
		c := &clusters[i]
		fmt.Fprintf(w, "output %s\n", c.Output)
		plan, err := c.Admin.Plan(ctx, c.Declared)
		if err != nil {
			return fmt.Errorf("output %s: %w", c.Output, err)
		}
		for _, n := range plan.Notes {
			word := "note"
			if n.Differs {
				word = "differs"
				differs++
			}
			fmt.Fprintf(w, "  %-8s topic %s: %s\n", word, n.Topic, status.Printable(n.Message))
			if n.Cure != "" {
				fmt.Fprintf(w, "           → %s\n", n.Cure)
			}
		}
		steps += len(plan.Steps)
		if !apply {
			for i := range plan.Steps {
				fmt.Fprintf(w, "  %-8s %s\n", "to do", status.Printable(plan.Steps[i].String()))
			}
			continue
		}
		err = c.Admin.Apply(ctx, plan, func(step string) { fmt.Fprintf(w, "  %-8s %s\n", "done", status.Printable(step)) })
		if err != nil {
			return fmt.Errorf("output %s: %w", c.Output, err)
		}
	}
	return concluded(w, steps, differs, apply)
}

// concluded is the last line, and the exit code.
func concluded(w io.Writer, steps, differs int, applied bool) error {
	switch {
	case steps == 0 && differs == 0:
		fmt.Fprintln(w, "\nAll topics are as declared.")
	case steps == 0:
		fmt.Fprintf(w, "\nNothing to do, but %s to be changed by hand.\n", verb.Plural(differs, "difference"))
	case applied:
		fmt.Fprintf(w, "\n%s.\n", verb.Plural(steps, "change"))
	default:
		fmt.Fprintf(w, "\n%s to make: shipper topics apply\n", verb.Plural(steps, "change"))
	}
	switch {
	case differs > 0:
		return verb.Fail(verb.Failed, nil)
	case steps > 0 && !applied:
		return verb.Fail(verb.Pending, nil)
	}
	return nil
}
