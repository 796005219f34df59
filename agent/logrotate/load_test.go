package logrotate

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// write puts files into a directory and returns its path; $DIR in them stands for
// it.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(strings.ReplaceAll(text, "$DIR", dir)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestLoad reads what distributions and people write.
func TestLoad(t *testing.T) {
	dir := write(t, map[string]string{
		"logrotate.conf": `# see "man logrotate"
weekly
rotate 4
create
#dateext
include $DIR/d
/var/log/wtmp {
    missingok
    monthly
    create 0664 root utmp
    rotate 1
}
`,
		"d/apt": `/var/log/apt/term.log {
  rotate 12
  monthly
  compress
  missingok
  notifempty
}
`,
		"d/nginx": `/var/log/nginx/*.log
"/srv/my site/*.log" /srv/{a,b}.log{
	daily
	size = 100M
	maxsize 1G # and a comment
	delaycompress
	compress
	sharedscripts
	prerotate
		if [ -d /etc/logrotate.d/httpd-prerotate ]; then { echo copytruncate; } fi
	endscript
	postrotate
		invoke-rc.d nginx rotate >/dev/null 2>&1
	endscript
	rotate -1
}
/one/line.log { copytruncate rotate 3 }
`,
		"d/nginx.dpkg-old": "/old.log { copytruncate\n}\n",
		"d/zz":             "compress\n", // for what follows the include
	})
	c := Load(filepath.Join(dir, "logrotate.conf"))
	if len(c.Problems) != 0 || len(c.Rules) != 4 {
		t.Fatalf("%d rules, problems %q", len(c.Rules), c.Problems)
	}
	base := defaults()
	base.Rotate = 4
	want := func(change func(*Settings)) Settings { s := base; change(&s); return s }
	for path, s := range map[string]Settings{
		"/var/log/apt/term.log": want(func(s *Settings) { s.Rotate, s.Every, s.Compress = 12, "monthly", true }),
		"/var/log/nginx/a.log": want(func(s *Settings) {
			s.Rotate, s.Every, s.Size, s.MaxSize, s.Compress, s.DelayCompress = -1, "", 100<<20, 1<<30, true, true
		}),
		"/srv/my site/x.log": want(func(s *Settings) {
			s.Rotate, s.Every, s.Size, s.MaxSize, s.Compress, s.DelayCompress = -1, "", 100<<20, 1<<30, true, true
		}),
		"/srv/b.log": want(func(s *Settings) {
			s.Rotate, s.Every, s.Size, s.MaxSize, s.Compress, s.DelayCompress = -1, "", 100<<20, 1<<30, true, true
		}),
		"/one/line.log": want(func(s *Settings) { s.CopyTruncate, s.Rotate = true, 3 }),
		"/var/log/wtmp": want(func(s *Settings) { s.Rotate, s.Every, s.Compress = 1, "monthly", true }),
	} {
		r := c.For(path)
		if r == nil {
			t.Errorf("%s: no rule", path)
		} else if !reflect.DeepEqual(r.Settings, s) {
			t.Errorf("%s: %+v, want %+v", path, r.Settings, s)
		}
	}
	for _, path := range []string{"/old.log", "/var/log/nginx/sub/a.log", "/var/log/nginx/a.log.1"} {
		if r := c.For(path); r != nil {
			t.Errorf("%s: rule %s", path, r.Place())
		}
	}
	if r := c.For("/srv/b.log"); r.Place() != filepath.Join(dir, "d/nginx")+":2" {
		t.Errorf("place %s", r.Place())
	}
}

func TestLoadOddThings(t *testing.T) {
	if c := Load(filepath.Join(t.TempDir(), "absent")); len(c.Rules)+len(c.Problems) != 0 {
		t.Errorf("%+v", c)
	}
	dir := write(t, map[string]string{
		"c": "include $DIR/c\ninclude $DIR/absent\n/a.log {\n rotate many\n", // round in a circle, no end
	})
	c := Load(filepath.Join(dir, "c"))
	if len(c.Problems) < 3 {
		t.Errorf("problems %q", c.Problems)
	}
	// The directory itself stands for the files in it.
	if c := Load(dir); len(c.Problems) < 3 {
		t.Errorf("problems %q", c.Problems)
	}
}

