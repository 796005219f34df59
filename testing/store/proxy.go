package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"
)

// Fault is what befalls one request.
type Fault uint8

// The faults.
const (
	Pass       Fault = iota
	SlowDown         // 503 SlowDown, nothing is done
	Internal         // 500 after the request was carried out
	LoseAnswer       // carried out, and the connection closed without an answer
	Refuse           // the connection is closed, nothing is done
	Hang             // carried out, and the answer held back until the client gives up
	Truncate         // the answer ends in the middle of its body
	Slow             // the answer's body comes in small pieces
	Stale            // the answer is that of the same listing some time ago
	Twice            // carried out twice
	Skewed           // 403 RequestTimeTooSkewed: somebody's clock is wrong
	Denied           // 403 AccessDenied
	NoChecksum       // carried out; the answer lacks the checksum
	WrongSum         // carried out; the answer has another checksum
)

// Proxy stands before a store and does to requests what Rule says.
type Proxy struct {
	*httptest.Server
	store string

	mu     sync.Mutex
	rule   func(*http.Request) Fault
	before func(*http.Request)
	after  func(*http.Request)
	stale  map[string][]byte // first answer to each listing
	puts   map[string]int    // how often each key was put
	gets   map[string]int    // how often each was got
	order  []string          // keys in the order of their last PUT
}

// NewProxy starts a proxy. Close ends it.
func NewProxy(s *Store) *Proxy {
	p := &Proxy{store: s.Endpoint, stale: map[string][]byte{}, puts: map[string]int{}, gets: map[string]int{}}
	p.Server = httptest.NewServer(http.HandlerFunc(p.serve))
	return p
}

// Rule decides about requests from now on; nil passes all.
func (p *Proxy) Rule(rule func(*http.Request) Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rule = rule
}

// Hooks are called before a request is carried out and after, before the answer;
// nil for none.
func (p *Proxy) Hooks(before, after func(*http.Request)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.before, p.after = before, after
}

// Puts are the keys in the order in which they were last put, and how often each
// was.
func (p *Proxy) Puts() (order []string, times map[string]int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.order), maps.Clone(p.puts)
}

// Gets are the keys that were got, and how often each was.
func (p *Proxy) Gets() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.gets)
}

// Key is the key that a request with the bucket in its path is about.
func Key(r *http.Request) string {
	_, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	return key
}

// IsList tells whether the request is a listing.
func IsList(r *http.Request) bool { return r.URL.Query().Get("list-type") == "2" }

func (p *Proxy) serve(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	rule, before, after := p.rule, p.before, p.after
	p.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client has gone
	}
	fault := Pass
	if rule != nil {
		fault = rule(r)
	}
	switch fault {
	case SlowDown:
		fail(w, r, http.StatusServiceUnavailable, "SlowDown", "Please reduce your request rate.")
		return
	case Skewed:
		fail(w, r, http.StatusForbidden, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.")
		return
	case Denied:
		fail(w, r, http.StatusForbidden, "AccessDenied", "Access Denied")
		return
	case Refuse:
		panic(http.ErrAbortHandler) // how a handler closes its connection
	default:
	}
	if before != nil {
		before(r)
	}
	if fault == Twice {
		_, _, _ = p.forward(r, body) //nolint:bodyclose // forward has closed it; the answer that counts is the second
	}
	res, answer, err := p.forward(r, body) //nolint:bodyclose // forward has closed it
	if err != nil {
		fail(w, r, http.StatusBadGateway, "BadGateway", err.Error())
		return
	}
	p.note(r, res.StatusCode)
	if after != nil {
		after(r)
	}
	p.answer(w, r, fault, res, answer)
}

// note remembers what was put and got.
func (p *Proxy) note(r *http.Request, status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := Key(r)
	if r.Method == http.MethodGet && status == http.StatusOK && key != "" {
		p.gets[key]++
	}
	if r.Method != http.MethodPut || status != http.StatusOK {
		return
	}
	p.puts[key]++
	for i, k := range p.order {
		if k == key {
			p.order = append(p.order[:i], p.order[i+1:]...)
			break
		}
	}
	p.order = append(p.order, key)
}

func (p *Proxy) forward(r *http.Request, body []byte) (*http.Response, []byte, error) {
	out, err := http.NewRequestWithContext(r.Context(), r.Method, p.store+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	out.Header, out.Host = r.Header.Clone(), r.Host // both are signed
	out.ContentLength = int64(len(body))
	res, err := http.DefaultTransport.RoundTrip(out)
	if err != nil {
		return nil, nil, err
	}
	answer, err := io.ReadAll(res.Body)
	return res, answer, errors.Join(err, res.Body.Close())
}

// answer passes a response on, or does worse.
func (p *Proxy) answer(w http.ResponseWriter, r *http.Request, fault Fault, res *http.Response, body []byte) {
	switch fault {
	case Internal:
		fail(w, r, http.StatusInternalServerError, "InternalError", "We encountered an internal error. Please try again.")
		return
	case LoseAnswer:
		panic(http.ErrAbortHandler) // how a handler closes its connection
	case Hang:
		select {
		case <-r.Context().Done():
		case <-time.After(time.Minute):
		}
		panic(http.ErrAbortHandler) // how a handler closes its connection
	case NoChecksum:
		res.Header.Del("X-Amz-Checksum-Crc32c")
	case WrongSum:
		res.Header.Set("X-Amz-Checksum-Crc32c", "AAAAAA==")
	default:
	}
	if IsList(r) {
		p.mu.Lock()
		first, known := p.stale[r.URL.RawQuery]
		if !known {
			p.stale[r.URL.RawQuery] = body
		}
		p.mu.Unlock()
		if known && fault == Stale {
			body = first
		}
	}
	for name, values := range res.Header {
		w.Header()[name] = values
	}
	w.Header().Del("Connection") // is about the other one
	if r.Method != http.MethodHead {
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	}
	w.WriteHeader(res.StatusCode)
	switch fault {
	case Truncate:
		_, _ = w.Write(body[:len(body)/2])
		panic(http.ErrAbortHandler) // how a handler closes its connection
	case Slow:
		for rest := body; len(rest) > 0; {
			n := min(len(rest), max(1, len(body)/8))
			_, _ = w.Write(rest[:n])
			_ = http.NewResponseController(w).Flush()
			rest = rest[n:]
			time.Sleep(5 * time.Millisecond)
		}
	default:
		_, _ = w.Write(body)
	}
}

func fail(w http.ResponseWriter, r *http.Request, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>%s</Code><Message>%s</Message><RequestId>test</RequestId></Error>`, code, message)
	}
}
