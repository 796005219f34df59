package failover

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"shipper/outputs/s3"
	"shipper/testing/store"
)

// other is a host that has nothing of the story's but its bucket and its Kafka.
type other struct {
	s      *story
	config string
}

func (s *story) otherHost() *other {
	dir := s.t.TempDir()
	o := &other{s, filepath.Join(dir, "shipper.hcl")}
	must(s.t, os.WriteFile(o.config, fmt.Appendf(nil, `agent {
  id        = "agent-2"
  state_dir = %q
  listen    = "off"
}

output "kafka" "there" {
  brokers             = [%s]
  min_insync_replicas = 1
  replication_factor  = 1
  batch_size          = %d
}

output "s3" "backup" {
  bucket     = %q
  prefix     = "of-this-host"
  endpoint   = %q
  path_style = true
}
`, filepath.Join(dir, "state"), s.kafka.addresses(), batchSize, s.where, shared.store.Endpoint), 0o644))
	return o
}

func (o *other) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(o.s.t.Context(), shared.program, append([]string{"replay", "--config", o.config}, args...)...)
	cmd.Env = environment()
	return cmd
}

// replays runs a replay that ends with a code, and returns what it says.
func (o *other) replays(code int, args ...string) string {
	o.s.t.Helper()
	cmd := o.command(args...)
	said, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != code {
		o.s.t.Fatalf("replay %q: %v, not exit code %d:\n%s", args, err, code, said)
	}
	return string(said)
}

// number is the first group of a pattern in a text.
func number(t *testing.T, text, pattern string) int {
	t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("nothing like %q is said:\n%s", pattern, text)
	}
	n := 0
	_, err := fmt.Sscan(strings.ReplaceAll(found[1], ",", ""), &n)
	must(t, err)
	return n
}

// spoil puts objects into the bucket that can't be shipped, and returns what is to be
// said of each by its URL.
func (s *story) spoil() map[string]string {
	s.t.Helper()
	client := awss3.New(awss3.Options{Region: store.Region, BaseEndpoint: &shared.store.Endpoint, UsePathStyle: true, Credentials: store.Credentials()})
	ctx := context.Background()
	put := func(key string, body []byte, meta map[string]string) string {
		_, err := client.PutObject(ctx, &awss3.PutObjectInput{Bucket: &s.where, Key: &key, Body: bytes.NewReader(body), Metadata: meta})
		must(s.t, err)
		return "s3://" + s.where + "/" + key
	}
	key := s.objects()[0].Key
	got, err := client.GetObject(ctx, &awss3.GetObjectInput{Bucket: &s.where, Key: &key})
	must(s.t, err)
	body, err := io.ReadAll(got.Body)
	must(s.t, err)
	said := map[string]string{put("agent-1/notes.txt", []byte("mine"), nil): "not an object of shipper"}
	newer := map[string]string{"shipper": "2"}
	said[put(strings.Replace(key, "agent-1", "agent-0", 1), body, newer)] = "newer version"
	body[len(body)/2] ^= 1
	said[put("0/"+key, body, got.Metadata)] = "damaged"
	empty := ""
	_, err = client.PutObject(ctx, &awss3.PutObjectInput{Bucket: &s.where, Key: aws.String("agent-1/.check-X"), Body: strings.NewReader(empty)})
	must(s.t, err)
	return said
}

