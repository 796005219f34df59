package config

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"shipper/agent/config/diag"
	"shipper/agent/config/value"
)

// wanted is a diagnostic that a test file announces.
type wanted struct {
	file, severity string
	line           int
	phrases        []string // in summary or detail
}

func (w wanted) String() string {
	return fmt.Sprintf("%s:%d: %s: %s", w.file, w.line, w.severity, strings.Join(w.phrases, " | "))
}

func (w wanted) is(d Diagnostic) bool {
	if d.File != w.file || d.Line != w.line || d.Severity.String() != w.severity {
		return false
	}
	return !slices.ContainsFunc(w.phrases, func(p string) bool {
		return !strings.Contains(d.Summary+"\n"+d.Detail, p)
	})
}

// hold demands every wanted diagnostic and no other error.
func hold(t *testing.T, want []wanted, got Diagnostics) {
	t.Helper()
	left := slices.Clone(got)
	for _, w := range want {
		i := slices.IndexFunc(left, w.is)
		if i < 0 {
			t.Errorf("missing: %v", w)
			continue
		}
		left = slices.Delete(left, i, i+1)
	}
	for _, d := range left {
		if d.Severity == Error {
			t.Errorf("not wanted: %v", d)
		}
	}
	if t.Failed() {
		var b strings.Builder
		_ = got.Write(&b)
		t.Logf("all that was reported:\n%s", b.String())
	}
}

var comment = regexp.MustCompile(`# ((?:error|warning): .*)$`)

// inComments reads wanted diagnostics from comments on their lines:
// "# error: phrase | phrase | error: phrase".
func inComments(file, text string) (all []wanted) {
	for i, line := range strings.Split(text, "\n") {
		m := comment.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		for _, p := range strings.Split(m[1], " | ") {
			severity, phrase, ok := strings.Cut(p, ": ")
			if ok && (severity == "error" || severity == "warning") {
				all = append(all, wanted{file: file, line: i + 1, severity: severity})
			} else {
				phrase = p
			}
			last := &all[len(all)-1]
			last.phrases = append(last.phrases, phrase)
		}
	}
	return all
}

func TestBad(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.hcl")
	if err != nil || len(files) < 100 {
		t.Fatalf("%d test files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".hcl"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want := inComments(file, string(text))
			if len(want) == 0 {
				t.Fatal("the file announces nothing")
			}
			cfg, got := Load(file)
			hold(t, want, got)
			if (cfg == nil) != got.HasErrors() {
				t.Errorf("configuration %v in spite of the errors", cfg)
			}
			for _, d := range got {
				holdExcerpt(t, d, string(text))
			}
		})
	}
}

// holdExcerpt checks that a diagnostic shows its line and marks something on it.
func holdExcerpt(t *testing.T, d Diagnostic, text string) {
	t.Helper()
	if d.Line == 0 && d.Severity == diag.Warning {
		return // about the whole configuration
	}
	lines := strings.Split(text, "\n")
	if d.Line < 1 || d.Line > len(lines) {
		t.Fatalf("%v: there is no such line", d)
	}
	line := lines[d.Line-1]
	if d.Source != line && !strings.Contains(d.Source, diag.Masked) {
		t.Errorf("%v: shows %q, the line is %q", d, d.Source, line)
	}
	if !strings.Contains(d.Marks, "^") {
		t.Errorf("%v: marks nothing: %q", d, d.Marks)
	}
	if strings.Contains(d.String()+d.Detail+d.Source, "hunter2") {
		t.Errorf("%v: tells the password: %q", d, d.Source)
	}
}

var inText = regexp.MustCompile(`^(\S+?)(?::(\d+))?: (error|warning): (.*)$`)

// TestTrees loads archives of several files. The text before the first file
// announces the diagnostics: "conf.d/a.hcl:2: error: phrase | phrase".
func TestTrees(t *testing.T) {
	archives, err := filepath.Glob("testdata/trees/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, archive := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(archive), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(archive)
			if err != nil {
				t.Fatal(err)
			}
			t.Chdir(t.TempDir())
			for _, f := range a.Files {
				write(t, f.Name, string(f.Data))
			}
			var want []wanted
			for _, line := range strings.Split(string(a.Comment), "\n") {
				if m := inText.FindStringSubmatch(line); m != nil {
					w := wanted{file: m[1], severity: m[3], phrases: strings.Split(m[4], " | ")}
					_, _ = fmt.Sscan(m[2], &w.line)
					want = append(want, w)
				}
			}
			_, got := Load("main.hcl")
			hold(t, want, got)
			ordered(t, got)
		})
	}
}

// ordered demands the order that Write promises.
func ordered(t *testing.T, got Diagnostics) {
	t.Helper()
	for i := 1; i < len(got); i++ {
		if a, b := got[i-1], got[i]; a.File == b.File && a.Line > b.Line || a.File != "main.hcl" && a.File > b.File {
			t.Errorf("%v comes before %v", a, b)
		}
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestUnreadable(t *testing.T) {
	t.Chdir(t.TempDir())
	_, got := Load("none.hcl")
	hold(t, []wanted{{file: "none.hcl", severity: "error", phrases: []string{"no such file or directory"}}}, got)

	write(t, "main.hcl", "input \"logfile\" \"a\" {\n  paths  = [\"/a\"]\n  output = output.stdout.out\n}\n")
	if err := os.Mkdir("conf.d", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", "conf.d/out.hcl"); err != nil {
		t.Fatal(err)
	}
	_, got = Load("main.hcl")
	hold(t, []wanted{{file: "conf.d/out.hcl", severity: "error", phrases: []string{"no such file", "symbolic link"}}}, got)

	if err := os.Remove("conf.d/out.hcl"); err != nil {
		t.Fatal(err)
	}
	write(t, "conf.d/out.hcl", strings.Repeat("# a log file, mistaken for a configuration\n", value.LargestFile/40))
	_, got = Load("main.hcl")
	hold(t, []wanted{{file: "conf.d/out.hcl", severity: "error", phrases: []string{"larger than"}}}, got)

	if err := os.RemoveAll("conf.d"); err != nil {
		t.Fatal(err)
	}
	write(t, "conf.d", "a file")
	_, got = Load("main.hcl")
	hold(t, []wanted{{file: "conf.d", severity: "error", phrases: []string{"not a directory"}}}, got)
}

// TestSamples loads every shipped drop-in, alone beside a minimal main file and
// the outputs, and all together.
func TestSamples(t *testing.T) {
	files, err := filepath.Glob("../../conf.d/*.hcl")
	if err != nil || len(files) < 2 {
		t.Fatalf("samples: %v, %v", files, err)
	}
	texts := map[string]string{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.Base(f)] = string(text)
	}
	load := func(t *testing.T, wanted func(name string) bool) {
		t.Chdir(t.TempDir())
		write(t, "main.hcl", "agent {}\n")
		for name, text := range texts {
			if wanted(name) {
				write(t, "conf.d/"+name, text)
			}
		}
		_, got := Load("main.hcl")
		hold(t, nil, got)
	}
	for name := range texts {
		t.Run(name, func(t *testing.T) {
			load(t, func(n string) bool { return n == name || n == "outputs.hcl" })
		})
	}
	t.Run("all", func(t *testing.T) { load(t, func(string) bool { return true }) })
}
