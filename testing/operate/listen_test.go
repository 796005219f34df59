package operate

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// authority signs certificates.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	next int64
}

func newAuthority(t *testing.T) *authority {
	a := &authority{t: t, dir: t.TempDir()}
	template := &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	a.cert, a.key = a.sign("ca", template, nil)
	return a
}

// sign writes NAME.pem and NAME.key. A nil parent is the certificate itself.
func (a *authority) sign(name string, template *x509.Certificate, parent *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	a.next++
	template.SerialNumber, template.Subject = big.NewInt(a.next), pkix.Name{CommonName: name}
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	signer := a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	a.write(name+".pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	a.write(name+".key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
	return cert, key
}

// issue signs a certificate for this host.
func (a *authority) issue(name string) {
	a.sign(name, &x509.Certificate{
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, a.cert)
}

// write replaces a file as a renewal does: by another one under its name.
func (a *authority) write(name string, text []byte) {
	a.t.Helper()
	if err := os.WriteFile(filepath.Join(a.dir, name+".new"), text, 0o600); err != nil {
		a.t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(a.dir, name+".new"), filepath.Join(a.dir, name)); err != nil {
		a.t.Fatal(err)
	}
}

func (a *authority) path(name string) string { return filepath.Join(a.dir, name) }

// caller asks an agent over TLS.
type caller struct {
	token  string
	client string // name of the certificate that it shows, "" for none
}

// ask tells the answer's code, 0 without one, its text, and the serial number of
// the certificate that the agent shows.
func (a *authority) ask(c caller, url string) (code int, text string, serial int64) {
	a.t.Helper()
	conf := &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
	conf.RootCAs.AddCert(a.cert)
	if c.client != "" {
		pair, err := tls.LoadX509KeyPair(a.path(c.client+".pem"), a.path(c.client+".key"))
		if err != nil {
			a.t.Fatal(err)
		}
		conf.Certificates = []tls.Certificate{pair}
	}
	r, err := http.NewRequestWithContext(a.t.Context(), http.MethodGet, url, nil)
	if err != nil {
		a.t.Fatal(err)
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	client := http.Client{Transport: &http.Transport{TLSClientConfig: conf, DisableKeepAlives: true}}
	response, err := client.Do(r)
	if err != nil {
		return 0, err.Error(), 0
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	if response.TLS != nil {
		serial = response.TLS.PeerCertificates[0].SerialNumber.Int64()
	}
	return response.StatusCode, string(body), serial
}

const token, otherToken = "0123456789abcdef-first", "0123456789abcdef-second"

// TestListenForOthers serves other hosts, over TLS and against a token, and takes
// both up when they change.
func TestListenForOthers(t *testing.T) {
	a := newAuthority(t)
	a.issue("agent")
	a.write("token", []byte(token+"\n"))
	l := startListening(t, "0.0.0.0", fmt.Sprintf("listen_cert = %q\n  listen_key = %q\n  listen_token_file = %q",
		a.path("agent.pem"), a.path("agent.key"), a.path("token")))
	base := "https://" + l.address
	for _, path := range []string{"/", "/status.json", "/metrics", "/healthz", "/configuration.json", "/nothing", "/debug/pprof/"} {
		for _, c := range []caller{{}, {token: "x" + token}, {token: otherToken}} {
			if code, text, _ := a.ask(c, base+path); code != http.StatusUnauthorized || strings.Contains(text, token) {
				t.Errorf("%s with token %q: %d %s", path, c.token, code, text)
			}
		}
	}
	code, text, before := a.ask(caller{token: token}, base+"/status.json")
	if code != http.StatusOK || !strings.Contains(text, `"version"`) {
		t.Fatalf("with the token: %d %s", code, text)
	}
	if response, err := http.Get("http://" + l.address + "/status.json"); err == nil {
		_ = response.Body.Close()
		if response.StatusCode != http.StatusBadRequest {
			t.Errorf("without TLS: %s", response.Status)
		}
	}
	a.write("token", []byte(otherToken))
	if code, _, _ := a.ask(caller{token: otherToken}, base+"/metrics"); code != http.StatusOK {
		t.Errorf("with the new token: %d", code)
	}
	if code, _, _ := a.ask(caller{token: token}, base+"/metrics"); code != http.StatusUnauthorized {
		t.Errorf("with the former token: %d", code)
	}
	a.write("token", []byte("short")) // a mistake leaves the former one in force
	if code, _, _ := a.ask(caller{token: otherToken}, base+"/metrics"); code != http.StatusOK {
		t.Errorf("after a mistake: %d", code)
	}
	a.write("token", []byte(otherToken))
	a.issue("agent")
	if _, _, after := a.ask(caller{token: otherToken}, base+"/metrics"); after == before {
		t.Error("the renewed certificate is not shown")
	}
}

// TestListenForClients serves those who show a certificate of the right authority.
func TestListenForClients(t *testing.T) {
	a, stranger := newAuthority(t), newAuthority(t)
	a.issue("agent")
	a.issue("prometheus")
	stranger.issue("evil")
	for _, ext := range []string{".pem", ".key"} {
		text, err := os.ReadFile(stranger.path("evil" + ext))
		if err != nil {
			t.Fatal(err)
		}
		a.write("evil"+ext, text)
	}
	l := startListening(t, "0.0.0.0", fmt.Sprintf("listen_cert = %q\n  listen_key = %q\n  listen_client_ca = %q",
		a.path("agent.pem"), a.path("agent.key"), a.path("ca.pem")))
	for client, want := range map[string]int{"prometheus": http.StatusOK, "": 0, "evil": 0} {
		if code, text, _ := a.ask(caller{client: client}, "https://"+l.address+"/metrics"); code != want {
			t.Errorf("certificate %q: %d %s", client, code, text)
		}
	}
}

// TestListenOnSocketOnly: no port at all is listened on.
func TestListenOnSocketOnly(t *testing.T) {
	before := len(listening(t))
	path := filepath.Join(t.TempDir(), "http.sock")
	l := startConfigured(t, fmt.Sprintf("listen = %q", "unix:"+path), "", func() (net.Conn, error) { return net.Dial("unix", path) })
	if text := l.get("/metrics"); !strings.Contains(text, "shipper_build_info") {
		t.Errorf("metrics: %s", text)
	}
	if now := listening(t); len(now) != before {
		t.Errorf("it listens on %v", now)
	}
}

// TestProfilesAreOff until they are switched on.
func TestProfilesAreOff(t *testing.T) {
	paths := []string{"/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/goroutine?debug=2", "/debug/pprof/cmdline", "/debug/pprof/profile?seconds=1"}
	off, on := start(t, ""), startListening(t, "127.0.0.1", "pprof = true")
	for _, path := range paths {
		if text := off.get(path); !strings.Contains(text, "404") {
			t.Errorf("%s: %.100s", path, text)
		}
		if text := on.get(path); text == "" || strings.Contains(text, "404 page") {
			t.Errorf("%s when switched on: %.100s", path, text)
		}
	}
}
