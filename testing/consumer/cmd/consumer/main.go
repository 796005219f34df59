// Command consumer prints the lines of a topic that shipper fills, each once,
// until it is interrupted:
//
//	go run ./testing/consumer/cmd/consumer -brokers localhost:9092 -topic app-events -group printer
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"shipper/testing/consumer"
)

func main() {
	brokers := flag.String("brokers", "localhost:9092", "brokers, with commas")
	topic := flag.String("topic", "", "topic to read")
	group := flag.String("group", "consumer", "consumer group, which remembers how far it has read")
	window := flag.Int("window", 1<<20, "how many ids are remembered")
	flag.Parse()
	if err := run(*brokers, *topic, *group, *window); err != nil {
		fmt.Fprintln(os.Stderr, "consumer:", err)
		os.Exit(1)
	}
}

func run(brokers, topic, group string, window int) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	c, err := consumer.New(strings.Split(brokers, ","), topic, group, window)
	if err != nil {
		return err
	}
	defer c.Close()
	out := bufio.NewWriter(os.Stdout)
	for {
		err := c.Poll(ctx, func(r *kgo.Record) error {
			_, _ = out.Write(r.Value)
			return out.WriteByte('\n')
		})
		if ferr := out.Flush(); err == nil {
			err = ferr
		}
		if errors.Is(err, context.Canceled) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
