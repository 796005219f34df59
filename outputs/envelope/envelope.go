package envelope

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"math/bits"
	"time"
	"unicode/utf8"

	"shipper/inputs"
)

// Envelope makes the JSON objects of one generation's records, see the package
// comment. It is for one goroutine and keeps its memory from one to the next.
type Envelope struct {
	middle []byte // what stands between the line and the time, quotes included
	text   []byte // a string being escaped
	// time is the end of the object for timestamp; records that follow each
	// other mostly have the same.
	time      []byte
	timestamp int64
}

// For makes the part that is the same for all records of gen.
func (v *Envelope) For(gen *inputs.Generation) {
	v.middle = append(v.middle[:0], `","host":"`...)
	v.add(gen.Host)
	v.middle = append(v.middle, `","path":"`...)
	v.add(gen.Path)
	v.middle = append(v.middle, `","captures":{`...)
	for i := range gen.Captures {
		if i > 0 {
			v.middle = append(v.middle, ',')
		}
		v.middle = append(v.middle, '"')
		v.add(gen.Captures[i].Key)
		v.middle = append(v.middle, `":"`...)
		v.addBytes(gen.Captures[i].Value)
		v.middle = append(v.middle, '"')
	}
	v.middle = append(v.middle, `},"time":"`...)
}

func (v *Envelope) add(s string) {
	v.text = append(v.text[:0], s...)
	v.addBytes(v.text)
}

func (v *Envelope) addBytes(s []byte) {
	if !utf8.Valid(s) {
		s = bytes.ToValidUTF8(s, []byte("\uFFFD"))
	}
	v.middle = appendEscaped(v.middle, s)
}

const millisecondsUTC = "2006-01-02T15:04:05.000Z"

// Append appends the object for line; timestamp is in milliseconds since 1970.
func (v *Envelope) Append(dst, line []byte, timestamp int64) []byte {
	if utf8.Valid(line) {
		dst = append(dst, `{"line":"`...)
		dst = appendEscaped(dst, line)
	} else {
		dst = append(dst, `{"line_base64":"`...)
		dst = base64.StdEncoding.AppendEncode(dst, line)
	}
	dst = append(dst, v.middle...)
	if len(v.time) == 0 || v.timestamp != timestamp {
		v.time = time.UnixMilli(timestamp).UTC().AppendFormat(v.time[:0], millisecondsUTC)
		v.time, v.timestamp = append(v.time, `"}`...), timestamp
	}
	return append(dst, v.time...)
}

// appendEscaped appends s, which is valid UTF-8, as the inside of a JSON string.
func appendEscaped(dst, s []byte) []byte {
	for {
		n := unescaped(s)
		dst = append(dst, s[:n]...)
		if n == len(s) {
			return dst
		}
		dst = appendEscape(dst, s[n])
		s = s[n+1:]
	}
}

// unescaped is the length of the prefix of s that needs no escape.
func unescaped(s []byte) int {
	// Eight bytes at a time. Each term has the high bit of a byte set if the
	// byte is a control character, a quote or a backslash; a borrow can set it
	// wrongly only in bytes after a right one, and the first is what counts.
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(s); i += 8 {
		w := binary.LittleEndian.Uint64(s[i:])
		quote, backslash := w^ones*'"', w^ones*'\\'
		special := ((w-ones*' ')&^w | (quote-ones)&^quote | (backslash-ones)&^backslash) & highs
		if special != 0 {
			return i + bits.TrailingZeros64(special)/8
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' {
			break
		}
	}
	return i
}

// appendEscape appends the escape of a control character, quote or backslash.
func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	const hex = "0123456789abcdef"
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}
