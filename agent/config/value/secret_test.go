package value

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"shipper/agent/config/diag"
)

func TestSecretIsNeverPrinted(t *testing.T) {
	s := struct {
		Username string
		Password Secret
	}{"u", "hunter2"}
	var b bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		fmt.Fprintf(&b, verb+" "+verb+"\n", s, s.Password)
	}
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	b.Write(text)
	slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "sasl", s, "password", s.Password)
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "sasl", s, "password", s.Password)
	if out := b.String(); strings.Contains(out, "hunter2") || strings.Contains(out, "68756e") || !strings.Contains(out, diag.Masked) {
		t.Errorf("printed: %s", out)
	}
}
