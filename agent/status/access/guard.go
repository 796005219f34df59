package access

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
)

// leastToken is how long a token must be, in bytes: one that nobody guesses.
const leastToken = 16

// Guard turns away who shows too little. It is safe for concurrent use.
type Guard struct {
	config Config
	log    *slog.Logger

	mu     sync.Mutex
	stamps [4]stamp // of the files as they were tried last
	inUse  *keys    // nil until they could be read
}

// keys are what the files hold.
type keys struct {
	tls   *tls.Config       // nil without a certificate
	token [sha256.Size]byte // hash of the token
}

// stamp is what tells that a file has changed.
type stamp struct {
	modified time.Time
	size     int64
	inode    uint64
}

// NewGuard makes a guard. It touches no file yet.
func NewGuard(c Config, log *slog.Logger) *Guard { return &Guard{config: c, log: log} }

// current are the keys in force, after a look at the files. It fails only as long
// as there have never been any.
func (g *Guard) current() (*keys, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.look()
	if g.inUse != nil && now == g.stamps {
		return g.inUse, nil
	}
	again := g.inUse != nil
	fresh, err := g.config.read()
	g.stamps = now
	switch {
	case err == nil && again:
		g.log.Info("the files of listen have changed and are used from now on")
	case err != nil && again:
		g.log.Warn("the files of listen have changed and can't be used, so the former ones are", "error", err)
	}
	if err == nil {
		g.inUse = fresh
	}
	if g.inUse == nil {
		return nil, err
	}
	return g.inUse, nil
}

func (g *Guard) look() (stamps [4]stamp) {
	for i, path := range []string{g.config.Cert, g.config.Key, g.config.ClientCA, g.config.TokenFile} {
		if path == "" {
			continue
		}
		if info, err := os.Stat(path); err == nil {
			stamps[i] = stamp{modified: info.ModTime(), size: info.Size()}
			if s, ok := info.Sys().(*syscall.Stat_t); ok {
				stamps[i].inode = s.Ino
			}
		}
	}
	return stamps
}

// Try reads the files, and tells what is wrong with them. No error holds any of
// what they hold.
func (c *Config) Try() error {
	_, err := c.read()
	return err
}

func (c *Config) read() (*keys, error) {
	k := &keys{}
	if c.Cert != "" {
		pair, err := tls.LoadX509KeyPair(c.Cert, c.Key)
		if err != nil {
			return nil, fmt.Errorf("read certificate and key: %w", err)
		}
		k.tls = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}, NextProtos: []string{"http/1.1"}}
	}
	if c.ClientCA != "" {
		text, err := os.ReadFile(c.ClientCA)
		if err != nil {
			return nil, fmt.Errorf("read client CA: %w", err)
		}
		if k.tls == nil {
			return nil, errors.New("client certificates need a certificate of the agent's own")
		}
		k.tls.ClientCAs, k.tls.ClientAuth = x509.NewCertPool(), tls.RequireAndVerifyClientCert
		if !k.tls.ClientCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("read client CA: no certificate in PEM form in %q", c.ClientCA)
		}
	}
	if c.TokenFile != "" {
		text, err := os.ReadFile(c.TokenFile)
		if err != nil {
			return nil, fmt.Errorf("read token: %w", err)
		}
		token := strings.TrimSpace(string(text))
		if len(token) < leastToken {
			return nil, fmt.Errorf("read token: %q holds %d bytes, at least %d are needed", c.TokenFile, len(token), leastToken)
		}
		k.token = sha256.Sum256([]byte(token))
	}
	return k, nil
}

// Listener encrypts what l accepts, if there is a certificate. It fails if the
// files can't be used.
func (g *Guard) Listener(l net.Listener) (net.Listener, error) {
	k, err := g.current()
	if err != nil || k.tls == nil {
		return l, err
	}
	return tls.NewListener(l, &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			k, err := g.current()
			if err != nil {
				return nil, err
			}
			return k.tls, nil
		},
	}), nil
}

// Require passes on only what comes with the token, if there is one: as a bearer's,
// or as the password of any name, which is what browsers can send.
func (g *Guard) Require(next http.Handler) http.Handler {
	if g.config.TokenFile == "" {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		k, err := g.current()
		given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if _, password, basic := r.BasicAuth(); basic {
			given, ok = password, true
		}
		hash := sha256.Sum256([]byte(strings.TrimSpace(given)))
		if err != nil || !ok || subtle.ConstantTimeCompare(hash[:], k.token[:]) != 1 {
			w.Header().Add("WWW-Authenticate", `Bearer realm="shipper"`)
			w.Header().Add("WWW-Authenticate", `Basic realm="shipper"`)
			http.Error(w, "show the token of listen_token_file: Authorization: Bearer TOKEN", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}
