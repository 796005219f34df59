package page

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"shipper/agent/status"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// many is a snapshot with so many files, of which each lags more than the one
// before, and one that can't be read.
func many(n int) status.Snapshot {
	s := status.Snapshot{Time: noon, State: status.State{Healthy: true}, Routes: []status.Route{{Name: "r", Shards: []status.Shard{{State: status.ShardReady}}}}}
	for i := range n {
		s.Files = append(s.Files, status.File{
			Path: fmt.Sprintf("/log/%05d", i), State: "live", Routes: []status.FileRoute{{Route: "r", LagBytes: int64(i), LagSeconds: float64(i)}},
		})
	}
	s.Files[0].LastError = "permission denied"
	for i := range n {
		s.Routes[0].Shards = append(s.Routes[0].Shards, status.Shard{Partition: int32(i), State: status.ShardWaiting})
	}
	return s
}

func ask(t *testing.T, p *Page, target string) *httptest.ResponseRecorder {
	t.Helper()
	path, _, _ := strings.Cut(target, "?")
	h := p.Handlers()[path]
	if path == "/" {
		h = p.Handlers()["/{$}"]
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
	return w
}

func TestViewIsBounded(t *testing.T) {
	p := New(func() status.Snapshot { return many(10_000) }, func() []Text { return nil })
	w := ask(t, p, "/page.json")
	var v view
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatal(err)
	}
	if v.Known != 10_000 || v.Matching != 10_000 || v.Waiting != 9_999 {
		t.Errorf("known %d, matching %d, waiting %d", v.Known, v.Matching, v.Waiting)
	}
	files := v.Status.Files
	if len(files) != mostFiles || len(v.Status.Routes[0].Shards) != mostShards {
		t.Fatalf("%d files, %d shards", len(files), len(v.Status.Routes[0].Shards))
	}
	if files[0].Path != "/log/00000" || files[1].Path != "/log/09999" || files[99].Path != "/log/09901" {
		t.Errorf("not the worst first: %s %s ... %s", files[0].Path, files[1].Path, files[99].Path)
	}
	if err := json.Unmarshal(ask(t, p, "/page.json?filter=LOG/0123").Body.Bytes(), &v); err != nil || v.Matching != 10 {
		t.Errorf("%d files match, %v", v.Matching, err)
	}
}

// TestFileOfNoRoute: a file that nobody reads has a list of no routes, not none, which
// the script would stumble over.
func TestFileOfNoRoute(t *testing.T) {
	s := many(2)
	s.Files[1].Routes = nil
	p := New(func() status.Snapshot { return s }, func() []Text { return nil })
	if body := ask(t, p, "/page.json").Body.String(); strings.Contains(body, "null") {
		t.Errorf("a list is null in %s", body)
	}
}

// TestTookIsCPU: what looking waits for is no cost of it.
func TestTookIsCPU(t *testing.T) {
	p := New(func() status.Snapshot { time.Sleep(time.Second); return many(1) }, func() []Text { return nil })
	var v view
	if err := json.Unmarshal(ask(t, p, "/page.json").Body.Bytes(), &v); err != nil || v.Took <= 0 || v.Took > 0.5 {
		t.Errorf("it took %v s, %v", v.Took, err)
	}
}

// TestHistoryIsBounded looks once a second for an hour.
func TestHistoryIsBounded(t *testing.T) {
	s := many(1)
	p := New(func() status.Snapshot { return s }, func() []Text { return nil })
	for range 3600 {
		s.Time = s.Time.Add(time.Second)
		s.Routes[0].DeliveredBytes += 100
		p.Snapshot()
	}
	all := p.history.since(0)
	if len(all) != 181 {
		t.Errorf("%d samples, want one every 5 seconds of 15 minutes, both ends counted", len(all))
	}
	if first, last := all[0], all[len(all)-1]; last.Time-first.Time != historyFor.Milliseconds() || last.DeliveredBytes-first.DeliveredBytes != 90_000 {
		t.Errorf("from %+v to %+v", first, last)
	}
	if n := len(p.history.since(all[len(all)-2].Time)); n != 1 {
		t.Errorf("%d samples since the last but one", n)
	}
	s.Time = noon
	p.Snapshot()
	if n := len(p.history.since(0)); n != 1 {
		t.Errorf("%d samples after the clock was set back, want those of the new time", n)
	}
}

func TestPolicy(t *testing.T) {
	p := New(func() status.Snapshot { return many(1) }, func() []Text { return []Text{{"a", "b"}} })
	for pattern := range p.Handlers() {
		w := ask(t, p, strings.TrimSuffix(pattern, "{$}"))
		policy := w.Header().Get("Content-Security-Policy")
		if w.Code != http.StatusOK || !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: %d, policy %q", pattern, w.Code, policy)
		}
		if w.Header().Get("Content-Type") == "" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", pattern, w.Header())
		}
	}
	for _, forbidden := range []string{"innerHTML", "insertAdjacentHTML", "document.write", "eval(", "http://www.example", "style="} {
		for _, name := range []string{"page.html", "page.js"} {
			text, err := assets.ReadFile("assets/" + name)
			if err != nil || strings.Contains(string(text), forbidden) {
				t.Errorf("%s holds %s, %v", name, forbidden, err)
			}
		}
	}
}
