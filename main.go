// Shipper ships log files to Kafka and loses nothing on the way.
package main

import (
	"os"

	"shipper/agent/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:])) }
