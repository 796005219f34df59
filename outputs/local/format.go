package local

import (
	"bytes"
	"encoding/base64"
	"time"
	"unicode/utf8"

	"shipper/inputs"
	"shipper/outputs"
)

// chunkBytes is how much an encoder gathers before it emits. One record may
// make a chunk longer.
const chunkBytes = 64 << 10

// encoder turns batches into lines. It is for one goroutine.
type encoder struct {
	json   bool // make JSON objects
	buf    []byte
	middle []byte // what stands between a segment's lines and their times in JSON
}

// encode emits the lines of b in order, in chunks that are valid during the
// call. The same batch always makes the same bytes. It stops at emit's error.
func (e *encoder) encode(b *outputs.Batch, emit func([]byte) error) error {
	e.buf = e.buf[:0]
	for i := range b.Segments {
		seg := &b.Segments[i]
		if err := e.segment(b, seg, emit); err != nil {
			return err
		}
	}
	return e.flush(emit)
}

func (e *encoder) segment(b *outputs.Batch, seg *inputs.Segment, emit func([]byte) error) error {
	if !e.json && seg.Records == nil && len(seg.Ends) > 0 {
		// Plain lines in raw format are the file's own bytes.
		if err := e.flush(emit); err != nil {
			return err
		}
		return emit(seg.Data[:seg.Ends[len(seg.Ends)-1]])
	}
	if e.json {
		e.middle = appendMiddle(e.middle[:0], seg.Gen)
	}
	for i := range seg.Len() {
		_, value, _ := seg.At(i)
		if e.json {
			e.buf = appendObject(e.buf, value, e.middle, timestamp(b, seg, i))
		} else {
			e.buf = append(e.buf, value...)
		}
		if e.buf = append(e.buf, '\n'); len(e.buf) >= chunkBytes {
			if err := e.flush(emit); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *encoder) flush(emit func([]byte) error) error {
	if len(e.buf) == 0 {
		return nil
	}
	err := emit(e.buf)
	if e.buf = e.buf[:0]; cap(e.buf) > 16*chunkBytes {
		e.buf = nil // one huge record is no reason to keep its memory
	}
	return err
}

// timestamp is the time of record i in milliseconds since 1970.
func timestamp(b *outputs.Batch, seg *inputs.Segment, i int) int64 {
	if seg.Records != nil && seg.Records[i].Time != 0 {
		return seg.Records[i].Time
	}
	if seg.Time != 0 {
		return seg.Time
	}
	return b.Time.UnixMilli()
}

// appendObject appends
//
//	{"line":"…","host":"…","path":"…","captures":{"app":"…"},"time":"2026-01-02T15:04:05.678Z"}
//
// with line_base64 in place of line if the line is not valid UTF-8.
func appendObject(dst, line, middle []byte, milliseconds int64) []byte {
	if utf8.Valid(line) {
		dst = appendQuoted(append(dst, `{"line":`...), line)
	} else {
		dst = base64.StdEncoding.AppendEncode(append(dst, `{"line_base64":"`...), line)
		dst = append(dst, '"')
	}
	dst = append(dst, middle...)
	dst = time.UnixMilli(milliseconds).UTC().AppendFormat(dst, "2006-01-02T15:04:05.000Z")
	return append(dst, `"}`...)
}

// appendMiddle appends what all objects of a generation have in common.
func appendMiddle(dst []byte, gen *inputs.Generation) []byte {
	dst = appendQuoted(append(dst, `,"host":`...), []byte(gen.Host))
	dst = appendQuoted(append(dst, `,"path":`...), []byte(gen.Path))
	dst = append(dst, `,"captures":{`...)
	for i := range gen.Captures {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendQuoted(dst, []byte(gen.Captures[i].Key))
		dst = appendQuoted(append(dst, ':'), gen.Captures[i].Value)
	}
	return append(dst, `},"time":"`...)
}

// appendQuoted appends s as a JSON string. Invalid UTF-8 becomes U+FFFD.
func appendQuoted(dst, s []byte) []byte {
	if !utf8.Valid(s) {
		s = bytes.ToValidUTF8(s, []byte("\uFFFD"))
	}
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	plain := 0
	for i, c := range s {
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[plain:i]...)
		plain = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(append(dst, s[plain:]...), '"')
}
