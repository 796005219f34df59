package views

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"shipper/agent/cli/verb"
	"shipper/agent/config"
	"shipper/agent/explain"
	"shipper/agent/status"
	"shipper/agent/top"
	"shipper/agent/top/model"
)

type topFlags struct {
	statusFlags
	view, sort, filter, logrotate string
	every                         time.Duration
	once                          bool
}

// Top is the verb top.
func Top() *cobra.Command {
	f := topFlags{}
	cmd := &cobra.Command{
		Use:   "top",
		Short: "Watch a running agent live: routes, files, lanes, brokers",
		Long: `Show live what the running agent does, on a terminal of at least 40 columns and
10 lines: its routes with lag, rate and runway; its files, those first that lag
most; the partitions that its lanes serve; its outputs with their brokers, and
what is put aside by a failover. The keys are shown at the bottom, and all of them
by ?: 1 to 4 or Tab choose what is shown, s sorts files, / filters, Enter goes
from a route to its files and from a file to what "shipper explain" says of it.

The agent is asked as by "shipper status", every two seconds (--interval), and less
often the longer it takes to answer. Rates are of the time between two looks.

With --once, or where there is no terminal, it looks twice and prints one screen.`,
		Example: `  shipper top
  shipper top --config ./shipper.hcl --view files --sort slow
  shipper top --once --view outputs
  ssh -t web-1 shipper top`,
		Args: cobra.NoArgs,
		RunE: verb.Run(func(cmd *cobra.Command) error { return runTop(cmd, &f) }),
	}
	verb.ConfigFlag(cmd, &f.config)
	verb.LogrotateFlag(cmd, &f.logrotate)
	cmd.Flags().StringVar(&f.stateDir, "state-dir", "", "the agent's state `DIR`, instead of the configuration's")
	cmd.Flags().StringVar(&f.view, "view", "routes", "begin with `VIEW`: "+strings.Join(model.ViewNames(), ", "))
	cmd.Flags().StringVar(&f.sort, "sort", "lag", "sort files by `ORDER`: "+strings.Join(model.OrderNames(), ", "))
	cmd.Flags().StringVar(&f.filter, "filter", "", "show only rows that contain `TEXT`")
	cmd.Flags().DurationVar(&f.every, "interval", 2*time.Second, "the least `TIME` between two looks, a tenth of a second at least")
	cmd.Flags().BoolVar(&f.once, "once", false, "print one screen and end")
	cmd.MarkFlagsMutuallyExclusive("config", "state-dir")
	return cmd
}

func runTop(cmd *cobra.Command, f *topFlags) error {
	view, noView := model.ViewNamed(f.view)
	order, noOrder := model.OrderNamed(f.sort)
	if err := errors.Join(noView, noOrder); err != nil {
		return verb.Fail(verb.Usage, err)
	}
	if err := f.find(cmd); err != nil {
		return err
	}
	c := top.Config{
		Every:   max(f.every, 100*time.Millisecond),
		Explain: f.explain,
		Fetch: func(ctx context.Context) (*status.Snapshot, error) {
			s, err := f.fetch(ctx)
			return s, f.sayNone(err)
		},
	}
	if cmd.Flags().Changed("state-dir") {
		c.Explain = func(context.Context, string) (string, error) {
			return "", errors.New("files are explained by the agent's configuration: give --config in place of --state-dir")
		}
	}
	width, height := top.Size(os.Stdout)
	m := model.New(view, width, height)
	m.Order, m.Filter = order, f.filter
	if f.once || !top.IsTerminal(os.Stdin, os.Stdout) {
		return top.Once(cmd.Context(), m, c, cmd.OutOrStdout())
	}
	if _, err := c.Fetch(cmd.Context()); err != nil {
		return err // on the usual screen, where it stays
	}
	return top.Run(cmd.Context(), m, c, os.Stdin, os.Stdout)
}

// explain is what `shipper explain` says. It needs a configuration, which is read
// each time, as it may have changed.
func (f *topFlags) explain(ctx context.Context, path string) (string, error) {
	cfg, found := config.Load(f.config)
	var text bytes.Buffer
	if found.HasErrors() {
		return "", fmt.Errorf("the configuration is invalid: shipper check --config %s says where", f.config)
	}
	err := explain.Look(ctx, cfg, f.logrotate).Explain(path).Write(&text)
	return text.String(), err
}
