package wire

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// keyPair makes a self-signed certificate and its key, as PEM.
func keyPair(t *testing.T, name string) (cert, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
}

// A certificate that is renewed on disk is shown at the next handshake. Between
// the new certificate and its key, the former pair is.
func TestRenewedCertificateIsTakenUp(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	put := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
	}
	oldCert, oldKey := keyPair(t, "old")
	put(certFile, oldCert)
	put(keyFile, oldKey)
	tl, err := NewTLS(TLSConfig{Cert: PEM{oldCert, certFile}, Key: PEM{oldKey, keyFile}})
	if err != nil {
		t.Fatal(err)
	}
	shows := func(name string, stale bool) {
		t.Helper()
		conf, err := tl.Config()
		leaf, perr := x509.ParseCertificate(conf.Certificates[0].Certificate[0])
		if perr != nil || leaf.Subject.CommonName != name || (err != nil) != stale {
			t.Fatalf("shows %v, %v; want %s, stale %v", leaf.Subject, err, name, stale)
		}
	}
	shows("old", false)
	newCert, newKey := keyPair(t, "new")
	put(certFile, newCert)
	shows("old", true)
	shows("old", true)
	put(keyFile, newKey)
	shows("new", false)
	if err := os.Remove(keyFile); err != nil {
		t.Fatal(err)
	}
	shows("new", true)
	put(keyFile, newKey)
	shows("new", false)
}
