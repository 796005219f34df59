package object

import (
	"encoding/hex"
	"fmt"
	"strings"

	"shipper/inputs"
)

// escape writes any bytes in the alphabet of headers, see the package comment.
func escape(s string) string {
	plain := true
	for i := range len(s) {
		plain = plain && printable(s[i])
	}
	if plain {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		if printable(s[i]) {
			b.WriteByte(s[i])
		} else {
			fmt.Fprintf(&b, "%%%02X", s[i])
		}
	}
	return b.String()
}

func printable(c byte) bool { return c > ' ' && c < 0x7f && c != '%' && c != ',' && c != '=' }

// unescape takes escape back.
func unescape(s string) (string, error) {
	if !strings.Contains(s, "%") {
		return s, nil
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b = append(b, s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", fmt.Errorf("%q ends in half an escape", s)
		}
		var c [1]byte
		if _, err := hex.Decode(c[:], []byte(s[i+1:i+3])); err != nil {
			return "", fmt.Errorf("%q: %w", s, err)
		}
		b, i = append(b, c[0]), i+2
	}
	return string(b), nil
}

func escapeHeaders(list []inputs.Header) string {
	parts := make([]string, len(list))
	for i, h := range list {
		parts[i] = escape(h.Key) + "=" + escape(string(h.Value))
	}
	return strings.Join(parts, ",")
}

func unescapeHeaders(s string) ([]inputs.Header, error) {
	if s == "" {
		return nil, nil
	}
	var list []inputs.Header
	for part := range strings.SplitSeq(s, ",") {
		name, value, found := strings.Cut(part, "=")
		if !found {
			return nil, fmt.Errorf("%q is not name=value", part)
		}
		k, err := unescape(name)
		if err != nil {
			return nil, err
		}
		v, err := unescape(value)
		if err != nil {
			return nil, err
		}
		list = append(list, inputs.Header{Key: k, Value: []byte(v)})
	}
	return list, nil
}
