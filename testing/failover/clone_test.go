package failover

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"shipper/checkpoint"
	"shipper/outputs/s3"
	"shipper/testing/process"
)

// cloneName is the host name of the machine that was cloned from this one.
const cloneName = "the-clone"

// clone is a second machine with the story's files and state as they were when it was
// cloned, and the same agent id: a name of its own, and its own files where the
// original has its.
type clone struct {
	s     *story
	dir   string // where its files really are
	agent *process.Process
}

func (s *story) clone() *clone {
	s.t.Helper()
	c := &clone{s: s, dir: s.t.TempDir()}
	out, err := exec.CommandContext(s.t.Context(), "cp", "-a", s.dir+"/.", c.dir).CombinedOutput()
	if err != nil {
		s.t.Fatalf("%v\n%s", err, out)
	}
	s.t.Cleanup(func() {
		c.stop()
		if s.t.Failed() {
			said, _ := os.ReadFile(filepath.Join(c.dir, "agent.log"))
			s.t.Logf("the clone's log ends:\n%s", said[max(0, len(said)-4000):])
		}
	})
	return c
}

// know makes the clone's state one of a copy block by block, in which files keep their
// inodes: what cp makes are other files.
func (c *clone) know(name string) {
	t := c.s.t
	t.Helper()
	var x unix.Statx_t
	must(t, unix.Statx(unix.AT_FDCWD, filepath.Join(c.dir, "logs", name), 0, unix.STATX_BASIC_STATS|unix.STATX_BTIME, &x))
	store, err := checkpoint.Open(filepath.Join(c.dir, "state"), checkpoint.Options{})
	must(t, err)
	var changes checkpoint.Changes
	for _, g := range store.State().Generations {
		id := g.Identity
		id.Device, id.Inode, id.Birth = unix.Mkdev(x.Dev_major, x.Dev_minor), x.Ino, x.Btime.Sec*1e9+int64(x.Btime.Nsec)
		changes.Identities = append(changes.Identities, id)
	}
	if len(changes.Identities) != 1 {
		t.Fatalf("%d generations are known", len(changes.Identities))
	}
	store.Commit(&changes)
	must(t, store.Close())
}

// start needs root, as whoever gives a process a view of its own of names does.
func (c *clone) start() {
	c.s.t.Helper()
	script := `hostname "$1" && mount --bind "$2" "$3" && exec "$4" run --config "$3/shipper.hcl"`
	cmd := exec.Command("unshare", "--mount", "--uts", "sh", "-c", script, "sh", cloneName, c.dir, c.s.dir, shared.program)
	cmd.Env = environment()
	var err error
	c.agent, err = process.Start(cmd, filepath.Join(c.dir, "agent.log"))
	must(c.s.t, err)
}

func (c *clone) stop() {
	if c.agent != nil && c.agent.Running() {
		_ = c.agent.Kill()
	}
}

// hosts counts the bytes of the bucket's objects by the host that stored them.
func (s *story) hosts() map[string]int64 {
	all := map[string]int64{}
	for _, e := range s.objects() {
		m, err := s.s3.Describe(context.Background(), e.Key)
		must(s.t, err)
		all[m.Generation.Host] += m.End - m.Start
	}
	return all
}

// values are the different lines in the topic that begin so.
func (s *story) values(prefix string) int {
	seen := map[string]bool{}
	for _, r := range s.kafka.records(s.t) {
		if strings.HasPrefix(r.value, prefix) {
			seen[r.value] = true
		}
	}
	return len(seen)
}

