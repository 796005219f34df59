package operate

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"shipper/testing/await"
)

// unreachable is an output that nobody answers for.
const unreachable = `
input "logfile" "far" {
  paths  = ["%s/*.log"]
  output = output.kafka.away
  topic  = "events"
}
output "kafka" "away" {
  brokers = ["127.0.0.1:1"]
}
`

func TestPageOfHealthyAgent(t *testing.T) {
	l := start(t, "")
	for i := range 12 {
		l.write(fmt.Sprintf("shop-%02d.log", i), strings.Repeat("a line of a log\n", 100*(i+1)))
	}
	b := open(t, l, 1200, false)
	b.shows("#verdict", "all is well")
	b.shows("#route-rows", "app → file.copy")
	b.shows("#output-rows", "healthy")
	b.shows("#file-rows", "shop-11.log")
	b.shows("#file-rows", "100 %")
	b.shows("#totals", "7,800") // records
	b.shows("#rate-top", "top:")
	t.Logf("first paint after %s ms", b.value("Math.round(performance.getEntriesByName('first-contentful-paint')[0].startTime)"))
	b.keep("healthy")
	if n := size(t); n > 200<<10 {
		t.Errorf("the page has %d bytes, 200 KiB are allowed", n)
	}
}

// size is that of all that the browser loads.
func size(t *testing.T) (n int64) {
	t.Helper()
	err := filepath.WalkDir("../../agent/status/page/assets", func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		n += info.Size()
		return err
	})
	if err != nil || n == 0 {
		t.Fatalf("size of the page: %d, %v", n, err)
	}
	return n
}

func TestPageOfLaggingAgent(t *testing.T) {
	logs := t.TempDir()
	if err := os.WriteFile(filepath.Join(logs, "far.log"), []byte(strings.Repeat("a line\n", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	l := start(t, fmt.Sprintf(unreachable, logs))
	l.write("near.log", "one\n")
	b := open(t, l, 390, true) // a phone, in the dark
	b.shows("#verdict", "a route is stalled")
	b.shows("#route-rows", "6.8 KiB")
	b.shows("#route-rows", "connection refused")
	b.shows("#output-rows", "unhealthy")
	b.shows("#file-rows tr:first-child", "far.log")
	b.shows("#file-rows tr:first-child", "0 %")
	b.keep("lagging-phone")
	if wide := b.value("document.documentElement.scrollWidth"); wide != "390" {
		t.Errorf("the page is %s wide on a phone of 390", wide)
	}
}

func TestPageOfMisconfiguredAgent(t *testing.T) {
	l := start(t, "")
	b := open(t, l, 1200, true)
	text, err := os.ReadFile(l.config)
	if err != nil {
		t.Fatal(err)
	}
	l.rewrite(string(text) + "\nnonsense {}\n")
	b.shows("#notices", "nonsense")
	b.shows("#verdict", "not ready")
	b.do(chromedp.Click("#configuration summary"))
	b.shows("#configuration", `input "logfile" "app"`)
	if strings.Contains(b.text("#configuration"), "nonsense") {
		t.Error("the configuration that is shown is not the one in force")
	}
	b.keep("misconfigured-dark")
}

func TestPageOfManyFiles(t *testing.T) {
	l := start(t, "")
	for i := range 10_000 {
		l.write(fmt.Sprintf("app-%05d.log", i), "a line\n")
	}
	await.True(t, 5*time.Minute, "all lines are shipped", func() bool {
		return strings.Contains(l.get("/status.json"), `"delivered_records": 10000`)
	})
	b := open(t, l, 1200, false)
	b.shows("#files-count", "10,000 known, 0 with lines that wait; the 100 that lag most are shown")
	b.do(chromedp.SendKeys("#filter", "app-0777"))
	b.shows("#files-count", " 10 match")
	b.shows("#file-rows", "app-07779.log")
	b.keep("many-files")
}

// TestPageOfHostileNames: the name of a file is text, whatever it holds.
func TestPageOfHostileNames(t *testing.T) {
	l := start(t, "")
	names := []string{
		`<script>alert(1)<script>.log`, `"><img src=x onerror=alert(2)>.log`, "';alert(3)^.log", "javascript:alert(4).log",
		"\x1b[2J\x1b[31mred.log", "\xff\xfe invalid.log", "\u202egol.log", "line\nbreak.log", "{{7*7}}${7*7}.log",
		strings.Repeat("w", 240) + ".log",
	}
	for _, name := range names {
		l.write(name, "<script>alert(5)</script>\n")
	}
	b := open(t, l, 1200, false)
	b.shows("#files-count", fmt.Sprintf("%d known", len(names)))
	b.shows("#file-rows", `<script>alert(1)<script>.log`)
	b.shows("#file-rows", `onerror=alert(2)>.log`)
	b.shows("#file-rows", `\x1b[2J\x1b[31mred.log`)
	b.shows("#file-rows", `\xff\xfe invalid.log`)
	b.shows("#file-rows", `\u202egol.log`)
	b.shows("#file-rows", `line\nbreak.log`)
	if n := b.value("document.querySelectorAll('#file-rows img, #file-rows script, #file-rows [onerror]').length"); n != "0" {
		t.Errorf("%s elements were made of the names of files", n)
	}
	b.do(chromedp.SendKeys("#filter", "<img"))
	b.shows("#files-count", "1 match")
	b.keep("hostile-names")
}

// TestPageByKeyboard goes through the page without a mouse.
func TestPageByKeyboard(t *testing.T) {
	l := start(t, "")
	l.write("a.log", "one\n")
	l.write("b.log", "one\n")
	b := open(t, l, 1200, false)
	b.shows("#file-rows", "b.log")
	focused := func() string {
		return b.value("document.activeElement.id || document.activeElement.className || document.activeElement.innerText")
	}
	press := func(keys string) { b.do(chromedp.KeyEvent(keys)) }
	for _, want := range []string{"skip", "pause"} {
		if press(kb.Tab); focused() != want {
			t.Fatalf("the focus is on %q, want %s", focused(), want)
		}
	}
	press(kb.Enter)
	b.shows("#verdict", "paused")
	press(kb.Enter)
	b.shows("#verdict", "all is well")
	if press(kb.Tab); focused() != "filter" {
		t.Fatalf("the focus is on %q, want the filter", focused())
	}
	press("b.lo")
	b.shows("#files-count", "1 match")
	press(kb.Tab)
	press(kb.Enter)
	b.shows("#file-rows", "offset 4 of 4")
	before := b.value("document.body.dataset.shown")
	b.becomes("document.body.dataset.shown > " + before)
	if !strings.HasSuffix(focused(), "b.log") || b.value("document.activeElement.parentNode.open") != "true" {
		t.Errorf("a look later the focus is on %q", focused())
	}
	// What has no words of its own has a name for those who do not see it.
	if n := b.value("[...document.querySelectorAll('progress, svg')].filter((e) => !e.getAttribute('aria-label')).length"); n != "0" {
		t.Errorf("%s pictures without words", n)
	}
}
