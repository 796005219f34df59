package cli

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"shipper/agent/quarantine"
)

// exits runs a command and holds its exit code against the first argument:
//
//	exits 3 shipper check
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits code command [args...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// waitFile waits until a file is there, and has at least so many bytes:
//
//	waitfile out/web.log 16
func waitFile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 || len(args) > 2 {
		ts.Fatalf("usage: waitfile file [bytes]")
	}
	least := 0
	if len(args) == 2 {
		var err error
		least, err = strconv.Atoi(args[1])
		ts.Check(err)
	}
	for range 60_000 {
		if info, err := os.Stat(ts.MkAbs(args[0])); err == nil && info.Size() >= int64(least) {
			return
		}
		time.Sleep(time.Millisecond)
	}
	ts.Fatalf("%s did not appear, or not all of it", args[0])
}

// kafkaCluster starts an embedded cluster of so many brokers, and sets $BROKERS to
// a list of their addresses as a configuration has it. Topics get one partition:
//
//	kafka 3 events
func kafkaCluster(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: kafka brokers [topics...]")
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	c, err := kfake.NewCluster(kfake.NumBrokers(n), kfake.SeedTopics(1, args[1:]...))
	ts.Check(err)
	ts.Defer(c.Close)
	ts.Setenv("BROKERS", `"`+strings.Join(c.ListenAddrs(), `", "`)+`"`)
}

// kafkaHas waits until a topic has at least so many records:
//
//	kafkahas events 4
func kafkaHas(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: kafkahas topic records")
	}
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	brokers := strings.Split(strings.Trim(ts.Getenv("BROKERS"), `"`), `", "`)
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.ConsumeTopics(args[0]))
	ts.Check(err)
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for got := 0; got < want; {
		fetches := client.PollFetches(ctx)
		ts.Check(ctx.Err())
		got += fetches.NumRecords()
	}
}

// setID sets $ID to the id of the first quarantined record of a JSON list:
//
//	setid stdout
func setID(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: setid file")
	}
	var r quarantine.Record
	ts.Check(json.NewDecoder(strings.NewReader(ts.ReadFile(args[0]))).Decode(&r))
	ts.Setenv("ID", r.ID())
}

// expand puts the test's directory in place of $WORK in a file, and the cluster's
// addresses in place of $BROKERS:
//
//	expand shipper.hcl
func expand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: expand file")
	}
	text := strings.NewReplacer("$WORK", ts.Getenv("WORK"), "$BROKERS", ts.Getenv("BROKERS")).Replace(ts.ReadFile(args[0]))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

// eventually runs a command until it succeeds and its output stops changing, and
// leaves that as its output: an agent needs a moment to get where it is going.
func eventually(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: eventually command [args...]")
	}
	last := ""
	for range 600 {
		err := ts.Exec(args[0], args[1:]...)
		now := settled(ts.ReadFile("stdout"))
		if err == nil && now == last {
			return
		}
		last = now
		time.Sleep(100 * time.Millisecond)
	}
	ts.Fatalf("%v did not come to rest", args)
}

// settled is output without what changes with time.
func settled(text string) string {
	return regexp.MustCompile(`( left| up| healthy)?( for)? (\d+m)?\d+s( ago)?`).ReplaceAllString(text, "")
}

// unend takes the last newline from a file, which a txtar archive always adds.
func unend(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: unend file")
	}
	text := strings.TrimSuffix(ts.ReadFile(args[0]), "\n")
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}
