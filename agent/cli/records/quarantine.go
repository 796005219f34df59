package records

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"shipper/agent/cli/verb"
	"shipper/agent/quarantine"
	"shipper/agent/status"
)

// Quarantine is the verb quarantine.
func Quarantine() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "quarantine",
		Short: "Look at records that Kafka never took, send them again, or drop them",
		Long: `A record that no broker will ever take, one larger than its topic allows, say, is
put into quarantine, so that the lines behind it can go on: a file in the state
directory, or what the block quarantine names. Here it can be looked at, sent
again once the cause is gone, or dropped. All of it works beside a running agent.

A quarantine topic is read from its first record to its last each time. It keeps
what was sent again or dropped until its retention ends; a record appended to it
says that those are out, and they are not listed any more.`,
		Example: `  shipper quarantine list
  shipper quarantine show 5f0c3a9be1d24476-1048576
  shipper quarantine resend --topic events
  shipper quarantine drop 5f0c3a9be1d24476-1048576`,
		Args: cobra.NoArgs,
		RunE: verb.Run(func(cmd *cobra.Command) error { return cmd.Help() }),
	}
	cmd.AddCommand(newQuarantineList(), newQuarantineShow(), newQuarantineResend(), newQuarantineDrop())
	return cmd
}

// quarantineFlags are what the verbs of quarantine share.
type quarantineFlags struct {
	config string
	all    bool
	quarantine.Selection
}

func (f *quarantineFlags) add(cmd *cobra.Command) {
	verb.ConfigFlag(cmd, &f.config)
	cmd.Flags().StringVar(&f.Output, "output", "", "only records of this output, such as kafka.`LABEL`")
	cmd.Flags().StringVar(&f.Topic, "topic", "", "only records that were for this `TOPIC`")
}

// named takes the ids of the command line. What changes something must be told
// what.
func (f *quarantineFlags) named(ids []string) error {
	if len(ids) > 0 {
		f.IDs = ids
	}
	chosen := f.IDs != nil || f.Output != "" || f.Topic != ""
	if f.all == chosen {
		return verb.Fail(verb.Usage, errors.New("name records by their ids, --topic or --output, or say --all"))
	}
	return nil
}

// places opens the quarantine as its owner.
func (f *quarantineFlags) places() (*quarantine.Places, error) {
	cfg, err := verb.Configured(f.config)
	if err != nil {
		return nil, err
	}
	places := quarantine.Open(cfg)
	for _, path := range places.Paths() {
		if _, err := os.Stat(path); err == nil {
			return places, verb.BecomeOwner(filepath.Dir(path))
		}
	}
	return places, nil
}

func newQuarantineList() *cobra.Command {
	var f quarantineFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the records in quarantine",
		Long: `List the records in quarantine, oldest first: the id by which the other commands
know them, when they came, what they were for, where they are from, and why they
were not taken. With --json each is a line of JSON with all there is to know, its
value in base64.`,
		Example: `  shipper quarantine list
  shipper quarantine list --topic events --json | jq -r .reason`,
		Args: cobra.NoArgs,
		RunE: verb.Run(func(cmd *cobra.Command) error {
			places, err := f.places()
			if err != nil {
				return err
			}
			if asJSON {
				out := json.NewEncoder(cmd.OutOrStdout())
				return places.Each(cmd.Context(), f.Selection, func(r *quarantine.Record) { _ = out.Encode(r) })
			}
			return listQuarantine(cmd.Context(), cmd.OutOrStdout(), places, f.Selection)
		}),
	}
	f.add(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	return cmd
}

func listQuarantine(ctx context.Context, w io.Writer, places *quarantine.Places, s quarantine.Selection) error {
	out := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	n, bytes := 0, int64(0)
	err := places.Each(ctx, s, func(r *quarantine.Record) {
		if n == 0 {
			fmt.Fprintln(out, "ID\tTIME\tFOR\tBYTES\tFILE\tREASON")
		}
		n++
		bytes += int64(len(r.Value))
		fmt.Fprintf(out, "%s\t%s\t%s\t%d\t%s\t%.120s\n", r.ID(), r.Time.Format(time.RFC3339), quarantine.Purpose(r), len(r.Value),
			status.Printable(r.Path), status.Printable(r.Reason))
	})
	_ = out.Flush()
	fmt.Fprintf(w, "%s, %s.\n", verb.Plural(n, "record"), verb.Amount(bytes))
	return err
}

var errNoSuchRecord = errors.New("there is no such record in quarantine")

