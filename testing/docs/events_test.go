package docs

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// cell matches a row of a table: a name in backticks, and what is said of it.
var cell = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| (.*) \\|$")

// page is a document whose tables follow the code, and whose sentences people
// write.
type page struct {
	path string
	said map[string]string // by name: the last columns
}

func readPage(t *testing.T, name string) *page {
	t.Helper()
	p := &page{path: "../../packaging/docs/" + name, said: map[string]string{}}
	text, err := os.ReadFile(p.path)
	if err != nil && !*update {
		t.Fatal(err)
	}
	for _, m := range cell.FindAllStringSubmatch(string(text), -1) {
		p.said[m[1]] = m[2]
	}
	return p
}

// compare holds the page against what it should be; -update writes it.
func (p *page) compare(t *testing.T, want string) {
	t.Helper()
	if strings.Contains(want, "TODO") {
		t.Errorf("%s: somebody must write what stands for TODO", p.path)
	}
	if *update {
		if err := os.WriteFile(p.path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(p.path)
	if err != nil || string(have) != want {
		t.Errorf("%s is not what the program says (%v); go test ./testing/docs -update writes it", p.path, err)
	}
}

// areas are the headings of a page, by the beginning of a directory.
var areas = []struct{ under, heading string }{
	{"agent", "The agent"}, {"inputs", "Files"}, {"outputs/kafka", "Kafka"},
	{"outputs", "Other outputs, quarantine"}, {"checkpoint", "State"},
}

// in are the events of an area that no area before it has, by name.
func in(s *source, i int, wanted func(*event) bool) (found []*event) {
	for _, name := range slices.Sorted(maps.Keys(s.events)) {
		e := s.events[name]
		first := slices.IndexFunc(areas, func(a struct{ under, heading string }) bool { return strings.HasPrefix(e.area, a.under) })
		if first == i && wanted(e) {
			found = append(found, e)
		}
	}
	return found
}

const eventsHead = `# Events

The agent logs one line for each change of state, to standard error: text on a
terminal, else one JSON object a line (` + "`log_format`" + `). ` + "`msg`" + ` is the name of the event and
stays what it is within a version; ` + "`time`" + ` and ` + "`level`" + ` are there always. An event of a part
has the field ` + "`input`" + ` or ` + "`output`" + `, too. What is the same for many files is said a few times
a minute, and ` + "`not_logged`" + ` counts the rest. Nothing of the content of logs is logged, and
no secret. Under systemd the lines go to the journal:

` + "```" + `
journalctl -u shipper -o cat | jq 'select(.level != "INFO")'
` + "```" + `

What is of level warn or error is explained in [errors.md](errors.md).
`

// TestEventsPage: every event of the code is on the page with its level and
// fields, and nothing else is.
func TestEventsPage(t *testing.T) {
	s, p := read(t), readPage(t, "events.md")
	if len(s.events) < 60 {
		t.Fatalf("only %d events were found", len(s.events))
	}
	var b strings.Builder
	b.WriteString(eventsHead)
	for i, a := range areas {
		fmt.Fprintf(&b, "\n## %s\n\n| event | level | fields | when |\n|---|---|---|---|\n", a.heading)
		for _, e := range in(s, i, func(*event) bool { return true }) {
			when := "see [errors](errors.md)"
			if strings.Contains(e.level, "info") {
				columns := strings.Split(p.said[e.name], " | ")
				if when = columns[len(columns)-1]; len(columns) < 3 || when == "" {
					when = "TODO"
				}
			}
			fields := "–"
			if len(e.fields) > 0 {
				fields = "`" + strings.Join(e.fields, "`, `") + "`"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", e.name, e.level, fields, when)
		}
	}
	p.compare(t, b.String())
}

const errorsHead = `# Errors

What the agent and its commands say when a person is needed, why that happens, and
what to do. None of it loses a line by itself; where lines are at stake, it says so.
Mistakes in a configuration are not here: they are shown with file, line and what to
write instead (` + "`shipper check`" + `). What Kafka answers is in [kafka-errors.md](kafka-errors.md).
What goes on by itself is cured when the cause is gone: the agent tries again for ever.
`

// internal are refusals that no person sees: those who call know what to do.
var internal = []string{
	"both names are of one file", "the batch has no records", "the batch takes more than 2 GiB", "end of log", "torn frame",
	"the decoders for compressed files are busy with others", "there is no such object",
	"it was not its turn yet, and somebody could not wait", "what is put aside is not here yet, and somebody could not wait for it",
	"the bytes before the offset have changed", "the bytes are gone: the file was truncated, replaced or deleted", "the bytes do not make the same records",
}

// TestErrorsPage: every alarm and every refusal of the code is on the page with
// its cause and cure, and nothing else is.
func TestErrorsPage(t *testing.T) {
	s, p := read(t), readPage(t, "errors.md")
	row := func(b *strings.Builder, name string) {
		said := p.said[name]
		if strings.Count(said, " | ") != 1 {
			said = "TODO | TODO"
		}
		fmt.Fprintf(b, "| `%s` | %s |\n", name, said)
	}
	var b strings.Builder
	b.WriteString(errorsHead)
	for i, a := range areas {
		fmt.Fprintf(&b, "\n## %s\n\n| logged | cause | cure |\n|---|---|---|\n", a.heading)
		for _, e := range in(s, i, (*event).alarm) {
			row(&b, e.name)
		}
	}
	b.WriteString("\n## What commands and `status` say\n\nWhat stands for `%q`, `%s`, `%d` and `%w` is filled in.\n\n| said | cause | cure |\n|---|---|---|\n")
	n := 0
	for _, text := range s.refusals {
		if !slices.Contains(internal, text) {
			n++
			row(&b, strings.ReplaceAll(text, "\n", " "))
		}
	}
	if n < 10 {
		t.Errorf("only %d refusals were found", n)
	}
	p.compare(t, b.String())
}
