package operate

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"shipper/testing/await"
)

// canary stands in every place of a secret. Whoever sees it has seen a secret.
const canary = "canary-7d1f9c55-e20b"

// secretive names it in every way in which a secret can be given: as text, from the
// environment and from a file.
const secretive = `
agent {
  state_dir = %q
  listen    = %q
  log_level = "debug"
  listen_token_file = %q
  pprof = true
}
input "logfile" "app" {
  paths  = ["%s/*.log"]
  output = output.kafka.plain
  topic  = "events"
}
input "logfile" "again" {
  paths  = ["%s/*.log"]
  output = output.kafka.scram
  topic  = "events"
}
output "kafka" "plain" {
  brokers = [%q]
  sasl {
    mechanism = "PLAIN"
    username  = "shipper"
    password  = "canary-7d1f9c55-e20b"
  }
}
output "kafka" "scram" {
  brokers = [%q]
  sasl {
    mechanism = "SCRAM-SHA-256"
    username  = "shipper"
    password  = file(%q)
  }
}
output "kafka" "env" {
  brokers = [%q]
  sasl {
    mechanism = "SCRAM-SHA-512"
    username  = "shipper"
    password  = env("CANARY")
  }
}
output "kafka" "token" {
  brokers = [%q]
  sasl {
    mechanism  = "OAUTHBEARER"
    token_file = %q
  }
}
output "s3" "objects" {
  bucket   = "logs"
  region   = "us-east-1"
  endpoint = "http://%s"
}
input "logfile" "third" {
  paths  = ["%s/*.log"]
  output = output.kafka.token
  topic  = "events"
}
input "logfile" "fourth" {
  paths  = ["%s/*.log"]
  output = output.s3.objects
}
`

// TestSecretsAreNotTold looks for the canary wherever the agent says something:
// log, status, metrics, page, command line, messages about mistakes, and the
// traces of all goroutines at its end.
func TestSecretsAreNotTold(t *testing.T) {
	dir := t.TempDir()
	shipper := filepath.Join(dir, "shipper")
	if out, err := exec.Command("go", "build", "-o", shipper, "shipper").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	logs, secret, cfg := filepath.Join(dir, "logs"), filepath.Join(dir, "secret"), filepath.Join(dir, "shipper.hcl")
	l := &live{t: t, address: freeAddress(t), logs: logs, config: cfg, token: canary}
	l.client = clientBy(func() (net.Conn, error) { return net.Dial("tcp", l.address) })
	if err := os.Mkdir(logs, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(secret, []byte(canary+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l.write("a.log", "one\n")
	broker := mute(t)
	text := fmt.Sprintf(secretive, filepath.Join(dir, "state"), l.address, secret, logs, logs, broker, broker, secret, broker, broker, secret, broker, logs, logs)
	l.rewrite(text)
	var told bytes.Buffer
	cmd := exec.Command(shipper, "run", "--config", cfg)
	cmd.Env = append(os.Environ(), "CANARY="+canary, "AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY="+canary, "AWS_SESSION_TOKEN="+canary, "GOTRACEBACK=all")
	cmd.Stderr = &told
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // if the test fails before its end
	await.True(t, 2*time.Minute, "the agent answers", func() bool {
		c, err := net.DialTimeout("tcp", l.address, time.Second)
		return err == nil && c.Close() == nil
	})
	await.True(t, 2*time.Minute, "the brokers are tried", func() bool { return strings.Contains(l.get("/status.json"), `"last_error"`) })
	places := map[string]string{}
	for _, path := range []string{"/status.json", "/metrics", "/", "/page.json", "/configuration.json", "/readyz", "/debug/pprof/cmdline", "/debug/pprof/goroutine?debug=2", "/debug/pprof/heap?debug=1"} {
		places[path] = l.get(path)
	}
	if !strings.Contains(places["/configuration.json"], `***`) || !strings.Contains(places["/configuration.json"], "SCRAM-SHA-512") {
		t.Errorf("the configuration is not shown with its secrets hidden: %s", places["/configuration.json"])
	}
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	places["the command line"] = string(line)
	// A mistake on the very line of the secret.
	l.rewrite(strings.Replace(text, `password  = "canary-7d1f9c55-e20b"`, `password  = "canary-7d1f9c55-e20b" 7`, 1))
	await.True(t, 2*time.Minute, "the mistake is seen", func() bool { return strings.Contains(l.get("/status.json"), `"config_error"`) })
	places["status of a mistake"] = l.get("/status.json")
	for _, args := range [][]string{{"check", "--config", cfg}, {"status", "--state-dir", filepath.Join(dir, "state"), "--json"}, {"reload", "--config", cfg}} {
		out, _ := exec.Command(shipper, args...).CombinedOutput() // it fails, what it says counts
		places["shipper "+args[0]] = string(out)
	}
	if err := cmd.Process.Signal(syscall.SIGQUIT); err != nil { // the traces of all goroutines
		t.Fatal(err)
	}
	<-ended
	places["the log and the traces"] = told.String()
	if !strings.Contains(told.String(), "goroutine ") {
		t.Error("there are no traces")
	}
	for where, what := range places {
		if what == "" {
			t.Errorf("%s: nothing was said", where)
		}
		if strings.Contains(what, canary) {
			t.Errorf("%s tells a secret", where)
		}
	}
}

// mute is the address of somebody who takes connections and hangs up.
func mute(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.Close() // that is all it does
		}
	}()
	return l.Addr().String()
}
