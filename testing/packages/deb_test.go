package packages

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"shipper/testing/oracle"
	"shipper/testing/workload"
)

const topic = "app"

// dropIn is what a user writes after the installation.
const dropIn = `
input "logfile" "app" {
  paths  = ["/var/log/app/*.log"]
  output = output.kafka.events
  topic  = "app"
}

output "kafka" "events" {
  brokers = ["BROKERS"]
}
`

// life is a package's, from the installation to the purge. The log belongs to
// root and nobody else may read it. Whatever is not as documented ends it.
const life = `
cd /shared
dpkg -i shipper_1.0.0_ARCH.deb
test "$(stat -c '%U %a' /var/lib/shipper)" = "shipper 700"
test "$(stat -c '%G %a' /etc/shipper/shipper.hcl)" = "shipper 640"
test -e /usr/share/man/man1/shipper-run.1 -o -e /usr/share/man/man1/shipper-run.1.gz
if systemctl is-enabled shipper || systemctl is-active shipper; then exit 1; fi

cp app.hcl /etc/shipper/conf.d/
echo '# mine' >> /etc/shipper/shipper.hcl
shipper check
install -d -m 700 /var/log/app
./workload -dir /var/log/app -source app -rate 2000000 -rotate-size 3000000 -journal /shared/app.journal.json &
writer=$!
systemctl enable --now shipper
pid=$(systemctl show -p MainPID --value shipper)
test "$(stat -c %U /proc/$pid)" = shipper
test "$(systemctl show -p WatchdogUSec --value shipper)" = 1min
sleep 4

dpkg -i shipper_1.0.1_ARCH.deb
systemctl is-active shipper
test "$(systemctl show -p MainPID --value shipper)" != $pid
shipper version | grep -w 1.0.1
grep '# mine' /etc/shipper/shipper.hcl
sleep 4
kill -INT $writer
wait $writer
touch written
until test -e arrived; do sleep 0.2; done
shipper status

dpkg -r shipper
test ! -e /usr/bin/shipper
test -e /etc/shipper/shipper.hcl
test -e /var/lib/shipper/lock
if systemctl is-active shipper; then exit 1; fi
dpkg -i shipper_1.0.1_ARCH.deb
dpkg -P shipper
test ! -e /var/lib/shipper
test ! -e /etc/shipper/shipper.hcl
`

func TestDebFromInstallToPurge(t *testing.T) {
	root, err := Debian(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	shared := t.TempDir()
	build(t.Context(), t, shared, "1.0.0", "1.0.1")
	goBuild(t.Context(), t, filepath.Join(shared, "workload"), "./testing/workload/cmd/workload")
	// From here on: before, a machine that has nothing yet may need long.
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()

	cluster, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.SeedTopics(4, topic))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	brokers := cluster.ListenAddrs()
	hcl := strings.ReplaceAll(dropIn, "BROKERS", strings.Join(brokers, `", "`))
	if err := os.WriteFile(filepath.Join(shared, "app.hcl"), []byte(hcl), 0o644); err != nil {
		t.Fatal(err)
	}

	result := make(chan oracle.Result, 1)
	go func() {
		defer close(result)
		if r, ok := arrived(ctx, t, shared, brokers); ok {
			result <- r
		}
	}()
	script := strings.ReplaceAll(life, "ARCH", runtime.GOARCH)
	output, err := Boot(ctx, root, shared, script)
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	r := <-result
	t.Logf("%v", r.String())
	if !r.OK() || r.Duplicated > 0 {
		t.Errorf("the upgrade lost or repeated something: %v", r.String())
	}
	if r.Written < 10_000 || r.Rotations < 3 {
		t.Errorf("too little happened: %d lines, %d rotations", r.Written, r.Rotations)
	}
	if t.Failed() {
		t.Log(output)
	}
}

// arrived waits until the writer has ended, and then until all its lines are in
// the topic, tells the script in the machine, and returns the oracle's result.
func arrived(ctx context.Context, t *testing.T, shared string, brokers []string) (oracle.Result, bool) {
	for ctx.Err() == nil {
		time.Sleep(200 * time.Millisecond)
		if _, err := os.Stat(filepath.Join(shared, "written")); err != nil {
			continue
		}
		journals, err := workload.ReadJournals(shared)
		if err != nil {
			t.Error(err)
			break
		}
		r, err := oracle.CheckTopic(ctx, brokers, topic, journals)
		if err != nil {
			t.Error(err)
			break
		}
		if r.Lost == 0 || ctx.Err() != nil {
			err := os.WriteFile(filepath.Join(shared, "arrived"), nil, 0o644)
			if err != nil {
				t.Error(err)
			}
			return r, true
		}
	}
	return oracle.Result{}, false
}

// build makes packages of some versions for this machine in dir.
func build(ctx context.Context, t *testing.T, dir string, versions ...string) {
	t.Helper()
	for _, v := range versions {
		run(ctx, t, "make", "packages", "VERSION="+v, "ARCHES="+runtime.GOARCH, "DIST="+dir)
	}
}

func goBuild(ctx context.Context, t *testing.T, to, pkg string) {
	t.Helper()
	run(ctx, t, "env", "CGO_ENABLED=0", "go", "build", "-o", to, pkg)
}

// run runs a command in the module's root and returns its output.
func run(ctx context.Context, t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = "../.."
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, tail(out))
	}
	return string(out)
}
