package operate

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"shipper/testing/await"
	"shipper/testing/need"
)

// tab is a page of an agent in a browser, and what it did wrong.
type tab struct {
	t   *testing.T
	ctx context.Context //nolint:containedctx // chromedp knows a tab by its context

	mu       sync.Mutex
	base     string
	troubles []string
}

// open shows an agent's page in a new browser, in a window of some width, and
// waits until it is filled.
func open(t *testing.T, l *live, width int64, dark bool) *tab {
	t.Helper()
	if err := need.Programs(t.Context(), map[string]string{"chromium": "chromium"}); err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath("chromium"), chromedp.NoSandbox,
		chromedp.Flag("disable-background-networking", true), chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-component-update", true), chromedp.WSURLReadTimeout(time.Minute))
	ctx, endProcess := chromedp.NewExecAllocator(context.Background(), options...)
	b := &tab{t: t, base: "http://" + l.address + "/"}
	ctx, endTab := chromedp.NewContext(ctx, chromedp.WithListener(b.hear))
	t.Cleanup(func() { endTab(); endProcess() })
	b.ctx = ctx
	theme := "light"
	if dark {
		theme = "dark"
	}
	call(b, network.Enable, network.EnableParams{})
	call(b, log.Enable, cdp.Empty{})
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}},
	})
	b.do(chromedp.EmulateViewport(width, 900), chromedp.Navigate(b.base))
	b.becomes("document.body.dataset.shown > 0 && document.querySelector('#configuration details') !== null")
	t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, trouble := range b.troubles {
			t.Error(trouble)
		}
	})
	return b
}

// hear notes errors of the page, and requests that go elsewhere.
func (b *tab) hear(event any) {
	trouble := ""
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		trouble = "exception: " + e.ExceptionDetails.Text
	case *runtime.EventConsoleAPICalled:
		trouble = fmt.Sprintf("console %s: %v", e.Type, e.Args)
	case *log.EventEntryAdded:
		trouble = fmt.Sprintf("log: %s %s", e.Entry.Text, e.Entry.URL)
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(e.Request.URL, b.base) {
			trouble = "asks " + e.Request.URL
		}
	case *page.EventJavascriptDialogOpening:
		trouble = "a script of somebody else's runs: " + e.Message
	}
	if trouble != "" {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.troubles = append(b.troubles, trouble)
	}
}

// patience is how long the browser may take for one thing.
const patience = time.Minute

// do has the browser do things. The first time it starts it, which is why time is
// not kept by a context.
func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	late := time.AfterFunc(patience, func() { _ = chromedp.Cancel(b.ctx) })
	defer late.Stop()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// call sends the browser a command.
func call[P, R any](b *tab, command cdp.Command[P, R], p P) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, command, p); err != nil {
		b.t.Fatal(err)
	}
}

// becomes waits until an expression is true. It asks by the debugger: the page's
// own policy forbids to make code of text.
func (b *tab) becomes(expression string) {
	b.t.Helper()
	await.True(b.t, patience, expression, func() bool { return b.value("Boolean("+expression+")") == "true" })
}

// value is that of an expression.
func (b *tab) value(expression string) string {
	b.t.Helper()
	text, err := chromedp.Run(b.ctx, chromedp.Evaluate[string]("String("+expression+")"))
	if err != nil {
		b.t.Fatal(err)
	}
	return text
}

// text is what a selector shows.
func (b *tab) text(selector string) string {
	b.t.Helper()
	return b.value(fmt.Sprintf("[...document.querySelectorAll(%q)].map((e) => e.innerText).join('\\n')", selector))
}

// shows waits until a selector shows a text.
func (b *tab) shows(selector, text string) {
	b.t.Helper()
	await.OK(b.t, 2*time.Minute, func() error {
		if shown := b.text(selector); !strings.Contains(shown, text) {
			return fmt.Errorf("%s never shows %q but %q", selector, text, shown)
		}
		return nil
	})
}

// keep writes a picture of the page to the directory that SHIPPER_SCREENSHOTS
// names, if it does.
func (b *tab) keep(name string) {
	b.t.Helper()
	dir := os.Getenv("SHIPPER_SCREENSHOTS")
	if dir == "" {
		return
	}
	picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o600); err != nil {
		b.t.Fatal(err)
	}
}