func TestRotated(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for text, want := range map[string]string{
		"":                           "/l/app.log.1",
		"start 0":                    "/l/app.log.0",
		"compress":                   "/l/app.log.1.gz",
		"compress\ndelaycompress":    "/l/app.log.1",
		"dateext":                    "/l/app.log-20260102",
		"dateext\ndateformat .%s":    "/l/app.log.1767323045",
		"extension .log":             "/l/app.1.log",
		"olddir /old":                "/old/app.log.1",
		"olddir old\nextension .txt": "/l/old/app.log.1",
	} {
		l := loader{config: &Config{}, global: defaults()}
		var lines [][]byte
		for s := range strings.SplitSeq("/l/*.log {\n"+text+"\n}", "\n") {
			lines = append(lines, []byte(s))
		}
		l.parse("x", lines, 0)
		if got := l.config.For("/l/app.log").Rotated("/l/app.log", at); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestLint(t *testing.T) {
	for _, c := range []struct {
		text   string
		unread Unread
		want   []string // the beginnings
	}{
		{"rotate 4\ndelaycompress\ncompress", Unread{}, nil},
		{"rotate 4", Unread{Bytes: 100, Oldest: 1}, nil},
		{"rotate 4\ncopytruncate", Unread{Bytes: 2048}, []string{"copytruncate destroys"}},
		{"rotate 4\ncompress", Unread{}, []string{"compress without delaycompress"}},
		{"rotate 4\ncompress\nnocompress", Unread{}, nil},
		{"rotate 0", Unread{}, []string{"rotate 0 deletes"}},
		{"", Unread{}, []string{"rotate 0 deletes"}},
		{"rotate -1", Unread{Bytes: 5, Oldest: 99}, nil},
		{"daily\nrotate 2", Unread{Bytes: 5, Oldest: 2}, []string{"rotate 2: the next rotation, within a day, deletes"}},
		{"size 1M\nrotate 4", Unread{Bytes: 5, Oldest: 3}, []string{"rotate 4: the oldest file with lines that are not shipped was rotated 3 rotations ago and is deleted by the second rotation from now, one when the live file has 1.0 MiB"}},
		{"rotate 3\nshred", Unread{}, []string{"shred overwrites"}},
	} {
		l := loader{config: &Config{}, global: defaults()}
		var lines [][]byte
		for s := range strings.SplitSeq("/a.log {\n"+c.text+"\n}", "\n") {
			lines = append(lines, []byte(s))
		}
		l.parse("x", lines, 0)
		found := l.config.Rules[0].Lint(c.unread)
		ok := len(found) == len(c.want)
		for i := range found {
			ok = ok && strings.HasPrefix(found[i].What, c.want[i]) && found[i].Cure != ""
		}
		if !ok {
			t.Errorf("%q: %+v, want %q", c.text, found, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("/a/*.log {\n rotate 3\n compress }\n")
	f.Add("\"/a b\" /c{\nprerotate\n}\nendscript\n}")
	f.Add("tabooext + ,x\nsize 99999999999999999G\n= { } \\")
	f.Fuzz(func(t *testing.T, text string) {
		l := loader{config: &Config{}, global: defaults()}
		var lines [][]byte
		for s := range strings.SplitSeq(text, "\n") {
			if !strings.Contains(s, "include") {
				lines = append(lines, []byte(s))
			}
		}
		l.parse("x", lines, 0)
		for _, r := range l.config.Rules {
			r.Lint(Unread{Bytes: 1, Oldest: 1})
			r.Matches("/a/b.log")
			if r.Size < 0 || r.MaxSize < 0 {
				t.Errorf("sizes %d, %d", r.Size, r.MaxSize)
			}
		}
	})
}
