package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra/doc"

	"shipper/agent/cli"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: pages DIRECTORY")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintf(os.Stderr, "pages: %v\n", err)
		os.Exit(1)
	}
}

// write makes man1/ and completions/ in dir. The date on the pages is a fixed
// one, so that the same commit gives the same bytes.
func write(dir string) error {
	man, completions := filepath.Join(dir, "man1"), filepath.Join(dir, "completions")
	for _, d := range []string{man, completions} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return err
		}
	}
	root := cli.Command()
	root.DisableAutoGenTag = true
	date := time.Unix(0, 0).UTC()
	if err := doc.GenManTree(root, &doc.GenManHeader{Title: "SHIPPER", Section: "1", Source: "shipper", Manual: "shipper", Date: &date}, man); err != nil {
		return fmt.Errorf("write manual pages: %w", err)
	}
	for name, generate := range map[string]func(string) error{
		"shipper.bash": func(f string) error { return root.GenBashCompletionFileV2(f, true) },
		"_shipper":     root.GenZshCompletionFile,
		"shipper.fish": func(f string) error { return root.GenFishCompletionFile(f, true) },
	} {
		if err := generate(filepath.Join(completions, name)); err != nil {
			return fmt.Errorf("write completions: %w", err)
		}
	}
	return nil
}