// TestTwoHostsWithOneID is row k of the plan: a machine is cloned, state and all, and
// both put lines aside under one prefix, at the same places of the same generation.
// Nothing is overwritten or lost of either, and whoever comes across it names it.
func TestTwoHostsWithOneID(t *testing.T) {
	t.Parallel()
	s := newStory(t, settings{})
	host, err := os.Hostname()
	must(t, err)
	s.write("a", 300)
	s.start()
	s.until("the first lines arrive", func() bool { return s.arrived() == 300 })
	s.stop()
	c := s.clone()
	c.know("a.log")

	s.kafka.away.Store(true)
	before, _ := s.written()
	s.write("a", 1500)
	after, _ := s.written()
	var theirs []byte
	for i := range 1500 {
		theirs = fmt.Appendf(theirs, "b %08d some other words of an application that has much to say\n", i)
	}
	f, err := os.OpenFile(filepath.Join(c.dir, "logs", "a.log"), os.O_WRONLY|os.O_APPEND, 0o644)
	must(t, err)
	_, err = f.Write(theirs)
	must(t, err)
	must(t, f.Close())
	s.start()
	c.start()
	s.until("the lines of both are aside", func() bool {
		by := s.hosts()
		return by[host] >= after-before && by[cloneName] >= int64(len(theirs))
	})
	s.stop()
	c.stop()
	if generations := generationsOf(s.objects()); len(generations) != 1 {
		t.Fatalf("they are in %d generations, so they are in nobody's way", len(generations))
	}

	names := func(what, text string) {
		t.Helper()
		if !strings.Contains(text, "two hosts have the same agent id") || !strings.Contains(text, host) || !strings.Contains(text, cloneName) {
			t.Errorf("%s does not name the conflict:\n%s", what, text)
		}
	}
	verify := exec.CommandContext(t.Context(), shared.program, "verify", "--config", filepath.Join(s.dir, "shipper.hcl"), filepath.Join(s.dir, "logs"))
	verify.Env = environment()
	said, err := verify.CombinedOutput()
	if err == nil || !strings.Contains(string(said), "CONFLICT") {
		t.Errorf("verify: %v\n%s", err, said)
	}
	names("verify", string(said))
	s.kafka.away.Store(false)
	o := s.otherHost()
	names("replay", o.replays(1, "s3://"+s.where))
	names("replay of what is not there", o.replays(1, "--from-host", cloneName, "--skip-delivered", "s3://"+s.where))
	if n := s.arrived(); n != 300 {
		t.Fatalf("%d lines were shipped though it is not clear which are meant", n-300)
	}

	// The clone dies, and the original loses state and files. It takes back its own.
	must(t, os.RemoveAll(filepath.Join(s.dir, "state")))
	s.remove("a")
	s.start()
	s.until("the lines of this host have arrived", func() bool { return s.values("a ") == 1800 })
	s.until("its objects are marked", func() bool { return len(s.unmarked(host)) == 0 })
	log, err := os.ReadFile(filepath.Join(s.dir, "agent.log"))
	must(t, err)
	names("the listing at start", string(log))
	if n := s.values("b "); n != 0 || len(s.unmarked(cloneName)) == 0 {
		t.Errorf("%d lines of the clone were shipped, %d of its objects are left", n, len(s.unmarked(cloneName)))
	}

	// Another host ships those of the clone.
	o.replays(0, "--from-host", cloneName, "--mark-returned", "s3://"+s.where)
	if n := s.values("b "); n != 1500 {
		t.Errorf("%d lines of the clone arrived, of 1500", n)
	}
	if n := s.values("a "); n != 1800 {
		t.Errorf("%d lines of the original are there, of 1800", n)
	}
	if left := append(s.unmarked(host), s.unmarked(cloneName)...); len(left) != 0 {
		t.Errorf("not marked: %q", left)
	}
}

func generationsOf(entries []s3.Entry) []uint64 {
	var all []uint64
	for _, e := range entries {
		all = append(all, e.Name.Generation)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// unmarked lists the objects of a host that were not returned.
func (s *story) unmarked(host string) (keys []string) {
	for _, e := range s.objects() {
		m, err := s.s3.Describe(context.Background(), e.Key)
		must(s.t, err)
		if m.Generation.Host == host && !e.Returned {
			keys = append(keys, e.Key)
		}
	}
	return keys
}
