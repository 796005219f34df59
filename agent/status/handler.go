package status

import (
	"encoding/json"
	"io"
	"net"
	"net/http"

	"shipper/agent/status/access"
)

// Handler serves snapshots. The function is called for each request and may be
// called from several goroutines at once.
func Handler(snapshot func() Snapshot) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+statusPath, func(w http.ResponseWriter, _ *http.Request) {
		s := snapshot()
		s.Version = Version
		s.FillLists()
		body, err := json.MarshalIndent(&s, "", "  ")
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		reply(w, "application/json", http.StatusOK, string(body)+"\n")
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, "text/plain; charset=utf-8", http.StatusOK, "ok\n")
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		s := snapshot()
		code, text := http.StatusOK, "ok"
		if ready, reason := s.Ready(); !ready {
			code, text = http.StatusServiceUnavailable, Printable(reason)
		}
		reply(w, "text/plain; charset=utf-8", code, text+"\n")
	})
	return mux
}

func reply(w http.ResponseWriter, contentType string, code int, body string) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(code)
	_, _ = io.WriteString(w, body) // the client is gone; there is nobody to tell
}

// localOnly refuses requests that a browser was led here with by a name of
// somebody else's that resolves to this host.
func localOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if !access.IsLoopback(host) {
			http.Error(w, "ask for localhost or a loopback address", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}
