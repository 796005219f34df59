package kafka

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"shipper/testing/await"
)

// clientCertificate writes a self-signed client certificate and its key.
func clientCertificate(t *testing.T, name, certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{
		certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: pkcs8},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// A client certificate that is renewed on disk is shown on every connection made
// from then on, of data and of metadata, without a restart.
func TestRenewedClientCertificateIsShown(t *testing.T) {
	ca, server := certificate(t)
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	clientCertificate(t, "first", certFile, keyFile)
	var mu sync.Mutex
	shown := map[string]int{}
	count := func(name string) int {
		mu.Lock()
		defer mu.Unlock()
		return shown[name]
	}
	conf := &tls.Config{Certificates: []tls.Certificate{server}, ClientAuth: tls.RequireAnyClientCert,
		VerifyConnection: func(s tls.ConnectionState) error {
			mu.Lock()
			defer mu.Unlock()
			shown[s.PeerCertificates[0].Subject.CommonName]++
			return nil
		}}
	w := newWorld(t, func(c *Config) {
		text := func(path string) string {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			return string(b)
		}
		var err error
		c.TLS, err = NewTLS(TLSConfig{CA: PEM{Text: ca}, Cert: PEM{Text: text(certFile), File: certFile}, Key: PEM{Text: text(keyFile), File: keyFile}})
		if err != nil {
			t.Fatal(err)
		}
	}, kfake.TLS(conf))
	s := w.shard()
	w.deliver(w.batch(s, "a"))
	if count("first") == 0 {
		t.Fatal("no certificate was shown")
	}
	// A client is through with a handshake before the broker has looked at what it showed.
	await.True(t, time.Minute, "every handshake is over", func() bool { return count("first") == w.faults.accepted() })
	clientCertificate(t, "second", certFile, keyFile)
	again := func(value string) {
		t.Helper()
		before := count("second")
		w.faults.drop()
		w.deliver(w.batch(s, value))
		w.out.cluster.Refresh()
		await.OK(t, time.Minute, func() error {
			if count("second") < before+2 {
				return errors.New("the new one was not shown for data and metadata")
			}
			return nil
		})
	}
	again("b")
	before := count("first") // by a connection, too, that was being made when the files changed
	again("c")
	if n := count("first"); n != before {
		t.Errorf("the old one was shown %d times more", n-before)
	}
}
