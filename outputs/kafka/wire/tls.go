package wire

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
)

// NewTLS makes a TLS configuration of PEM texts: ca "" means the system's
// roots, cert and key "" no client certificate, serverName "" the host of each
// broker.
func NewTLS(ca, cert, key, serverName string, insecureSkipVerify bool) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: serverName, InsecureSkipVerify: insecureSkipVerify}
	if ca != "" {
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM([]byte(ca)) {
			return nil, errors.New("read ca: no certificate in PEM form in it")
		}
	}
	if cert != "" || key != "" {
		pair, err := tls.X509KeyPair([]byte(cert), []byte(key))
		if err != nil {
			return nil, fmt.Errorf("read cert and key: %w", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}
