package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// TokenSource is where a token comes from: one of File and Command. It is asked
// at every login, so a token that somebody renews is taken up at the next one.
type TokenSource struct {
	File    string   // path of a file that holds the token
	Command []string // program and arguments, which print the token
}

const (
	tokenTimeout = 10 * time.Second // for the command
	maxToken     = 1 << 20
)

// Get returns a token that is good for a request. No error holds anything of it.
func (t TokenSource) Get(ctx context.Context) (string, error) {
	text, err := t.read(ctx)
	if err != nil {
		return "", fmt.Errorf("get a token: %w", err)
	}
	token := strings.TrimSpace(string(text))
	switch {
	case token == "":
		return "", errors.New("get a token: what was read is empty")
	case len(token) > maxToken || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return "", errors.New("get a token: what was read is no token: it holds other characters, or is too long")
	}
	return token, nil
}

func (t TokenSource) read(ctx context.Context) ([]byte, error) {
	if t.File != "" {
		return os.ReadFile(t.File)
	}
	ctx, cancel := context.WithTimeout(ctx, tokenTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, t.Command[0], t.Command[1:]...)
	cmd.WaitDelay = time.Second // a child of its own may keep the pipe open
	var out bytes.Buffer
	cmd.Stdout = &out // what it prints elsewhere may hold secrets, too: nobody sees it
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("run %q: %w", t.Command[0], err)
	}
	return out.Bytes(), nil
}

// bear logs in with a token, as RFC 7628 has it.
func (c *Conn) bear(ctx context.Context, deadline time.Time, s SASL) error {
	token, err := s.Token.Get(ctx)
	if err != nil {
		return err
	}
	answer, err := c.saslStep(ctx, deadline, []byte("n,,\x01auth=Bearer "+token+"\x01\x01"))
	if err != nil || len(answer) == 0 {
		return err
	}
	// The broker says why it refuses, and waits for us to have heard.
	if _, err = c.saslStep(ctx, deadline, []byte{1}); err == nil {
		err = errors.New("the broker refused the token without a code")
	}
	return fmt.Errorf("%w: %.200q", err, answer)
}
