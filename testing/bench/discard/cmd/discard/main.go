// Command discard runs a Kafka broker that keeps nothing. On standard output it
// prints one JSON object a line: first its address, then, whenever they have
// changed, its counters.
package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"shipper/testing/bench/discard"
)

func main() {
	var config discard.Config
	listen := flag.String("listen", "127.0.0.1:0", "address to listen at")
	partitions := flag.Int("partitions", 4, "partitions of every topic")
	interval := flag.Duration("interval", 20*time.Millisecond, "how often counters are printed")
	flag.DurationVar(&config.AckDelay, "ack-delay", 0, "wait before every answer to a Produce request")
	flag.BoolVar(&config.Check, "check", false, "verify checksums and sequence numbers")
	cert := flag.String("cert", "", "PEM file of a certificate; with -key the broker speaks TLS")
	key := flag.String("key", "", "PEM file of the certificate's key")
	flag.Parse()
	config.Partitions = int32(*partitions)
	if *cert != "" {
		pair, err := tls.LoadX509KeyPair(*cert, *key)
		if err != nil {
			fmt.Fprintln(os.Stderr, "discard:", err)
			os.Exit(1)
		}
		config.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *listen, *interval, config); err != nil {
		fmt.Fprintln(os.Stderr, "discard:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, listen string, interval time.Duration, config discard.Config) error {
	broker, err := discard.Listen(listen, config)
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(map[string]string{"listen": broker.Addr()}); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	served := make(chan error, 1)
	go func() { served <- broker.Serve(ctx) }()
	tick := time.NewTicker(interval)
	defer tick.Stop()
	var last discard.Stats
	for {
		select {
		case err := <-served:
			return err
		case <-tick.C:
		}
		now := broker.Stats()
		if now == last {
			continue
		}
		last = now
		if err := out.Encode(now); err != nil {
			cancel() // nobody reads any more
			return <-served
		}
	}
}
