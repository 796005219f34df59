// Oracle compares what a Kafka topic, or a file of lines, holds with what the
// writers of package workload have written. Its last line of output is
//
//	written=N delivered=N lost=N duplicated=N reordered=N torn=N foreign=N …
//
// Exit status: 0 if everything arrived whole and in order, 1 if not, 2 if it
// could not be found out.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"

	"shipper/testing/oracle"
	"shipper/testing/workload"
)

type options struct {
	brokers, topic, file string
	journals             string
	wait                 time.Duration
	json                 bool
}

func main() {
	var o options
	flag.StringVar(&o.brokers, "brokers", "", "comma-separated addresses of Kafka brokers")
	flag.StringVar(&o.topic, "topic", "", "topic to read, from its beginning to its end")
	flag.StringVar(&o.file, "file", "", "file of lines to read instead of a topic (- for standard input)")
	flag.StringVar(&o.journals, "journals", ".", "directory with the writers' journals")
	flag.DurationVar(&o.wait, "wait", 0, "go on reading the topic for so long while lines are missing")
	flag.BoolVar(&o.json, "json", false, "print the whole result as JSON before the last line")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	result, err := run(ctx, o)
	if err == nil && o.json {
		err = json.NewEncoder(os.Stdout).Encode(result)
	} else if err == nil {
		err = result.Print(os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "oracle:", err)
		os.Exit(2)
	}
	fmt.Println(result.String())
	if !result.OK() {
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) (oracle.Result, error) {
	journals, err := workload.ReadJournals(o.journals)
	if err != nil {
		return oracle.Result{}, err
	}
	checker, err := oracle.NewChecker(journals)
	if err != nil {
		return oracle.Result{}, err
	}
	switch {
	case o.file != "" && o.topic == "":
		err = readFile(o.file, checker)
	case o.topic != "" && o.brokers != "" && o.file == "":
		err = readTopic(ctx, o, checker)
	default:
		err = errors.New("give either -file, or -brokers and -topic")
	}
	result := checker.Result()
	if err == nil && result.Written == 0 {
		err = errors.New("nothing was written, so nothing can be lost: is this the right directory of journals?")
	}
	return result, err
}

func readFile(path string, c *oracle.Checker) error {
	var from io.Reader = os.Stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		from = f
	}
	return oracle.ReadLines(from, c.Add)
}

func readTopic(ctx context.Context, o options, c *oracle.Checker) error {
	r, err := oracle.NewReader(strings.Split(o.brokers, ","), o.topic)
	if err != nil {
		return err
	}
	defer r.Close()
	until := time.Now().Add(o.wait)
	for {
		if err := r.ReadToEnd(ctx, c.Add); err != nil {
			return err
		}
		if c.Missing() == 0 || time.Now().After(until) {
			return nil
		}
		time.Sleep(500 * time.Millisecond)
	}
}
