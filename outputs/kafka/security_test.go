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
	"net"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"shipper/outputs"
	"shipper/outputs/kafka/wire"
	"shipper/testing/await"
)

// certificate makes a self-signed certificate for 127.0.0.1, as PEM and for a
// server.
func certificate(t *testing.T) (string, tls.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestSASLAndTLS(t *testing.T) {
	ca, pair := certificate(t)
	for _, mechanism := range []string{wire.Plain, wire.ScramSHA256, wire.ScramSHA512} {
		for _, encrypted := range []bool{false, true} {
			name := mechanism
			opts := []kfake.Opt{kfake.EnableSASL(), kfake.Superuser(mechanism, "alice", "s3cret")}
			conf := func(c *Config) { c.SASL = SASL{Mechanism: mechanism, Username: "alice", Password: "s3cret"} }
			if encrypted {
				name += " TLS"
				opts = append(opts, kfake.TLS(&tls.Config{Certificates: []tls.Certificate{pair}}))
				plain := conf
				conf = func(c *Config) {
					plain(c)
					var err error
					if c.TLS, err = NewTLS(TLSConfig{CA: PEM{Text: ca}}); err != nil {
						t.Fatal(err)
					}
				}
			}
			t.Run(name, func(t *testing.T) {
				w := newWorld(t, conf, opts...)
				s := w.shard()
				for _, v := range []string{"a", "b"} {
					w.deliver(w.batch(s, v))
				}
				if n := worst(w.out.Check(t.Context(), []string{topicName})); n == outputs.Problem {
					t.Errorf("check: %+v", w.out.Check(t.Context(), []string{topicName}))
				}
			})
			t.Run(name+" wrong password", func(t *testing.T) {
				w := newWorld(t, func(c *Config) { conf(c); c.SASL.Password = "wrong" }, opts...)
				await.OK(t, time.Minute, func() error {
					if st := w.out.Status(); st.Healthy || !strings.Contains(st.LastError, "authenticate ") {
						return errors.New(st.LastError)
					}
					return nil
				})
				f := w.out.Check(t.Context(), []string{topicName})
				if len(f) != 1 || f[0].Severity != outputs.Problem || !strings.Contains(f[0].Cure, "password") {
					t.Errorf("check: %+v", f)
				}
				if strings.Contains(w.log.String(), "wrong") {
					t.Error("the password is in the log")
				}
			})
		}
	}
}

func worst(findings []outputs.Finding) outputs.Severity {
	n := outputs.OK
	for _, f := range findings {
		n = max(n, f.Severity)
	}
	return n
}

func TestCheckTellsTransportsApart(t *testing.T) {
	ca, pair := certificate(t)
	other, _ := certificate(t)
	plain, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(plain.Close)
	secure, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.TLS(&tls.Config{Certificates: []tls.Certificate{pair}}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(secure.Close)
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	with := func(pem string) *TLS {
		c, err := NewTLS(TLSConfig{CA: PEM{Text: pem}})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for _, c := range []struct {
		name, addr    string
		tls           *TLS
		message, cure string
	}{
		{"nobody listens", "127.0.0.1:1", nil, "refused", "runs and listens"},
		{"TLS to a plain port", plain.ListenAddrs()[0], with(ca), "TLS handshake", ""},
		{"plain to a TLS port", secure.ListenAddrs()[0], nil, "negotiate versions", "tls block"},
		{"unknown authority", secure.ListenAddrs()[0], with(other), "certificate", "`ca`"},
		{"silence", silent.Addr().String(), nil, "timeout", "firewalls"},
		{"no such host", "no-such-host.invalid:9092", nil, "lookup", "host name"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := openOutput(t, []string{c.addr}, &logBuffer{}, func(cfg *Config) { cfg.TLS, cfg.AttemptTimeout = c.tls, 2*time.Second })
			var f []outputs.Finding
			for range 5 { // a machine that is very busy makes a time-out of anything
				start := time.Now()
				f = o.Check(t.Context(), []string{topicName})
				if took := time.Since(start); took > 20*time.Second {
					t.Errorf("check took %v", took)
				}
				if len(f) != 1 || c.message == "timeout" || !strings.Contains(f[0].Message, "timeout") {
					break
				}
			}
			if len(f) != 1 || f[0].Severity != outputs.Problem || !strings.Contains(f[0].Message, c.message) || !strings.Contains(f[0].Cure, c.cure) || f[0].Cure == "" {
				t.Errorf("%+v", f)
			}
		})
	}
}

func TestCheckNamesWhatTopicsLack(t *testing.T) {
	w := newWorld(t, nil, kfake.NumBrokers(3), kfake.SeedTopics(2, "weak"))
	f := w.out.Check(t.Context(), []string{"weak", "absent", "bad name"})
	text := ""
	for _, x := range f {
		text += x.Subject + ": " + x.Message + " / " + x.Cure + "\n"
	}
	for _, want := range []string{"UNKNOWN_TOPIC_OR_PARTITION / Create", "min.insync.replicas is 1 and not 2", `topic "bad name"`, "idempotent writing is allowed", "answers"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

func TestRequireDurableRefusesWeakTopics(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.RequireDurable = true }, kfake.NumBrokers(3))
	s := w.shard()
	b := w.batch(s, "a")
	await.OK(t, time.Minute, func() error {
		w.write(b, outputs.Refused)
		if b.Fate.Class != outputs.TopicError || !strings.Contains(b.Fate.Err.Error(), "min.insync.replicas is 1") {
			return b.Fate.Err
		}
		return nil
	})
	w.expect(s)
	w = newWorld(t, func(c *Config) { c.RequireDurable = true }, kfake.NumBrokers(3), kfake.BrokerConfigs(map[string]string{"min.insync.replicas": "2"}))
	w.deliver(w.batch(w.shard(), "a"))
}

func TestOpenRefusesWhatCantWork(t *testing.T) {
	for name, cfg := range map[string]Config{
		"no brokers":          {},
		"broker without port": {Brokers: []string{"k1"}},
		"unknown mechanism":   {Brokers: []string{"k1:9092"}, SASL: SASL{Mechanism: "GSSAPI", Username: "u"}},
		"no user":             {Brokers: []string{"k1:9092"}, SASL: SASL{Mechanism: wire.Plain}},
		"no mechanism":        {Brokers: []string{"k1:9092"}, SASL: SASL{Username: "u"}},
		"unknown codec":       {Brokers: []string{"k1:9092"}, Codec: 9},
	} {
		if _, err := Open(cfg); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
	if _, err := NewTLS(TLSConfig{CA: PEM{Text: "no pem"}}); err == nil {
		t.Error("a ca that is none")
	}
	if _, err := NewTLS(TLSConfig{Cert: PEM{Text: "x"}, Key: PEM{Text: "y"}}); err == nil {
		t.Error("a key pair that is none")
	}
}
