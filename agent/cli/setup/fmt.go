package setup

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"shipper/agent/cli/verb"
	"shipper/agent/config"
	"shipper/agent/config/format"
)

// Fmt is the verb fmt.
func Fmt() *cobra.Command {
	var check bool
	cmd := &cobra.Command{
		Use:   "fmt [FILE...]",
		Short: "Write configuration files in the usual form",
		Long: `Indent configuration files and align their equals signs; nothing else changes.
Without a FILE the main configuration and its drop-ins are meant; "-" reads from
standard input and writes to standard output. The names of files that were changed
are printed.

With --check nothing is written, and the exit code is 1 if anything would be.`,
		Example: `  shipper fmt
  shipper fmt --check conf.d/web.hcl
  shipper fmt - < draft.hcl > conf.d/web.hcl`,
		RunE: verb.RunArgs(func(cmd *cobra.Command, files []string) error {
			if len(files) == 0 {
				drops, err := config.DropIns(verb.DefaultConfig)
				if err != nil {
					return err
				}
				files = append([]string{verb.DefaultConfig}, drops...)
			}
			return formatFiles(cmd.InOrStdin(), cmd.OutOrStdout(), files, check)
		}),
	}
	cmd.Flags().BoolVar(&check, "check", false, "write nothing; end with 1 if a file is not in the usual form")
	return cmd
}

func formatFiles(stdin io.Reader, stdout io.Writer, files []string, check bool) error {
	changed := 0
	for _, file := range files {
		if file == "-" {
			text, err := io.ReadAll(stdin)
			if err == nil {
				text, err = format.Text("standard input", text)
			}
			if err == nil {
				_, err = stdout.Write(text)
			}
			if err != nil {
				return err
			}
			continue
		}
		is, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		usual, err := format.Text(file, is)
		if err != nil {
			return err
		}
		if bytes.Equal(is, usual) {
			continue
		}
		changed++
		fmt.Fprintln(stdout, file)
		if !check {
			if err := replaceFile(file, usual); err != nil {
				return err
			}
		}
	}
	if check && changed > 0 {
		return verb.Fail(verb.Failed, nil)
	}
	return nil
}

// replaceFile gives a file another content at once, so that an agent that reads it
// finds the old or the new one.
func replaceFile(path string, text []byte) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	temp := path + ".new"
	if err := os.WriteFile(temp, text, info.Mode().Perm()); err != nil {
		return err
	}
	return os.Rename(temp, path)
}
