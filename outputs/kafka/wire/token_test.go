package wire

import (
	"encoding/binary"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"shipper/outputs/kafka/codes"
)

// tokenServer plays the broker's side of OAUTHBEARER on one connection, takes
// one token and refuses others; it returns what it was sent.
func tokenServer(t *testing.T, server net.Conn, good string) <-chan string {
	t.Helper()
	got := make(chan string, 10)
	go func() {
		defer close(got)
		for {
			size := make([]byte, 4)
			if _, err := io.ReadFull(server, size); err != nil {
				return
			}
			frame := make([]byte, binary.BigEndian.Uint32(size))
			if _, err := io.ReadFull(server, frame); err != nil {
				return
			}
			key, correlation := int16(binary.BigEndian.Uint16(frame)), frame[4:8]
			body := append([]byte(nil), correlation...)
			if kmsg.Key(key) == kmsg.SASLHandshake {
				resp := kmsg.NewPtrSASLHandshakeResponse()
				resp.Version = 1
				body = resp.AppendTo(body)
			} else {
				req := kmsg.NewPtrSASLAuthenticateRequest()
				req.Version = 1
				if err := req.ReadFrom(frame[10+binary.BigEndian.Uint16(frame[8:]):]); err != nil {
					t.Error(err)
					return
				}
				text := string(req.SASLAuthBytes)
				got <- text
				resp := kmsg.NewPtrSASLAuthenticateResponse()
				resp.Version = 1
				switch {
				case text == "\x01":
					resp.ErrorCode = int16(codes.SASLAuthenticationFailed)
				case text != "n,,\x01auth=Bearer "+good+"\x01\x01":
					resp.SASLAuthBytes = []byte(`{"status":"invalid_token"}`)
				}
				body = resp.AppendTo(body)
			}
			out := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
			if _, err := server.Write(append(out, body...)); err != nil {
				return
			}
		}
	}()
	return got
}

// The token is read at every login, so one that is renewed outside is used; a
// refusal names the broker's reason and not the token.
func TestTokenIsReadAtEveryLogin(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	login := func(token string) error {
		t.Helper()
		if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		c, server := pair(t)
		for _, key := range []kmsg.Key{kmsg.SASLHandshake, kmsg.SASLAuthenticate} {
			c.versions[key] = versionRange{min: 0, max: 1, known: true}
		}
		tokenServer(t, server, "second.token")
		return c.authenticate(t.Context(), time.Now().Add(time.Minute), SASL{Mechanism: OAuthBearer, Token: TokenSource{File: file}})
	}
	err := login("first.token")
	if err == nil || !strings.Contains(err.Error(), "invalid_token") || strings.Contains(err.Error(), "first.token") {
		t.Errorf("refused: %v", err)
	}
	if !(&Error{Stage: StageSASL, Err: err}).Refusal() {
		t.Error("a refused token is no refusal")
	}
	if err := login("second.token"); err != nil {
		t.Error(err)
	}
}

func TestTokenSources(t *testing.T) {
	for name, c := range map[string]struct {
		from  TokenSource
		token string
		says  string
	}{
		"command":       {TokenSource{Command: []string{"echo", "a.b.c"}}, "a.b.c", ""},
		"failing":       {TokenSource{Command: []string{"sh", "-c", "echo s3cret; echo s3cret >&2; exit 3"}}, "", "exit status 3"},
		"empty":         {TokenSource{Command: []string{"true"}}, "", "empty"},
		"no such file":  {TokenSource{File: "/nonexistent/token"}, "", "no such file"},
		"not a token":   {TokenSource{Command: []string{"printf", `s3cret\001auth=x`}}, "", "other characters"},
		"no such thing": {TokenSource{Command: []string{"/nonexistent/program"}}, "", "no such file"},
	} {
		token, err := c.from.Get(t.Context())
		if token != c.token || (err == nil) != (c.says == "") {
			t.Errorf("%s: %q, %v", name, token, err)
		}
		if err != nil && (!strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "s3cret")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
