package e2e

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"hash"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"shipper/testing/cluster"
	"shipper/testing/workload"
)

// authority writes a new certificate authority and a certificate of it for
// 127.0.0.1: the paths of the authority, and of the key with its chain as Kafka
// reads them.
func authority(t *testing.T, dir string) (ca, keystore string) {
	t.Helper()
	certificate := func(template, parent *x509.Certificate, key, signer *ecdsa.PrivateKey) []byte {
		template.SerialNumber = big.NewInt(time.Now().UnixNano())
		template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
		der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
		must(t, err)
		return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	}
	newKey := func() *ecdsa.PrivateKey {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		must(t, err)
		return key
	}
	root := &x509.Certificate{
		Subject: pkix.Name{CommonName: "shipper test authority"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign,
	}
	rootKey, key := newKey(), newKey()
	rootPEM := certificate(root, root, rootKey, rootKey)
	server := &x509.Certificate{
		Subject: pkix.Name{CommonName: "broker"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	serverPEM := certificate(server, root, key, rootKey)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
	ca, keystore = filepath.Join(dir, "ca.pem"), filepath.Join(dir, "keystore.pem")
	must(t, os.WriteFile(ca, rootPEM, 0o644))
	must(t, os.WriteFile(keystore, append(keyPEM, append(serverPEM, rootPEM...)...), 0o600))
	return ca, keystore
}

// addScramUser gives a user a password for a mechanism.
func addScramUser(ctx context.Context, t *testing.T, c *cluster.Cluster, user, password string, mechanism int8) {
	t.Helper()
	const iterations = 4096
	salt := []byte("salt of " + user)
	digest, size := func() hash.Hash { return sha256.New() }, sha256.Size
	if mechanism == 2 {
		digest, size = func() hash.Hash { return sha512.New() }, sha512.Size
	}
	salted, err := pbkdf2.Key(digest, password, salt, iterations, size)
	must(t, err)
	client, err := kgo.NewClient(kgo.SeedBrokers(c.Brokers()...))
	must(t, err)
	defer client.Close()
	upsertion := kmsg.NewAlterUserSCRAMCredentialsRequestUpsertion()
	upsertion.Name, upsertion.Mechanism, upsertion.Iterations = user, mechanism, iterations
	upsertion.Salt, upsertion.SaltedPassword = salt, salted
	request := kmsg.NewPtrAlterUserSCRAMCredentialsRequest()
	request.Upsertions = append(request.Upsertions, upsertion)
	answer, err := request.RequestWith(ctx, client)
	must(t, err)
	for _, r := range answer.Results {
		must(t, kerr.ErrorForCode(r.ErrorCode))
	}
}

// secureKafka is one node that also serves TLS, with and without passwords, and
// passwords in the clear. User alice's password is s3cret.
func secureKafka(ctx context.Context, t *testing.T) (c *cluster.Cluster, ca string) {
	t.Helper()
	dir := t.TempDir()
	ca, keystore := authority(t, dir)
	properties := map[string]string{
		"ssl.keystore.type":       "PEM",
		"ssl.keystore.location":   keystore,
		"sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER",
	}
	for _, listener := range []string{"sasl_ssl", "sasl_plaintext"} {
		for mechanism, module := range map[string]string{
			"plain":         `org.apache.kafka.common.security.plain.PlainLoginModule required user_alice="s3cret";`,
			"scram-sha-256": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
			"scram-sha-512": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
			"oauthbearer":   `org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
		} {
			properties["listener.name."+listener+"."+mechanism+".sasl.jaas.config"] = module
		}
	}
	c, err := cluster.Start(ctx, filepath.Join(dir, "kafka"), cluster.Options{
		Nodes: 1, Properties: properties, Listeners: []string{"SSL", "SASL_SSL", "SASL_PLAINTEXT"},
	})
	must(t, err)
	t.Cleanup(func() { must(t, c.Close()) })
	addScramUser(ctx, t, c, "alice", "s3cret", 1)
	addScramUser(ctx, t, c, "alice", "s3cret", 2)
	return c, ca
}

// login is an output that reaches Kafka in one way, or fails to.
type login struct {
	name, listener string
	tls            string // path of the authority, "" for no TLS
	mechanism      string // "" for no password
	token          string // keys of the sasl block in place of user and password
	wrong          bool   // it is the password that is wrong at first
	told           string // what status says while it is wrong, "" for one that is right
	cure           string // and what to do
}

func (l *login) text(broker, dir, topic, password string) string {
	text := fmt.Sprintf(`
input "logfile" %[1]q {
  paths  = [%[2]q]
  output = output.kafka.%[1]s
  topic  = %[3]q
}

output "kafka" %[1]q {
  brokers             = [%[4]q]
  replication_factor  = 1
  min_insync_replicas = 1
`, l.name, filepath.Join(dir, l.name+".log"), topic, broker)
	if l.tls != "" {
		text += fmt.Sprintf("  tls {\n    ca = file(%q)\n  }\n", l.tls)
	}
	switch {
	case l.token != "":
		text += fmt.Sprintf("  sasl {\n    mechanism = %q\n    %s\n  }\n", l.mechanism, l.token)
	case l.mechanism != "":
		text += fmt.Sprintf("  sasl {\n    mechanism = %q\n    username  = \"alice\"\n    password  = %s\n  }\n",
			l.mechanism, password)
	}
	return text + "}\n"
}

// unsecuredToken is a token that says who alice is and that nobody signed: Kafka
// takes it unless it is told how tokens are signed.
func unsecuredToken() string {
	encode := base64.RawURLEncoding.EncodeToString
	now := time.Now().Unix()
	return encode([]byte(`{"alg":"none"}`)) + "." + encode(fmt.Appendf(nil, `{"sub":"alice","iat":%d,"exp":%d}`, now, now+3600)) + "."
}

// TestEncryptionAndPasswords has outputs side by side in one agent: those that
// are right deliver, those that are wrong say so, and deliver when the agent is
// started with what is right.
func TestEncryptionAndPasswords(t *testing.T) {
	t.Parallel()
	ctx := limit(t, 4*time.Minute)
	c, ca := secureKafka(ctx, t)
	node := c.Nodes[0]
	dir := t.TempDir()
	strangers := filepath.Join(dir, "strangers")
	must(t, os.Mkdir(strangers, 0o755))
	strange, _ := authority(t, strangers)
	const right, wrong = "s3cret", "guessed-wr0ng"
	secret := filepath.Join(dir, "password")
	must(t, os.WriteFile(secret, []byte(right+"\n"), 0o600))

	token := filepath.Join(dir, "token")
	must(t, os.WriteFile(token, []byte(unsecuredToken()+"\n"), 0o600))

	logins := []login{
		{name: "tokenfile", listener: "SASL_SSL", tls: ca, mechanism: "OAUTHBEARER", token: fmt.Sprintf("token_file = %q", token)},
		{name: "tokencommand", listener: "SASL_PLAINTEXT", mechanism: "OAUTHBEARER", token: fmt.Sprintf("token_command = [\"cat\", %q]", token)},
		{name: "tls", listener: "SSL", tls: ca},
		{name: "tlsplain", listener: "SASL_SSL", tls: ca, mechanism: "PLAIN"},
		{name: "tlsscram", listener: "SASL_SSL", tls: ca, mechanism: "SCRAM-SHA-512"},
		{name: "scram", listener: "SASL_PLAINTEXT", mechanism: "SCRAM-SHA-256"},
		{name: "wrongplain", listener: "SASL_SSL", tls: ca, mechanism: "PLAIN", wrong: true, told: "uthenticat", cure: "password"},
		{name: "wrongscram", listener: "SASL_PLAINTEXT", mechanism: "SCRAM-SHA-256", wrong: true, told: "uthenticat", cure: "password"},
		{name: "wrongscramtls", listener: "SASL_SSL", tls: ca, mechanism: "SCRAM-SHA-512", wrong: true, told: "uthenticat", cure: "password"},
		{name: "stranger", listener: "SSL", tls: strange, told: "certificate", cure: "`ca`"},
	}
	const bytes = 256 << 10
	var journals []workload.Journal
	var text, corrected string
	for _, l := range logins {
		topic := "login." + l.name
		must(t, c.CreateTopic(ctx, topic, 1, 1, nil))
		password := map[bool]string{false: `file("` + secret + `")`, true: `"` + wrong + `"`}[l.wrong]
		text += l.text(node.Listener(l.listener), dir, topic, password)
		if l.told != "" && l.mechanism == "" {
			l.tls = ca
		}
		corrected += l.text(node.Listener(l.listener), dir, topic, `env("SHIPPER_E2E_PASSWORD")`)
		journals = append(journals, write(t, workload.Config{Dir: dir, Source: l.name, Bytes: bytes}))
	}
	a := newAgent(t, c.Brokers(), "login.none", config{others: text})
	a.env = []string{"SHIPPER_E2E_PASSWORD=" + right}
	a.start()
	for i, l := range logins {
		found := newTally(t, c, "login."+l.name, journals[i:i+1])
		if l.told == "" {
			found.wait(ctx, a)
			found.judge(ctx)
			continue
		}
		a.waitFor(ctx, "output "+l.name+" tells what is wrong", func() bool {
			s, err := a.status(ctx)
			if err != nil {
				return false
			}
			for _, o := range s.Outputs {
				if o.Name == "kafka."+l.name {
					return !o.Healthy && strings.Contains(o.LastError, l.told)
				}
			}
			return false
		})
		a.warnedOnce("kafka."+l.name, node.Listener(l.listener), l.told, l.cure)
	}
	log, err := os.ReadFile(a.logPath())
	must(t, err)
	if strings.Contains(string(log), wrong) || strings.Contains(string(log), right) || strings.Contains(string(log), unsecuredToken()[:40]) {
		t.Error("a password or token is in the log")
	}
	a.stop(40 * time.Second)

	a.amend(text, corrected)
	a.start()
	for i, l := range logins {
		found := newTally(t, c, "login."+l.name, journals[i:i+1])
		found.wait(ctx, a)
		if r := found.judge(ctx); r.Duplicated > 0 || r.Written < 1000 {
			t.Errorf("%s: %s", l.name, r.String())
		}
	}
	a.stop(40 * time.Second)
}
