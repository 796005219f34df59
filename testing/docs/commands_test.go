package docs

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kfake"

	"shipper/agent/cli"
	"shipper/testing/need"
	"shipper/testing/process"
)

// command is one that a document or the help of a verb shows.
type command struct {
	from string // where it stands
	text string
}

// examples are those of the help of all verbs.
func examples() (all []command) {
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		for line := range strings.Lines(c.Example) {
			if line, _, _ = strings.Cut(line, "   #"); strings.TrimSpace(line) != "" {
				all = append(all, command{"help of " + c.CommandPath(), strings.TrimSpace(line)})
			}
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(cli.Command())
	return all
}

// shown are the commands of all documents' blocks. A backslash at its end has a line
// go on.
func shown(t *testing.T) (all []command) {
	t.Helper()
	for _, b := range blocks(t) {
		if b.language != "" || strings.Contains(b.text, "{\n") || !startsAsCommand(b.text) {
			continue
		}
		for line := range strings.Lines(strings.ReplaceAll(b.text, "\\\n", " ")) {
			if line, _, _ = strings.Cut(line, " #"); strings.TrimSpace(line) != "" {
				all = append(all, command{fmt.Sprintf("%s:%d", b.file, b.line), strings.Join(strings.Fields(line), " ")})
			}
		}
	}
	return all
}

// startsAsCommand tells blocks of commands from formulas and files.
func startsAsCommand(text string) bool {
	first, _, _ := strings.Cut(text, " ")
	return slices.Contains([]string{"make", "shipper", "./shipper", "dpkg", "podman", "ssh", "systemctl"}, strings.TrimSpace(first))
}

// elsewhere is who runs what is no command of shipper's, or needs a screen.
var elsewhere = map[string]string{
	"make demo":   "the last target of .ci/run",
	"make test":   ".ci/run, target by target",
	"dpkg -i":     "TestDebFromInstallToPurge",
	"podman ":     "TestImageAsSidecar",
	"ssh -L":      "nobody: it needs another host",
	"shipper top": "the tests of top, in a terminal",
	"ssh -t":      "the tests of top, in a terminal",

	"shipper replay --from-host":           "TestHostDies",
	"shipper replay --dry-run --from-host": "TestHostDies",
}

// circumstances are what a command needs beyond a running agent that has shipped everything.
type circumstances struct {
	before  string // script that is run before the agent is started
	stopped bool   // the agent is stopped by then
	setup   string // script that is run before the command
	exits   []int  // other than 0
	// ends is a script that has the command end, which does not by itself; it runs
	// beside it.
	ends string
}

// large has a record in quarantine, whose id is $ID.
const large = `printf 'topic "events" {\n  partitions = 1\n  replication_factor = 1\n  min_insync_replicas = 1\n  max_message_bytes = "1KiB"\n}\n' > /etc/shipper/conf.d/events.hcl
shipper topics apply > /dev/null
head -c 1300 /dev/zero | tr '\0' x > /var/log/web/large.log; echo >> /var/log/web/large.log`

const (
	setID = `ID=$(shipper quarantine list | awk 'NR == 2 { print $1 }')
`
	enlarge = `sed -i s/1KiB/1MiB/ /etc/shipper/conf.d/events.hcl; shipper topics apply > /dev/null
`
)

// special are the circumstances of commands by their beginnings, the longest first.
var special = []struct {
	prefix string
	circumstances
}{
	{"shipper quarantine show", circumstances{before: large, setup: setID}},
	{"shipper quarantine drop", circumstances{before: large, setup: setID}},
	{"shipper quarantine resend", circumstances{before: large, setup: setID + enlarge}},
	{"shipper quarantine", circumstances{before: large}},
	{"shipper checkpoint adopt --route web:kafka.new", circumstances{stopped: true,
		before: `sed -i 's/kafka" "events/kafka" "old/; s/kafka.events/kafka.old/' /etc/shipper/shipper.hcl`,
		setup:  `sed -i 's/kafka" "old/kafka" "new/; s/kafka.old/kafka.new/' /etc/shipper/shipper.hcl`}},
	{"shipper checkpoint import", circumstances{stopped: true, setup: "shipper checkpoint export > shipper-state.jsonl; rm -r /var/lib/shipper/*\n"}},
	{"ssh old shipper checkpoint", circumstances{stopped: true}},
	{"shipper checkpoint adopt", circumstances{stopped: true}},
	{"shipper checkpoint reset", circumstances{stopped: true,
		setup: `ID=$(shipper checkpoint export | jq -r '.generation | select(.) | .id' | head -n 1)` + "\n"}},
	{"shipper run --until /run/job.done", circumstances{stopped: true, ends: "touch /run/job.done"}},
	{"shipper run --until", circumstances{stopped: true, setup: "sleep 1 & PROCESS=$!\n"}},
	{"shipper run", circumstances{stopped: true, ends: interrupt}},
	{"./shipper run", circumstances{stopped: true, ends: interrupt}},
	{"shipper tail --config", circumstances{}},
	{"shipper tail", circumstances{ends: interrupt}},
	{"shipper topics plan ||", circumstances{}},
	{"shipper topics plan", circumstances{exits: []int{5}}},
	{"shipper init", circumstances{setup: "rm -f shipper.hcl\n"}},
	{"./shipper status", circumstances{setup: "./shipper run --config shipper.hcl 2> /dev/null & until ./shipper status --config shipper.hcl > /dev/null 2>&1; do sleep 0.1; done\n"}},
}

// interrupt ends what runs in the foreground once it has had the time to begin. On a busy
// machine that may be longer: before it is, the signal is ignored.
const interrupt = "sleep 1; n=0; while kill -0 $COMMAND 2> /dev/null; do [ $((n % 100)) -ne 0 ] || kill -INT $COMMAND; n=$((n + 1)); sleep 0.1; done"

// placeholders are what examples can't know.
var placeholders = strings.NewReplacer("5f0c3a9be1d24476-1048576", "$ID", "00c0ffee00c0ffee", "$ID", "--until 4711", "--until $PROCESS")

func circumstancesOf(text string) circumstances {
	for _, s := range special {
		if strings.HasPrefix(text, s.prefix) {
			return s.circumstances
		}
	}
	return circumstances{}
}

// TestCommandsRun runs every command that the documents and the help of the verbs
// show, beside an agent on files as they suppose them, below an /etc, /var and /run
// of their own. What they do is for other tests; here they must be as they are said
// to be typed, and succeed.
func TestCommandsRun(t *testing.T) {
	if err := need.Programs(t.Context(), map[string]string{"jq": "jq", "unshare": "util-linux"}); err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	if _, err := process.Build("../..", bin); err != nil {
		t.Fatal(err)
	}
	ssh := "#!/bin/sh\nshift\nexec \"$@\"\n" // every host is this one
	if err := os.WriteFile(filepath.Join(bin, "ssh"), []byte(ssh), 0o755); err != nil {
		t.Fatal(err)
	}
	n := 0
	done := map[string]bool{}
	for _, c := range append(examples(), shown(t)...) {
		if done[c.text] {
			continue
		}
		done[c.text] = true
		if slices.ContainsFunc(keys(elsewhere), func(p string) bool { return strings.HasPrefix(c.text, p) }) {
			continue
		}
		n++
		t.Run(c.text, func(t *testing.T) {
			t.Parallel()
			c.run(t, bin)
		})
	}
	if n < 50 {
		t.Errorf("only %d commands were found", n)
	}
}

func keys(m map[string]string) (all []string) {
	for k := range m {
		all = append(all, k)
	}
	return all
}

// world is the script that makes the files which commands suppose, starts the agent
// and waits until it has shipped everything.
const world = `set -eu
for dir in etc var; do
	mkdir -p $W/$dir $W/work-$dir
	mount -t overlay upper -o lowerdir=/$dir,upperdir=$W/$dir,workdir=$W/work-$dir /$dir
done
mkdir -p /var/log /var/lib /etc/shipper/conf.d
mount -t tmpfs none /var/log
mount -t tmpfs none /run
rm -rf /var/lib/shipper; mkdir /var/lib/shipper
cd $W/cwd
ln -s $BIN/shipper shipper
lines() { seq -f "$1 %0$((62-${#1})).0f" $2; } # of 64 bytes
mkdir /var/log/web /var/log/myapp /var/log/orders
lines web.log 500 > /var/log/web.log
lines web.log.1 100 > /var/log/web.log.1
lines web.log.3 100 | gzip > /var/log/web.log.3.gz
lines a 100 > /var/log/web/a.log
lines a.1 100 > /var/log/web/a.log.1
lines app 100 > /var/log/myapp/app.log
lines orders 100 > /var/log/orders/orders.log
cp main.hcl /etc/shipper/shipper.hcl
`

const begin = `
shipper run 2> $W/agent.log & AGENT=$!
until shipper status > /dev/null 2>&1; do sleep 0.05; done
shipper drain --settle 50ms --timeout 30s > /dev/null
`

func (c *command) run(t *testing.T, bin string) {
	dir := t.TempDir()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "events", "events-again", "events.large", "app-events", "orders-shadow", "audit"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	broker := cluster.ListenAddrs()[0]
	with := circumstancesOf(c.text)
	script := world + with.before + begin
	if with.stopped {
		script += "kill -INT $AGENT; wait $AGENT\n"
	}
	script += with.setup + "\nset +e\n"
	if with.ends == "" {
		script += placeholders.Replace(c.text) + "\nRESULT=$?\n"
	} else {
		script += c.text + " & COMMAND=$!\n" + with.ends + "\nwait $COMMAND; RESULT=$?\n"
	}
	script += "exit $RESULT\n" // what else runs ends with its namespace
	files := map[string]string{
		"script":             script,
		"cwd/main.hcl":       fmt.Sprintf(mainConfig, broker),
		"cwd/shipper.hcl":    fmt.Sprintf(mainConfig, broker),
		"cwd/conf.d/web.hcl": "# no input more\n",
		"cwd/draft.hcl":      "agent {\nlog_level=\"info\"\n}\n",
	}
	if strings.HasPrefix(c.text, "./shipper") { // README's own
		files["cwd/shipper.hcl"] = strings.NewReplacer("localhost:9092", broker, "/tmp/shipper", filepath.Join(dir, "state"),
			"agent {", "agent {\n  listen = \"off\"").Replace(readmeConfig(t))
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "unshare", "--mount", "--propagation", "private", "--map-root-user", "--pid", "--fork", "--kill-child", "sh", filepath.Join(dir, "script"))
	cmd.Env = append(os.Environ(), "W="+dir, "BIN="+bin, "PATH="+bin+":"+os.Getenv("PATH"))
	cmd.WaitDelay = time.Minute
	late := time.AfterFunc(2*time.Minute, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	out, err := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code != 0 && !slices.Contains(with.exits, code) {
		log, _ := os.ReadFile(filepath.Join(dir, "agent.log"))
		t.Errorf("%s: %s: %v\n%s\nthe agent's log ends:\n%s", c.from, c.text, err, out, log[max(0, len(log)-1500):])
	}
	if bytes.Contains(out, []byte("panic:")) {
		t.Errorf("%s", out)
	}
}

// mainConfig is a configuration as the commands suppose it.
const mainConfig = `agent {
  listen = "off"
}

input "logfile" "web" {
  paths  = ["/var/log/web.log", "/var/log/web/*.log", "/var/log/orders/*.log"]
  output = output.kafka.events
  topic  = "events"
}

output "kafka" "events" {
  brokers             = [%q]
  compression         = "none"
  replication_factor  = 1
  min_insync_replicas = 1
}

topic "audit" {
  partitions          = 1
  replication_factor  = 1
  min_insync_replicas = 1
}
`

// readmeConfig is the configuration that README begins with.
func readmeConfig(t *testing.T) string {
	t.Helper()
	for _, b := range blocks(t) {
		if b.file == "README.md" && b.language == "hcl" {
			return b.text
		}
	}
	t.Fatal("README has no configuration")
	return ""
}
