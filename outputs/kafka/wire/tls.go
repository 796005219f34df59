package wire

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"syscall"
	"time"
)

// keyError is the key of a log attribute.
const keyError = "error"

// PEM is a PEM text, and the file that it is read from again when that changes,
// if there is one.
type PEM struct {
	Text string
	File string // "": Text stays as it is
}

// TLSConfig is what TLS is made of.
type TLSConfig struct {
	CA         PEM    // "": the system's roots
	Cert, Key  PEM    // "": no client certificate
	ServerName string // "": the host of each broker
	// InsecureSkipVerify takes any certificate.
	InsecureSkipVerify bool
}

// TLS is how connections are encrypted. Its files are looked at before each
// handshake and read again when they have changed, so that certificates are
// renewed without a restart. It is safe for concurrent use.
type TLS struct {
	Log *slog.Logger // tells when files were read again; nil: nobody

	from TLSConfig

	mu      sync.Mutex
	conf    *tls.Config
	stamps  [3]stamp // of the files that conf was made of
	failed  [3]stamp // of those that could not be used
	failure error    // why, nil if the newest are in use
}

// stamp is what tells that a file has changed.
type stamp struct {
	modified time.Time
	size     int64
	inode    uint64
}

// NewTLS makes a TLS of the texts, and fails if they can't be used.
func NewTLS(from TLSConfig) (*TLS, error) {
	t := &TLS{from: from}
	t.stamps = t.look()
	var err error
	t.conf, err = from.build()
	return t, err
}

func (t *TLS) parts() [3]*PEM { return [3]*PEM{&t.from.CA, &t.from.Cert, &t.from.Key} }

func (t *TLS) look() (stamps [3]stamp) {
	for i, p := range t.parts() {
		if p.File == "" {
			continue
		}
		if info, err := os.Stat(p.File); err == nil {
			stamps[i] = stamp{info.ModTime(), info.Size(), inode(info)}
		}
	}
	return stamps
}

// Config is the configuration of the next handshake, not to be changed.
// Certificate and key are often replaced one after the other: until both fit
// again, the last that did are used, and the error says why.
func (t *TLS) Config() (*tls.Config, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.look()
	if now == t.stamps || t.failure != nil && now == t.failed {
		return t.conf, t.failure
	}
	next := t.from
	err := next.read()
	var conf *tls.Config
	if err == nil {
		conf, err = next.build()
	}
	if err != nil {
		t.failure, t.failed = fmt.Errorf("the files of tls have changed and can't be used, so the former ones are: %w", err), now
		if t.Log != nil {
			t.Log.Warn("the files of tls have changed and can't be used, so the former ones are", keyError, err)
		}
		return t.conf, t.failure
	}
	t.from, t.conf, t.stamps, t.failure = next, conf, now, nil
	if t.Log != nil {
		t.Log.Info("the files of tls have changed and are used from now on")
	}
	return conf, nil
}

// Subject is the distinguished name of the client certificate, as Kafka writes it,
// or "" without one.
func (t *TLS) Subject() string {
	conf, _ := t.Config()
	if len(conf.Certificates) == 0 || conf.Certificates[0].Leaf == nil {
		return ""
	}
	return conf.Certificates[0].Leaf.Subject.String()
}

func inode(info os.FileInfo) uint64 {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return s.Ino
	}
	return 0
}

// read takes the texts from their files.
func (c *TLSConfig) read() error {
	for _, p := range []*PEM{&c.CA, &c.Cert, &c.Key} {
		if p.File == "" {
			continue
		}
		text, err := os.ReadFile(p.File)
		if err != nil {
			return err
		}
		p.Text = string(text)
	}
	return nil
}

func (c *TLSConfig) build() (*tls.Config, error) {
	conf := &tls.Config{ // without a session cache: a resumed session shows the old certificate
		MinVersion:         tls.VersionTLS12,
		ServerName:         c.ServerName,
		InsecureSkipVerify: c.InsecureSkipVerify,
	}
	if c.CA.Text != "" {
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM([]byte(c.CA.Text)) {
			return nil, errors.New("read ca: no certificate in PEM form in it")
		}
	}
	if c.Cert.Text != "" || c.Key.Text != "" {
		pair, err := tls.X509KeyPair([]byte(c.Cert.Text), []byte(c.Key.Text))
		if err != nil {
			return nil, fmt.Errorf("read cert and key: %w", err)
		}
		conf.Certificates = []tls.Certificate{pair}
	}
	return conf, nil
}
