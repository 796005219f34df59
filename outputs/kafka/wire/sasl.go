package wire

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/xdg-go/scram"

	"shipper/outputs/kafka/codes"
)

// The SASL mechanisms.
const (
	Plain       = "PLAIN"
	ScramSHA256 = "SCRAM-SHA-256"
	ScramSHA512 = "SCRAM-SHA-512"
	OAuthBearer = "OAUTHBEARER"
)

// SASL is how to authenticate; not at all if Mechanism is empty.
type SASL struct {
	Mechanism, Username, Password string
	// Token is where OAUTHBEARER has its token from.
	Token TokenSource
}

// Valid tells what is wrong with the credentials without asking a broker.
func (s SASL) Valid() error {
	switch s.Mechanism {
	case "":
		if s.Username != "" || s.Password != "" {
			return errors.New("username or password without mechanism")
		}
	case Plain:
		if s.Username == "" {
			return errors.New("username is empty")
		}
	case ScramSHA256, ScramSHA512:
		_, err := s.SCRAM()
		return err
	case OAuthBearer:
		if (s.Token.File == "") == (len(s.Token.Command) == 0) {
			return errors.New("either a file or a command must give the token")
		}
	default:
		return fmt.Errorf("mechanism %q is not one of %s, %s, %s, %s", s.Mechanism, Plain, ScramSHA256, ScramSHA512, OAuthBearer)
	}
	return nil
}

// SCRAM starts the client's side of a SCRAM exchange.
func (s SASL) SCRAM() (*scram.ClientConversation, error) {
	hash := scram.SHA256
	if s.Mechanism == ScramSHA512 {
		hash = scram.SHA512
	}
	client, err := hash.NewClient(s.Username, s.Password, "")
	if err != nil {
		return nil, fmt.Errorf("prepare credentials: %w", err)
	}
	return client.NewConversation(), nil
}

// authenticate runs the SASL exchange and notes when its session ends.
func (c *Conn) authenticate(ctx context.Context, deadline time.Time, s SASL) error {
	hello := kmsg.NewPtrSASLHandshakeRequest()
	hello.Mechanism = s.Mechanism
	resp, err := Ask[*kmsg.SASLHandshakeResponse](ctx, c, deadline, hello, 1)
	if err != nil {
		return err
	}
	if resp.ErrorCode != 0 {
		return fmt.Errorf("%w: %s; the listener offers %q", answer(resp.ErrorCode), s.Mechanism, strings.Join(resp.SupportedMechanisms, ", "))
	}
	switch s.Mechanism {
	case Plain:
		_, err := c.saslStep(ctx, deadline, []byte("\x00"+s.Username+"\x00"+s.Password))
		return err
	case OAuthBearer:
		return c.bear(ctx, deadline, s)
	}
	conv, err := s.SCRAM()
	if err != nil {
		return err
	}
	challenge := ""
	for !conv.Done() {
		msg, err := conv.Step(challenge)
		if err != nil {
			return fmt.Errorf("%s: %w", s.Mechanism, err)
		}
		if conv.Done() {
			break
		}
		answer, err := c.saslStep(ctx, deadline, []byte(msg))
		if err != nil {
			return err
		}
		challenge = string(answer)
	}
	if !conv.Valid() {
		return errors.New("the broker did not prove that it knows the password")
	}
	return nil
}

// saslStep sends one message of the mechanism and returns the broker's.
func (c *Conn) saslStep(ctx context.Context, deadline time.Time, msg []byte) ([]byte, error) {
	req := kmsg.NewPtrSASLAuthenticateRequest()
	req.SASLAuthBytes = msg
	resp, err := Ask[*kmsg.SASLAuthenticateResponse](ctx, c, deadline, req, 2)
	clear(c.out) // it held the password
	if err != nil {
		return nil, err
	}
	if resp.ErrorCode != 0 {
		if resp.ErrorMessage != nil {
			return nil, fmt.Errorf("%w: %s", answer(resp.ErrorCode), *resp.ErrorMessage)
		}
		return nil, answer(resp.ErrorCode)
	}
	if resp.SessionLifetimeMillis > 0 {
		life := time.Duration(resp.SessionLifetimeMillis) * time.Millisecond
		// A request must arrive before the end; a tenth covers its way
		// and clocks that drift.
		c.expires = time.Now().Add(life - life/10)
	}
	return append([]byte(nil), resp.SASLAuthBytes...), nil
}

// answer is a broker's refusal of the exchange.
func answer(code int16) error {
	return codes.Answer{Code: codes.Code(code), To: codes.SASL}
}
