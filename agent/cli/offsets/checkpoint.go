package offsets

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"shipper/agent"
	"shipper/agent/cli/verb"
	"shipper/agent/status"
	"shipper/checkpoint"
	"shipper/checkpoint/edit"
)

// Checkpoint is the verb checkpoint.
func Checkpoint() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "checkpoint",
		Short: "Look at the stored offsets, copy them, or change them by hand",
		Long: `The state directory holds how far each file was shipped on each route. list and
export read it, also beside a running agent. import, adopt and reset change it
and need it for themselves: while an agent runs they end with 4 and change
nothing.`,
		Example: `  shipper checkpoint list
  shipper checkpoint export > shipper-state.jsonl`,
		Args: cobra.NoArgs,
		RunE: verb.Run(func(cmd *cobra.Command) error { return cmd.Help() }),
	}
	cmd.AddCommand(newCheckpointList(), newCheckpointExport(), newCheckpointImport(), newCheckpointAdopt(), newCheckpointReset())
	return cmd
}

func newCheckpointList() *cobra.Command {
	var f verb.StateFlags
	return f.Add(&cobra.Command{
		Use:   "list",
		Short: "List every known file and the offset of each route",
		Long: `List what the state directory holds: the routes, and for each log its
generations, oldest first, with the offset up to which each route's output has
acknowledged them. Beside a running agent the last moments may be missing.`,
		Example: `  shipper checkpoint list
  shipper checkpoint list --state-dir /var/lib/shipper`,
		Args: cobra.NoArgs,
		RunE: verb.Run(func(cmd *cobra.Command) error {
			s, err := readState(cmd, &f)
			if err != nil {
				return err
			}
			return listState(cmd.OutOrStdout(), s)
		}),
	})
}

func newCheckpointExport() *cobra.Command {
	var f verb.StateFlags
	return f.Add(&cobra.Command{
		Use:   "export",
		Short: "Write the whole state as lines of JSON",
		Long: `Write the whole state to standard output as lines of JSON: a first line with
the format's version (1), one line for each route, generation and chosen
partition, and a last line with their numbers, without which import refuses it.
It is for backups, for moving an agent with its files, and for programs that
want to know offsets.

Restoring an old export makes files be shipped again from the offsets in it. It
never makes lines be left out: offsets count only for a file that holds the same
bytes before them.`,
		Example: `  shipper checkpoint export > shipper-state.jsonl
  shipper checkpoint export | jq -r '.generation | select(.) | .path'`,
		Args: cobra.NoArgs,
		RunE: verb.Run(func(cmd *cobra.Command) error {
			s, err := readState(cmd, &f)
			if err != nil {
				return err
			}
			host, err := os.Hostname()
			if err != nil {
				host = ""
			}
			return edit.Write(cmd.OutOrStdout(), s, host, time.Now())
		}),
	})
}

// readState reads the state without its lock.
func readState(cmd *cobra.Command, f *verb.StateFlags) (checkpoint.State, error) {
	dir, err := f.Dir(cmd)
	if err != nil {
		return checkpoint.State{}, err
	}
	s, err := checkpoint.Read(dir)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("there is no state in the directory %q", dir)
	}
	return s, err
}

func listState(w io.Writer, s checkpoint.State) error {
	p := func(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }
	for _, id := range slices.Sorted(maps.Keys(s.Routes)) {
		r := s.Routes[id]
		to := r.Destination
		if r.Cluster != "" {
			to += ", cluster " + r.Cluster
		}
		p("route %s, to %s", status.Printable(nameOf(r)), status.Printable(to))
	}
	stream := ""
	for i, g := range edit.Generations(s) {
		if i == 0 || g.Stream != stream {
			stream = g.Stream
			p("\nlog %s", status.Printable(stream))
		}
		p("  %016x  %s, inode %d", g.ID, status.Printable(g.Path), g.Inode)
		for _, id := range slices.Sorted(maps.Keys(g.Watermarks)) {
			p("    %s: %d", status.Printable(nameOf(s.Routes[id])), g.Watermarks[id].Offset)
		}
	}
	_, err := fmt.Fprintf(w, "\n%s, %s.\n", verb.Plural(len(s.Routes), "route"), verb.Plural(len(s.Generations), "generation"))
	return err
}

func nameOf(r checkpoint.Route) string { return r.Input + " → " + r.Output }

// cutRoute reads a route as people write it: input:kind.label, or with the arrow
// that status and list show.
func cutRoute(text string) (input, output string, err error) {
	for _, arrow := range []string{"→", "->", ":"} {
		if input, output, ok := strings.Cut(text, arrow); ok {
			return strings.TrimSpace(input), strings.TrimSpace(output), nil
		}
	}
	return "", "", verb.Fail(verb.Usage, fmt.Errorf("%q is no route: write INPUT:KIND.LABEL, such as web:kafka.events", text))
}

// findRoute finds a route of the state by what people wrote.
func findRoute(s checkpoint.State, text string) (checkpoint.Route, error) {
	input, output, err := cutRoute(text)
	if err != nil {
		return checkpoint.Route{}, err
	}
	if r, ok := edit.FindRoute(s, input, output); ok {
		return r, nil
	}
	return checkpoint.Route{}, fmt.Errorf("the state knows no route %s → %s; \"shipper checkpoint list\" shows those it knows", input, output)
}

// changeState opens the state for itself, asks what is to be changed, and changes
// it in one commit.
func changeState(dir string, f func(checkpoint.State) (*checkpoint.Changes, error)) (err error) {
	if err := verb.BecomeOwner(dir); err != nil {
		return err
	}
	log, _ := verb.NewLogger(os.Stderr, "text", "warn")
	store, err := checkpoint.Open(dir, checkpoint.Options{Log: log})
	if errors.Is(err, agent.ErrLocked) {
		return verb.Fail(verb.Locked, fmt.Errorf("nothing changed: an agent is running on %q: %w\n"+
			"Stop it first; list, export, explain and status work beside it", dir, err))
	}
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := store.Close(); err == nil && closeErr != nil {
			err = fmt.Errorf("the change may be lost: %w", closeErr)
		}
	}()
	if r := store.Report(); r.Unlocked {
		return fmt.Errorf("nothing changed: the state in %q can't be written: %s", dir, strings.Join(r.Problems, "; "))
	}
	changes, err := f(store.State())
	if err == nil && changes != nil {
		store.Commit(changes)
		err = store.Health()
	}
	return err
}
