package offsets

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"shipper/agent/cli/verb"
	"shipper/agent/explain/look"
	"shipper/agent/host"
	"shipper/agent/routes"
	"shipper/agent/status"
	"shipper/checkpoint"
	"shipper/checkpoint/edit"
)

func newCheckpointImport() *cobra.Command {
	var f verb.StateFlags
	var replace bool
	cmd := f.Add(&cobra.Command{
		Use:   "import FILE",
		Short: "Put an export in the place of the state",
		Long: `Read what "shipper checkpoint export" wrote ("-" is standard input), and make it
the state, all of it or nothing. A state that is there already is replaced only
with --replace. The state directory must exist; the agent must not run.`,
		Example: `  shipper checkpoint import shipper-state.jsonl
  ssh old shipper checkpoint export | shipper checkpoint import - --replace`,
		Args: cobra.ExactArgs(1),
		RunE: verb.Run(func(cmd *cobra.Command) error {
			dir, err := f.Dir(cmd)
			if err != nil {
				return err
			}
			next, err := readExport(cmd.InOrStdin(), cmd.Flags().Arg(0))
			if err != nil {
				return err
			}
			err = changeState(dir, func(old checkpoint.State) (*checkpoint.Changes, error) {
				if n := len(old.Generations) + len(old.Routes); n > 0 && !replace {
					return nil, fmt.Errorf("nothing changed: %q holds a state already, of %s and %s; keep it with "+
						"\"shipper checkpoint export\", and put the other in its place with --replace",
						dir, verb.Plural(len(old.Routes), "route"), verb.Plural(len(old.Generations), "generation"))
				}
				return edit.Replace(old, next), nil
			})
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "imported %s, %s\n",
				verb.Plural(len(next.Routes), "route"), verb.Plural(len(next.Generations), "generation"))
			return err
		}),
	})
	cmd.Flags().BoolVar(&replace, "replace", false, "replace the state that is there")
	return cmd
}

func readExport(stdin io.Reader, name string) (checkpoint.State, error) {
	if name == "-" {
		return edit.Parse(stdin)
	}
	file, err := os.Open(name)
	if err != nil {
		return checkpoint.State{}, err
	}
	defer file.Close()
	return edit.Parse(file)
}

type adoptFlags struct {
	verb.StateFlags
	cloned      bool
	moved       bool
	route, from string
}

func newCheckpointAdopt() *cobra.Command {
	var f adoptFlags
	cmd := &cobra.Command{
		Use:   "adopt",
		Short: "Make a copied state this host's own, or say that offsets count for a route",
		Long: `adopt is for cases in which shipper can't know what is meant.

--cloned: the state directory came to this host with a copy of the disk (an image,
a snapshot of a virtual machine), and the original goes on working, too. Both
would give lines that are written from now on the same ids, so that consumers
which drop duplicates drop the other host's lines. adopt gives every known file
another id, made from this host's agent id. Offsets stay. An agent that starts on
such a copy does the same by itself, if it can tell the hosts from each other.

--moved: the state came here for good, with the files, and the original is gone.
The ids stay as they are. Run it before the agent starts here for the first time.

--route NEW --from OLD: an output was renamed and leads to another place, so that
the route begins with nothing and would ship every file from its start. What the
old route has shipped then counts as shipped by the new one: it goes on from
there, and what was shipped before is only at the old place.

--route ROUTE: another Kafka cluster answers than the one that acknowledged what
the route has shipped, and the route waits, as status says. Its offsets then count
for whichever cluster answers next: it goes on from there. That is right if the
new cluster holds a copy of those lines, or is not to have them. To ship all that
is still on disk to it, use "shipper checkpoint reset --all --route ROUTE".`,
		Example: `  shipper checkpoint adopt --cloned
  shipper checkpoint adopt --route web:kafka.events
  shipper checkpoint adopt --route web:kafka.new --from web:kafka.old`,
		Args: cobra.NoArgs,
		RunE: verb.Run(func(cmd *cobra.Command) error {
			cfg, err := verb.Configured(f.Config)
			if err != nil {
				return err
			}
			if f.StateDir == "" {
				f.StateDir = cfg.Agent.StateDir
			}
			if f.cloned || f.moved {
				return adoptState(cmd.OutOrStdout(), f.StateDir, cfg.Agent.ID, f.moved)
			}
			return adoptRoute(cmd.OutOrStdout(), &f, routes.Configured(cfg))
		}),
	}
	verb.ConfigFlag(cmd, &f.Config)
	cmd.Flags().StringVar(&f.StateDir, "state-dir", "", "the agent's state `DIR`, instead of the configuration's")
	cmd.Flags().BoolVar(&f.cloned, "cloned", false, "the state is a copy, the original is in use elsewhere")
	cmd.Flags().BoolVar(&f.moved, "moved", false, "the state was moved here, the original is gone")
	cmd.Flags().StringVar(&f.route, "route", "", "the configured route `INPUT:OUTPUT` that takes offsets over")
	cmd.Flags().StringVar(&f.from, "from", "", "the route `INPUT:OUTPUT` of the state that has them (default: the same)")
	cmd.MarkFlagsMutuallyExclusive("cloned", "moved", "route")
	cmd.MarkFlagsMutuallyExclusive("cloned", "moved", "from")
	cmd.MarkFlagsOneRequired("cloned", "moved", "route")
	return cmd
}

