// Command floor does by hand what the agent does, in one loop and with nothing
// around it: pread 512 KiB, find the newlines, encode a record batch with the
// same headers, and send it to a broker as a Produce request, one at a time
// over one connection. No less can be done in this language on this machine,
// and the distance to it is the price of the agent.
//
// To tell the stages apart it makes one pass over the files for each: reading
// only, reading and finding, and so on. A stage is the difference between two
// passes; the total is that of the last pass, which does it all. All figures
// are CPU seconds of this process, user and system.
//
// With -bucket it puts the files into an object store in place of all that.
//
// With -follow it does the same for the files of a directory as they grow, told
// by inotify, until SIGTERM: what had to be done for lines that come slowly.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"
)

type options struct {
	broker, topic, codec, ca string
	follow, bucket           string
	linger                   time.Duration
	stages, id               bool
}

func main() {
	var o options
	flag.StringVar(&o.broker, "broker", "", "address of the broker")
	flag.StringVar(&o.ca, "ca", "", "PEM file of the authority that vouches for the broker; without it there is no TLS")
	flag.StringVar(&o.topic, "topic", "floor", "topic to ship to")
	flag.StringVar(&o.codec, "codec", "none", "none, snappy, lz4 or zstd")
	flag.BoolVar(&o.stages, "stages", false, "measure the stages, too")
	flag.BoolVar(&o.id, "id", true, "give records the header id")
	flag.StringVar(&o.follow, "follow", "", "directory whose files are followed, in place of the files named as arguments")
	flag.DurationVar(&o.linger, "linger", 0, "with -follow: how long lines gather")
	flag.StringVar(&o.bucket, "bucket", "", "URL of a bucket, in place of a broker: files are put into it")
	flag.Parse()
	if err := run(&o, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "floor:", err)
		os.Exit(1)
	}
}

func run(o *options, paths []string) error {
	if o.bucket != "" {
		result, err := archive(o.bucket, paths)
		if err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(result)
	}
	if o.broker == "" || (len(paths) == 0) == (o.follow == "") {
		return errors.New("-broker, and either files or -follow, are needed")
	}
	conn, err := dial(o)
	if err != nil {
		return fmt.Errorf("reach broker %s: %w", o.broker, err)
	}
	defer conn.Close()
	if o.follow != "" {
		return follow(o, conn)
	}
	result, err := measure(paths, conn, o)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}
