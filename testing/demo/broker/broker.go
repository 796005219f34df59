package broker

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/twmb/franz-go/pkg/kfake"
)

// Run serves three Kafka-speaking brokers of one cluster, which keep
// their records in memory. It prints their addresses, separated by commas, and
// then obeys one word a line until in ends: `away` and `back`. Each is answered
// by a line when it is done.
func Run(in io.Reader, out io.Writer) error {
	g := &gate{}
	c, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.ListenFn(g.listen))
	if err != nil {
		return fmt.Errorf("start embedded brokers: %w", err)
	}
	defer c.Close()
	fmt.Fprintln(out, strings.Join(c.ListenAddrs(), ","))
	for words := bufio.NewScanner(in); words.Scan(); {
		switch words.Text() {
		case "away":
			fmt.Fprintln(out, g.shut())
		case "back":
			if err := g.reopen(); err != nil {
				return err
			}
			fmt.Fprintln(out, "ok")
		}
	}
	return nil
}
