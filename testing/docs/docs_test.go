package docs

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"shipper/agent/cli"
	"shipper/agent/config"
)

var update = flag.Bool("update", false, "write the generated page anew")

// block is one fenced block of a document.
type block struct {
	file, language, text string
	line                 int
}

var fence = regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$")

// documents are the texts of all documents by their names.
func documents(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../../packaging/docs/*.md")
	if err != nil || len(files) < 5 {
		t.Fatalf("documents: %v, %v", files, err)
	}
	texts := map[string]string{}
	for _, file := range append(files, "../../README.md") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.Base(file)] = string(text)
	}
	return texts
}

// blocks are those of all documents.
func blocks(t *testing.T) []block {
	t.Helper()
	var all []block
	for file, text := range documents(t) {
		for _, m := range fence.FindAllStringSubmatchIndex(text, -1) {
			all = append(all, block{
				file: file, language: text[m[2]:m[3]], text: text[m[4]:m[5]],
				line: strings.Count(text[:m[0]], "\n") + 1,
			})
		}
	}
	return all
}

// usual is what samples refer to and do not repeat.
const usual = `
output "kafka" "events" {
  brokers = ["localhost:9092"]
}
`

// load loads a text as a configuration, with the usual output if it has none of
// its own.
func load(t *testing.T, text string) config.Diagnostics {
	t.Helper()
	if strings.Contains(text, "output.kafka.events") && !strings.Contains(text, `output "kafka" "events"`) {
		text += usual
	}
	path := filepath.Join(t.TempDir(), "shipper.hcl")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, found := config.Load(path)
	return found
}

func TestConfigurationsLoad(t *testing.T) {
	n := 0
	for _, b := range blocks(t) {
		if b.language != "hcl" {
			continue
		}
		n++
		for _, d := range load(t, b.text) {
			if d.Severity == config.Error {
				t.Errorf("%s:%d: %v", b.file, b.line, d)
			}
		}
	}
	if n < 6 {
		t.Errorf("only %d blocks of configuration were found", n)
	}
}

// TestSamplesLoad loads every sample of conf.d by itself.
func TestSamplesLoad(t *testing.T) {
	files, err := filepath.Glob("../../conf.d/*.hcl")
	if err != nil || len(files) < 6 {
		t.Fatalf("samples: %v, %v", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range load(t, string(text)) {
			if d.Severity == config.Error {
				t.Errorf("%s: %v", filepath.Base(file), d)
			}
		}
	}
}

var targets = regexp.MustCompile(`(?m)^([a-z0-9-]+):`)

// inline is a command within a sentence.
var inline = regexp.MustCompile("`(shipper [a-z][^`|]*)")

// TestCommandsExist looks up the verbs and flags of all commands of shipper, and
// the targets of make, that the documents show.
func TestCommandsExist(t *testing.T) {
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	var known []string
	for _, m := range targets.FindAllSubmatch(makefile, -1) {
		known = append(known, string(m[1]))
	}
	n := 0
	look := func(where, command string) {
		words := strings.Fields(command)
		if len(words) < 2 {
			return
		}
		switch strings.TrimPrefix(words[0], "./") {
		case "make":
			n++
			if !slices.Contains(known, words[1]) {
				t.Errorf("%s: there is no target %s", where, words[1])
			}
		case "shipper":
			n++
			verb, rest, err := cli.Command().Find(words[1:])
			switch {
			case err != nil:
			case !verb.HasParent():
				t.Errorf("%s: %q names no verb", where, command)
			default:
				err = verb.ParseFlags(rest)
			}
			if err != nil {
				t.Errorf("%s: %q: %v", where, command, err)
			}
		}
	}
	for _, b := range blocks(t) {
		if b.language != "" {
			continue
		}
		for line := range strings.Lines(b.text) {
			line, _, _ = strings.Cut(line, " #")
			for command := range strings.SplitSeq(line, "&&") {
				look(fmt.Sprintf("%s:%d", b.file, b.line), strings.TrimSpace(command))
			}
		}
	}
	for file, text := range documents(t) {
		for _, m := range inline.FindAllStringSubmatch(text, -1) {
			look(file, m[1])
		}
	}
	if n < 20 {
		t.Errorf("only %d commands were found", n)
	}
}

const (
	pagePath = "../../packaging/docs/configuration.md"
	pageHead = `# Configuration

One main file, by default ` + "`/etc/shipper/shipper.hcl`" + `, and all ` + "`conf.d/*.hcl`" + ` beside it, read
together. What is changed takes effect within a second; ` + "`shipper reload`" + ` waits for it
and says what became of it. Unknown keys, wrong types, duplicate labels and dangling
references are errors, shown with file, line and source; while there are any, the
configuration before stays in force.

This is what ` + "`shipper check --reference`" + ` prints; the third column is the default.

`
)

// TestConfigurationPage compares the page with what the program says. -update
// writes it anew.
func TestConfigurationPage(t *testing.T) {
	var page bytes.Buffer
	page.WriteString(pageHead + "```text\n")
	if err := config.Reference(&page); err != nil {
		t.Fatal(err)
	}
	page.WriteString("```\n")
	if *update {
		if err := os.WriteFile(pagePath, page.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(pagePath)
	if err != nil || !bytes.Equal(have, page.Bytes()) {
		t.Errorf("the page is not what the program says (%v); go test ./testing/docs -update writes it", err)
	}
}

// TestGoIsNamed: who has another Go than README says can't build at all.
func TestGoIsNamed(t *testing.T) {
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(mod)
	if m == nil {
		t.Fatal("go.mod names no version")
	}
	if want := "Go " + string(m[1]) + " and make"; !strings.Contains(documents(t)["README.md"], want) {
		t.Errorf("README does not say that it needs %s", want)
	}
}
