package explain

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"shipper/agent/config"
	"shipper/agent/logrotate"
	"shipper/agent/status"
)

// rig is a configuration of one input, and a directory of its files.
func rig(t *testing.T, rotation string) (*Source, string) {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(strings.ReplaceAll(text, "$DIR", dir)), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	write("a.log", "one\ntwo\n")
	write("a.log.1", "rotated\n")
	return Look(context.Background(), configure(t, dir, dir), write("rotation", rotation)), dir
}

// configure loads a configuration of one input, which reads what is in logs, and all else of
// which is in dir.
func configure(t *testing.T, dir, logs string) *config.Config {
	t.Helper()
	name := filepath.Join(dir, "shipper.hcl")
	text := strings.NewReplacer("$LOGS", logs, "$DIR", dir).Replace(`
agent {
  state_dir = "$DIR/state"
  listen    = "off"
}
input "logfile" "in" {
  paths  = ["$LOGS/*.log"]
  output = output.file.out
}
output "file" "out" {
  path = "$DIR/out"
}
`)
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, found := config.Load(name)
	if found.HasErrors() {
		t.Fatalf("%+v", found)
	}
	return cfg
}

func text(t *testing.T, e *Explanation) string {
	t.Helper()
	var b bytes.Buffer
	if err := e.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestWaits gives the words of an agent and asks what a file waits for.
func TestWaits(t *testing.T) {
	now := time.Now()
	route := func(shards ...status.Shard) status.Route {
		return status.Route{Name: "in → file.out", Input: "in", Output: "file.out", State: status.RouteStalled, Shards: shards}
	}
	for _, c := range []struct {
		name            string
		offset, rotated int64 // shipped of the file of 8 bytes, and of the rotated one
		fileErr         string
		route           status.Route
		output          string // its error
		want            string
	}{
		{"all shipped", 8, 8, "", route(), "", "nothing is left to ship"},
		{"under way", 4, 8, "", route(), "", "being shipped, 4 bytes are left"},
		{"older first", 0, 3, "", route(), "", "5 bytes of the older file"},
		{"unreadable", 4, 8, "may not be read", route(), "", "may not be read"},
		{"refused", 4, 8, "", route(status.Shard{Topic: "t", Partition: 3, State: status.ShardWaiting, Attempts: 7,
			RetryAt: now.Add(2 * time.Second), LastError: "NOT_ENOUGH_REPLICAS"}), "",
			"partition 3 of topic t failed 7 times, tried again in 2s: NOT_ENOUGH_REPLICAS"},
		{"no place", 4, 8, "", route(), "no broker answers", "no broker answers"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, dir := rig(t, "")
			path := filepath.Join(dir, "a.log")
			file := func(name, state string, size, offset int64) status.File {
				return status.File{Path: name, Input: "in", Stream: path, Size: size, State: state, Routes: []status.FileRoute{
					{Route: "in → file.out", Offset: offset, LagBytes: size - offset}}}
			}
			live := file(path, "live", 8, c.offset)
			live.LastError = c.fileErr
			s.Snapshot = &status.Snapshot{
				Time: now, Files: []status.File{file(path+".1", "rotated", 8, c.rotated), live},
				Routes: []status.Route{c.route}, Outputs: []status.Output{{Name: "file.out", LastError: c.output}},
			}
			got := text(t, s.Explain(path))
			_, after, _ := strings.Cut(got, "\n  now\n")
			if !strings.HasPrefix(after, "    in → file.out: "+c.want) {
				t.Errorf("want %q in\n%s", c.want, got)
			}
		})
	}
}

// TestWaitsForTheEnd: a file is held back by completed_only, or waits to be complete
// and for what is done with it then.
func TestWaitsForTheEnd(t *testing.T) {
	for _, c := range []struct {
		name, of, ended string
		offset          int64
		want            string
	}{
		{"live, nothing shipped", "a.log", "", 0, "completed_only: shipped when it is finished, and it has no successor"},
		{"rotated, nothing shipped", "a.log.1", "", 0, "completed_only: shipped when it is finished, that is unchanged for 1m0s"},
		{"rotated, shipped", "a.log.1", "", 8, "nothing is left to ship; it is complete when every route has it"},
		{"complete", "a.log.1", "complete", 8, `nothing is left to ship; it is complete, on_complete = "delete" is next`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, dir := rig(t, "")
			s.Config.Inputs[0].CompletedOnly, s.Config.Inputs[0].OnComplete = true, "delete"
			s.Snapshot = &status.Snapshot{Time: time.Now(), Routes: []status.Route{{Name: "in → file.out", Input: "in", Output: "file.out"}}}
			for _, name := range []string{"a.log.1", "a.log"} {
				f := status.File{Path: filepath.Join(dir, name), Input: "in", Stream: filepath.Join(dir, "a.log"), Size: 8, State: "live"}
				r := status.FileRoute{Route: "in → file.out", Offset: 8}
				if name == c.of {
					f.Ended, r.Offset, r.LagBytes = c.ended, c.offset, 8-c.offset
				}
				f.Routes = []status.FileRoute{r}
				s.Snapshot.Files = append(s.Snapshot.Files, f)
			}
			got := text(t, s.Explain(filepath.Join(dir, c.of)))
			_, after, _ := strings.Cut(got, "\n  now\n")
			if !strings.HasPrefix(after, "    in → file.out: "+c.want) {
				t.Errorf("want %q in\n%s", c.want, got)
			}
		})
	}
}

// TestRotationAgainstLag tells of files that are deleted with unread lines.
func TestRotationAgainstLag(t *testing.T) {
	s, dir := rig(t, "$DIR/*.log {\nrotate 1\ndaily\n}\n")
	found := Rotation(s)
	if len(found) != 1 || !strings.Contains(found[0].Message, "rotate 1: the next rotation, within a day, deletes a file") ||
		!strings.Contains(found[0].Message, "16 B wait") || found[0].Subject != filepath.Join(dir, "rotation")+":1" {
		t.Errorf("%+v", found)
	}
	if got := text(t, s.Explain(filepath.Join(dir, "a.log.1"))); !strings.Contains(got, "warning: rotate 1: the next rotation") {
		t.Error(got)
	}
	s.Rotation = &logrotate.Config{Problems: []string{"can't be read"}}
	if found := Rotation(s); len(found) != 1 || found[0].Message != "can't be read" {
		t.Errorf("%+v", found)
	}
}

// TestHostileNames: a file's name can't forge a line or reach the terminal.
func TestHostileNames(t *testing.T) {
	s, dir := rig(t, "")
	for _, base := range []string{"x\ninputs\n  in ships it.log", "\x1b[2J.log", "\xff\xfe.log", strings.Repeat("n", 251) + ".log"} {
		path := filepath.Join(dir, base)
		if err := os.WriteFile(path, []byte("a\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		e := s.Explain(path)
		got := text(t, e)
		if !e.Taken() || strings.Contains(got, "\x1b") || !utf8.ValidString(got) || strings.Count(got, "\ninputs\n") != 1 {
			t.Errorf("%q:\n%s", base, got)
		}
	}
}