func adoptState(w io.Writer, dir, configuredID string, moved bool) error {
	id, _ := host.ID(configuredID)
	machine := host.Look() // while we may still be root
	n, what := 0, "new ids, the same offsets"
	err := changeState(dir, func(s checkpoint.State) (*checkpoint.Changes, error) {
		n = len(s.Generations)
		if moved {
			what = "they stay as they are"
			return host.Keep(checkpoint.Owner{Salt: s.Owner.Salt}, id, machine), nil
		}
		return host.Renew(s, id, machine), nil
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s of agent %s: %s\n", verb.Plural(n, "generation"), status.Printable(id), what)
	return err
}

func adoptRoute(w io.Writer, f *adoptFlags, configured []checkpoint.Route) error {
	input, output, err := cutRoute(f.route)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(configured, func(r checkpoint.Route) bool { return r.Input == input && r.Output == output })
	if i < 0 {
		return fmt.Errorf("the configuration has no route %s → %s", input, output)
	}
	to := configured[i]
	if f.from == "" {
		f.from = f.route
	}
	var said string
	err = changeState(f.StateDir, func(s checkpoint.State) (*checkpoint.Changes, error) {
		from, err := findRoute(s, f.from)
		if err != nil {
			return nil, err
		}
		if known, ok := edit.FindRoute(s, to.Input, to.Output); ok {
			to.ID = known.ID
		}
		c, generations, bytes := edit.TakeOver(s, to, from.ID)
		said = fmt.Sprintf("%s, to %s: takes over %s of %s, and will not ship their first %s",
			nameOf(to), to.Destination, verb.Plural(generations, "generation"), nameOf(from), verb.Amount(bytes))
		if from.ID == to.ID {
			said = nameOf(to) + ": its offsets count for " + to.Destination + " now, whichever cluster answers there; before for " + from.Destination
			if from.Cluster != "" {
				said += ", cluster " + from.Cluster
			}
		}
		return c, nil
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(w, status.Printable(said))
	return err
}

func newCheckpointReset() *cobra.Command {
	var f verb.StateFlags
	var route string
	var all bool
	cmd := f.Add(&cobra.Command{
		Use:   "reset FILE",
		Short: "Ship one file again from its start, or all of a route",
		Long: `Set the offsets of one file to 0, on all routes or on one, so that the agent
ships it again from its start when it runs the next time; the lines have the same
ids as before. FILE is the path of the file, now or when it was last seen, or the
id of a generation as list shows it. It tells how many bytes are read again.

--all --route ROUTE does the same for every file of one route, and lets it ship to
whichever Kafka cluster answers next: for a cluster that was set up anew, or
restored from a backup. Files that are gone can't be shipped again.`,
		Example: `  shipper checkpoint reset /var/log/web.log
  shipper checkpoint reset /var/log/web.log.1 --route web:kafka.events
  shipper checkpoint reset 00c0ffee00c0ffee
  shipper checkpoint reset --all --route web:kafka.events`,
		Args: func(cmd *cobra.Command, args []string) error {
			if all {
				return cobra.NoArgs(cmd, args)
			}
			return cobra.ExactArgs(1)(cmd, args)
		},
		RunE: verb.Run(func(cmd *cobra.Command) error {
			if all && route == "" {
				return verb.Fail(verb.Usage, errors.New("--all is for one route: say which with --route"))
			}
			dir, err := f.Dir(cmd)
			if err != nil {
				return err
			}
			if all {
				return changeState(dir, func(s checkpoint.State) (*checkpoint.Changes, error) {
					return resetRoute(cmd.OutOrStdout(), s, route)
				})
			}
			name := cmd.Flags().Arg(0)
			inode := look.Inode(name) // while we may still be root
			return changeState(dir, func(s checkpoint.State) (*checkpoint.Changes, error) {
				return reset(cmd.OutOrStdout(), s, name, route, inode)
			})
		}),
	})
	cmd.Flags().StringVar(&route, "route", "", "only this route, `INPUT:OUTPUT`")
	cmd.Flags().BoolVar(&all, "all", false, "every file of the route")
	return cmd
}

func resetRoute(w io.Writer, s checkpoint.State, route string) (*checkpoint.Changes, error) {
	r, err := findRoute(s, route)
	if err != nil {
		return nil, err
	}
	changes, generations, bytes := edit.ResetRoute(s, r.ID)
	_, err = fmt.Fprintf(w, "%s: %s of %s are read and shipped again, as far as they are still there\n",
		status.Printable(nameOf(r)), verb.Amount(bytes), verb.Plural(generations, "generation"))
	return changes, err
}

func reset(w io.Writer, s checkpoint.State, name, route string, inode look.IsFile) (*checkpoint.Changes, error) {
	g, err := findGeneration(s, name, inode)
	if err != nil {
		return nil, err
	}
	routes := slices.Sorted(maps.Keys(g.Watermarks))
	if route != "" {
		r, err := findRoute(s, route)
		if err != nil {
			return nil, err
		}
		routes = []checkpoint.RouteID{r.ID}
	}
	changes, again := edit.Reset(g, routes)
	if len(again) == 0 {
		return nil, errors.New("nothing changed: there is no offset to reset")
	}
	var total int64
	for _, id := range routes {
		total += again[id]
		fmt.Fprintf(w, "%s: %s of %s are read and shipped again\n",
			status.Printable(nameOf(s.Routes[id])), verb.Amount(again[id]), status.Printable(g.Path))
	}
	_, err = fmt.Fprintf(w, "in all %s\n", verb.Amount(total))
	return changes, err
}

// findGeneration finds the one generation that a path or id stands for: the file
// that is at the path now, else the one that was last seen there.
func findGeneration(s checkpoint.State, name string, inode look.IsFile) (*checkpoint.Generation, error) {
	path, err := filepath.Abs(name)
	if err != nil {
		return nil, err
	}
	for _, same := range []func(*checkpoint.Generation) bool{
		func(g *checkpoint.Generation) bool { return fmt.Sprintf("%016x", g.ID) == name },
		inode,
		func(g *checkpoint.Generation) bool { return g.Path == path },
	} {
		var found []*checkpoint.Generation
		for _, g := range edit.Generations(s) {
			if same(g) {
				found = append(found, g)
			}
		}
		// Of those that were in one inode, the newest is there now.
		slices.SortStableFunc(found, func(a, b *checkpoint.Generation) int { return int(b.Truncations) - int(a.Truncations) })
		switch {
		case len(found) == 1, len(found) > 1 && found[0].Inode == found[1].Inode && found[0].Truncations > found[1].Truncations:
			return found[0], nil
		case len(found) > 1:
			var ids []string
			for _, g := range found {
				ids = append(ids, fmt.Sprintf("%016x", g.ID))
			}
			return nil, fmt.Errorf("nothing changed: %q may be any of these generations, name one by its id: %s",
				name, strings.Join(ids, " "))
		}
	}
	return nil, fmt.Errorf("nothing changed: the state knows no file %q; \"shipper checkpoint list\" shows those it knows", name)
}
