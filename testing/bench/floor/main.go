// Command floor does by hand what the agent does, in one loop and with nothing
// around it: pread 512 KiB, find the newlines, encode a record batch with the
// same headers, and send it to a broker as a Produce request, one at a time
// over one connection. No less can be done in this language on this machine,
// and the distance to it is the price of the agent.
//
// To tell the stages apart it makes one pass over the file for each: reading
// only, reading and finding, and so on. A stage is the difference between two
// passes; the total is that of the last pass, which does it all. All figures
// are CPU seconds of this process, user and system.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
)

func main() {
	path := flag.String("file", "", "log file to ship")
	broker := flag.String("broker", "", "address of the broker")
	topic := flag.String("topic", "floor", "topic to ship to")
	codec := flag.String("codec", "none", "none, snappy, lz4 or zstd")
	stages := flag.Bool("stages", true, "measure the stages, not only the total")
	asJSON := flag.Bool("json", false, "print the result as JSON")
	flag.Parse()
	if err := run(*path, *broker, *topic, *codec, *stages, *asJSON); err != nil {
		fmt.Fprintln(os.Stderr, "floor:", err)
		os.Exit(1)
	}
}

func run(path, broker, topic, codec string, stages, asJSON bool) error {
	if path == "" || broker == "" {
		return fmt.Errorf("-file and -broker are needed")
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	conn, err := dial(broker, topic)
	if err != nil {
		return fmt.Errorf("reach broker %s: %w", broker, err)
	}
	defer conn.Close()
	result, err := measure(file, conn, codec, stages)
	if err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(os.Stdout).Encode(result)
	}
	result.print(os.Stdout)
	return nil
}
