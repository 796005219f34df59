// Need installs the Debian packages that bring a program:
//
//	need PROGRAM "PACKAGE…" REASON
//
// It is for make. Exit status 1 says that it could not, and that a person has to.
package main

import (
	"context"
	"fmt"
	"os"

	"shipper/testing/need"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, `usage: need PROGRAM "PACKAGE…" REASON`)
		os.Exit(2)
	}
	if err := need.Programs(context.Background(), map[string]string{os.Args[1]: os.Args[2]}); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", os.Args[3], err)
		os.Exit(1)
	}
}