// TestHostDies is row d of the plan: a host dies while its lines are aside, and state
// and files are gone. Another host ships what is in the bucket: everything is there
// once, in order, and as if it had gone directly.
func TestHostDies(t *testing.T) {
	t.Parallel()
	s := newStory(t, settings{})
	names := []string{"a", "b", "c"}
	s.startWith(names)
	direct := map[string]record{}
	for _, r := range s.kafka.records(t) {
		direct[r.value[:1]] = r
	}
	before, linesBefore := s.written()
	s.kafka.away.Store(true)
	for _, n := range names {
		s.write(n, 1500)
		s.turn(n)
		s.write(n, 1000)
	}
	s.untilAside(before)
	s.stop()
	must(t, os.RemoveAll(filepath.Join(s.dir, "state")))
	must(t, os.RemoveAll(filepath.Join(s.dir, "logs")))
	generation := s.begun()
	bad := s.spoil()
	s.kafka.away.Store(false)
	_, lines := s.written()
	lines -= linesBefore

	o := s.otherHost()
	url := "s3://" + s.where
	host, err := os.Hostname()
	must(t, err)
	if said := o.replays(1, "--from-host", "nobody", url); !strings.Contains(said, "newer version") {
		t.Errorf("of nobody:\n%s", said)
	}
	plan := o.replays(1, "--dry-run", "--from-host", host, url)
	if n := number(t, plan, `in all .*records: ([0-9,]+)`); n != lines {
		t.Errorf("%d records are to be shipped, %d were put aside:\n%s", n, lines, plan)
	}
	if n := len(s.kafka.records(t)); n != linesBefore {
		t.Fatalf("a dry run shipped %d records", n-linesBefore)
	}

	// One generation alone, then whatever is not there yet.
	some := number(t, o.replays(0, "--generation", generation, url+"/agent-1/"+generation), `shipped ([0-9,]+) record`)
	if some == 0 || some >= lines {
		t.Fatalf("%d records of one generation, of %d in all", some, lines)
	}
	plan = o.replays(1, "--dry-run", "--skip-delivered", url)
	if n := number(t, plan, `in all .*records: ([0-9,]+)`); n != lines-some {
		t.Errorf("%d records are to be shipped, %d of %d are there:\n%s", n, some, lines, plan)
	}

	// It is interrupted, twice, and goes on.
	again := []string{"--from-host", host, "--skip-delivered", "--mark-returned", "--rate", "10kB", url}
	o.interrupted(again, linesBefore+some+100)
	o.interrupted(again, len(s.kafka.records(t))+100)
	if there := len(s.kafka.records(t)); there >= linesBefore+lines {
		t.Fatalf("it was interrupted when all %d records were there", there)
	}
	again[slices.Index(again, "10kB")] = "50MB"
	said := o.replays(1, again...)
	for url, why := range bad {
		if n := strings.Count(said, url); n != 1 || !regexp.MustCompile(regexp.QuoteMeta(url)+".*"+why).MatchString(said) {
			t.Errorf("%s is %s, and named %d times:\n%s", url, why, n, said)
		}
	}
	if d := s.verdict(); d != 0 {
		t.Errorf("%d bytes twice", d)
	}
	for _, r := range s.kafka.records(t) {
		want := direct[r.value[:1]]
		if r.key != want.key || r.headers != want.headers || r.partition != want.partition || want.key == "" || want.headers == "" {
			t.Fatalf("record %+v, the log's first ones went as %+v", r, want)
		}
	}
	if slices.ContainsFunc(s.marked(), func(e s3.Entry) bool { return !e.Returned }) {
		t.Error("not everything is marked")
	}
	if said := o.replays(1, url+"/agent-1/"+generation); !strings.Contains(said, "nothing is to be shipped") {
		t.Errorf("a further replay:\n%s", said)
	}
}

// begun is a generation of which the beginning was delivered before, so that no other
// of its log comes before what is aside of it.
func (s *story) begun() string {
	first := map[uint64]int64{}
	for _, e := range s.objects() {
		if start, ok := first[e.Name.Generation]; !ok || e.Name.Start < start {
			first[e.Name.Generation] = e.Name.Start
		}
	}
	for generation, start := range first {
		if start > 0 {
			return fmt.Sprintf("%016x", generation)
		}
	}
	s.t.Fatal("nothing was delivered of any file whose rest is aside")
	return ""
}

// interrupted begins a replay and stops it when so many records are there.
func (o *other) interrupted(args []string, records int) {
	t := o.s.t
	t.Helper()
	cmd := o.command(args...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	must(t, cmd.Start())
	o.s.until("it is under way", func() bool { return len(o.s.kafka.records(t)) >= records })
	must(t, cmd.Process.Signal(os.Interrupt))
	if err := cmd.Wait(); err == nil || !strings.Contains(said.String(), "goes on from there") {
		t.Fatalf("interrupted: %v\n%s", err, &said)
	}
}

// marked lists the objects of the story's agent that are objects.
func (s *story) marked() []s3.Entry {
	var all []s3.Entry
	must(s.t, s.s3.List(context.Background(), s.s3.Own(), func(e s3.Entry) error {
		if !e.Foreign {
			all = append(all, e)
		}
		return nil
	}))
	return all
}
