package page

import (
	"embed"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"mime"
	"net/http"
	"path"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"shipper/agent/status"
)

//go:embed assets
var assets embed.FS

// policy lets the browser take everything from the agent and nothing from
// anywhere else, run no script that stands in the page itself, and show the page
// in no frame.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Text is a file of the configuration, fit to be shown.
type Text struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Page shows an agent in a browser.
type Page struct {
	snapshot      func() status.Snapshot
	configuration func() []Text
	history       history
}

// New makes a page. The functions are called for each request and may be called
// from several goroutines at once; configuration hides what is secret.
func New(snapshot func() status.Snapshot, configuration func() []Text) *Page {
	return &Page{snapshot: snapshot, configuration: configuration}
}

// Snapshot is that of the agent, and noted for the curves of the page.
func (p *Page) Snapshot() status.Snapshot {
	s := p.snapshot()
	p.history.note(&s)
	return s
}

// Handlers serve the page, by pattern.
func (p *Page) Handlers() map[string]http.Handler {
	return map[string]http.Handler{
		"/{$}":                asset("page.html"),
		"/page.css":           asset("page.css"),
		"/page.js":            asset("page.js"),
		"/page.svg":           asset("page.svg"),
		"/page.json":          http.HandlerFunc(p.serveView),
		"/configuration.json": http.HandlerFunc(p.serveConfiguration),
	}
}

// serveView answers with what there is now: the files that filter selects, and the
// samples since a time in Unix milliseconds.
func (p *Page) serveView(w http.ResponseWriter, r *http.Request) {
	runtime.LockOSThread() // whose time is measured
	defer runtime.UnlockOSThread()
	began := used()
	since, _ := strconv.ParseInt(r.FormValue("since"), 10, 64) // what is no number means all
	s := p.Snapshot()
	s.FillLists()
	v := look(&s, r.FormValue("filter"))
	v.History = p.history.since(since)
	texts := fnv.New64a()
	for _, t := range p.configuration() {
		_, _ = fmt.Fprintf(texts, "%q%q", t.Name, t.Text) // a hash takes everything
	}
	v.Configuration = fmt.Sprintf("%016x", texts.Sum64())
	v.Took = (used() - began).Seconds()
	reply(w, v)
}

// used is the CPU time of this thread. What others do on a busy machine is no cost of
// looking: were it counted, a page would stand still for minutes there.
func used() time.Duration {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t) // can't fail
	return time.Duration(t.Nano())
}

func (p *Page) serveConfiguration(w http.ResponseWriter, _ *http.Request) {
	reply(w, p.configuration())
}

func reply(w http.ResponseWriter, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	head(w, "application/json")
	_, _ = w.Write(body) // the client is gone; there is nobody to tell
}

func asset(name string) http.Handler {
	body, err := assets.ReadFile("assets/" + name)
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		head(w, mime.TypeByExtension(path.Ext(name)))
		_, _ = w.Write(body) // the client is gone; there is nobody to tell
	})
}

func head(w http.ResponseWriter, contentType string) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", policy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
}
