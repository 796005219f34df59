// Cluster runs a real Apache Kafka on the loopback until it is interrupted. When
// all nodes serve it prints
//
//	brokers=HOST:PORT,HOST:PORT,HOST:PORT
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"shipper/testing/cluster"
)

func main() {
	var o cluster.Options
	dir := flag.String("dir", "", "directory for all files (default: a temporary one, removed at the end)")
	flag.IntVar(&o.Nodes, "nodes", 3, "number of nodes")
	topics := flag.String("topics", "", "topics to create, with commas")
	partitions := flag.Int("partitions", 4, "partitions of each topic")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *dir, o, *topics, int32(*partitions)); err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, dir string, o cluster.Options, topics string, partitions int32) (err error) {
	if dir == "" {
		if dir, err = os.MkdirTemp("", "kafka-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	begun := time.Now()
	c, err := cluster.Start(ctx, dir, o)
	if err != nil {
		return err
	}
	defer c.Close()
	for _, name := range strings.FieldsFunc(topics, func(r rune) bool { return r == ',' }) {
		if err := c.CreateTopic(ctx, name, partitions, int16(min(3, o.Nodes)), nil); err != nil {
			return err
		}
	}
	fmt.Printf("brokers=%s\n", c)
	fmt.Fprintf(os.Stderr, "%d nodes of Apache Kafka %s in %s after %.1f s; interrupt to end\n",
		o.Nodes, cluster.Version, dir, time.Since(begun).Seconds())
	<-ctx.Done()
	return nil
}
