package value

import (
	"fmt"
	"io"
	"log/slog"

	"shipper/agent/config/diag"
)

// Secret is a string that no print, log line or JSON document shows. Use
// Reveal where it is needed.
type Secret string

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return string(s) }

// String returns three stars.
func (s Secret) String() string { return diag.Masked }

// Format prints three stars whatever the verb: a Stringer alone would not be
// asked for verbs that do not suit strings.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, diag.Masked) }

// MarshalText covers JSON and whatever else encodes text.
func (s Secret) MarshalText() ([]byte, error) { return []byte(diag.Masked), nil }

// LogValue covers slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(diag.Masked) }