func newQuarantineShow() *cobra.Command {
	var f quarantineFlags
	var raw bool
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Show one record",
		Long: `Show one record: what it was for, where it is from, why it was not taken, and its
value, as text that a terminal can show. With --raw only the value is written,
byte for byte, without a newline.`,
		Example: `  shipper quarantine show 5f0c3a9be1d24476-1048576
  shipper quarantine show 5f0c3a9be1d24476-1048576 --raw > record`,
		Args: cobra.ExactArgs(1),
		RunE: verb.RunArgs(func(cmd *cobra.Command, ids []string) error {
			places, err := f.places()
			if err != nil {
				return err
			}
			f.IDs = ids
			return showRecord(cmd.Context(), cmd.OutOrStdout(), places, f.Selection, raw)
		}),
	}
	f.add(cmd)
	cmd.Flags().BoolVar(&raw, "raw", false, "write only the value, byte for byte")
	return cmd
}

func showRecord(ctx context.Context, w io.Writer, places *quarantine.Places, s quarantine.Selection, raw bool) error {
	found := false
	err := places.Each(ctx, s, func(r *quarantine.Record) {
		switch {
		case found: // put there twice
		case raw:
			_, _ = w.Write(r.Value)
		default:
			quarantine.Describe(w, r)
		}
		found = true
	})
	if err == nil && !found {
		err = fmt.Errorf("there is no record %s in quarantine; \"shipper quarantine list\" shows those that are", s.IDs[0])
	}
	return err
}

func newQuarantineResend() *cobra.Command {
	var f quarantineFlags
	how := quarantine.Resend{}
	cmd := &cobra.Command{
		Use:   "resend [ID...]",
		Short: "Send records again, and take out those that are acknowledged",
		Long: `Send records again through the outputs that they were for, with the same id, key,
headers and time, to the same topic and partition. Each leaves quarantine once it
is acknowledged; one that is refused again stays, and is named with the reason.
They arrive behind later lines of their log.

It can be interrupted, and run again to go on. If it is killed, at most the last
100 records are sent twice, under the same ids.

It ends with 0 if all were acknowledged, and 1 if some stay.`,
		Example: `  shipper quarantine resend --all
  shipper quarantine resend --topic events
  shipper quarantine resend 5f0c3a9be1d24476-1048576 --to events.large`,
		RunE: verb.RunArgs(func(cmd *cobra.Command, ids []string) error { return resend(cmd, &f, ids, how) }),
	}
	f.add(cmd)
	cmd.Flags().BoolVar(&f.all, "all", false, "every record")
	cmd.Flags().StringVar(&how.To, "to", "", "send to this `TOPIC` instead of each record's own")
	cmd.Flags().DurationVar(&how.Timeout, "timeout", 30*time.Second, "how long brokers may take for one record")
	return cmd
}

func resend(cmd *cobra.Command, f *quarantineFlags, ids []string, how quarantine.Resend) error {
	if err := f.named(ids); err != nil {
		return err
	}
	places, err := f.places()
	if err != nil {
		return err
	}
	how.Log, _ = verb.NewLogger(os.Stderr, "text", "warn")
	how.Refused = func(r *quarantine.Record, err error) {
		fmt.Fprintf(cmd.ErrOrStderr(), "stays: %s: %s\n", r.ID(), status.Printable(err.Error()))
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	sent, stay, err := places.Resend(ctx, f.Selection, how)
	fmt.Fprintf(cmd.OutOrStdout(), "%s sent and taken out of quarantine, %d not taken.\n", verb.Plural(sent, "record"), stay)
	switch {
	case err == nil && stay > 0:
		return verb.Fail(verb.Failed, nil)
	case err == nil && sent == 0 && !f.all:
		return errNoSuchRecord
	}
	if errors.Is(err, context.Canceled) {
		return errors.New("interrupted; run it again to go on")
	}
	return err
}

func newQuarantineDrop() *cobra.Command {
	var f quarantineFlags
	cmd := &cobra.Command{
		Use:   "drop [ID...]",
		Short: "Drop records for ever",
		Long: `Drop records for ever: those whose ids are given, those of --topic or --output, or
--all. What they held is then only in its log file, if that still exists.`,
		Example: `  shipper quarantine drop 5f0c3a9be1d24476-1048576
  shipper quarantine drop --topic events`,
		RunE: verb.RunArgs(func(cmd *cobra.Command, ids []string) error {
			if err := f.named(ids); err != nil {
				return err
			}
			places, err := f.places()
			if err != nil {
				return err
			}
			n, err := places.Drop(cmd.Context(), f.Selection)
			fmt.Fprintf(cmd.OutOrStdout(), "%s dropped.\n", verb.Plural(n, "record"))
			if err == nil && n == 0 && !f.all {
				err = errNoSuchRecord
			}
			return err
		}),
	}
	f.add(cmd)
	cmd.Flags().BoolVar(&f.all, "all", false, "every record")
	return cmd
}
