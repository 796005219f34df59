package config

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a string that no print, log line or JSON document shows. Use
// Reveal where it is needed.
type Secret string

const masked = "***"

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return string(s) }

// String returns three stars.
func (s Secret) String() string { return masked }

// Format prints three stars whatever the verb: a Stringer alone would not be
// asked for verbs that do not suit strings.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, masked) }

// MarshalText covers JSON and whatever else encodes text.
func (s Secret) MarshalText() ([]byte, error) { return []byte(masked), nil }

// LogValue covers slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(masked) }
