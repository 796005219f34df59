package match

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"shipper/agent/config"
)

func TestJudge(t *testing.T) {
	file := filepath.Join(t.TempDir(), "shipper.hcl")
	text := `
input "logfile" "web" {
  paths         = ["/var/log/web/*.log", "/srv/**/{a,b}.log"]
  exclude_paths = ["/var/log/web/debug*.log"]
  rotated       = [".old"]
  match         = "/(?P<app>[a-z]+)\\.log"
  stream        = "log-${match.app}"
  topic         = "t-${match.app}"
  output        = output.kafka.out
}
output "kafka" "out" {
  brokers = ["localhost:1"]
}
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, found := config.Load(file)
	if found.HasErrors() {
		t.Fatalf("%+v", found)
	}
	for path, c := range map[string]struct {
		takes         bool
		stream, topic string
		steps         []string // a part of each
	}{
		"/var/log/web/shop.log": {true, "log-shop", "t-shop", []string{
			`"/var/log/web/*.log" matches`, `"/srv/**/{a,b}.log" does not match`, `match: `}},
		"/var/log/web/shop.log.3": {true, "log-shop", "t-shop", []string{
			`does not match: "shop.log.3" is not "*.log"`, `does not match`, `rotated file of "/var/log/web/shop.log", which matches`, `app = "shop"`}},
		"/var/log/web/shop.log-20260102.gz": {true, "log-shop", "t-shop", []string{
			`does not match`, `does not match`, `rotated file of "/var/log/web/shop.log"`, `compressed`, `match: `}},
		"/var/log/web/shop.log.old": {true, "log-shop", "t-shop", []string{
			`does not match`, `does not match`, `rotated file of`, `match: `}},
		"/srv/x/y/b.log": {true, "log-b", "t-b", []string{
			`does not match: "srv" is not "var"`, `matches`, `match: `}},
		"/var/log/web/debug1.log": {false, "", "", []string{
			`matches`, `does not match`, `exclude_paths: "/var/log/web/debug*.log" matches: left out`}},
		"/var/log/web/UPPER.log": {false, "", "", []string{
			`matches`, `does not match`, `does not match the path: it can't be shipped`}},
		"/var/log/api/shop.log": {false, "", "", []string{
			`does not match: "api" is not "web"`, `does not match`}},
	} {
		v := Judge(cfg.Inputs[0], path, "host")
		if v.Takes != c.takes || v.Takes && (v.Stream != c.stream || v.Topic != c.topic) {
			t.Errorf("%s: takes %v, stream %q, topic %q", path, v.Takes, v.Stream, v.Topic)
		}
		ok := len(v.Steps) == len(c.steps)
		for i := range v.Steps {
			ok = ok && strings.Contains(v.Steps[i], c.steps[i])
		}
		if !ok {
			t.Errorf("%s: steps %q, want %q", path, v.Steps, c.steps)
		}
	}
}
