package object

import (
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"

	"shipper/inputs"
)

// version is the format's, see the package comment.
const version = 1

var (
	// ErrForeign is returned for an object that shipper did not store.
	ErrForeign = errors.New("not an object of shipper")
	// ErrNewer is returned for an object of a later format.
	ErrNewer = errors.New("stored by a newer version of shipper; read it with that version")
	// ErrDamaged is returned for an object whose content is not what its metadata says.
	ErrDamaged = errors.New("damaged")
)

// Meta is what is known of an object beside its bytes.
type Meta struct {
	Agent      string
	Generation inputs.Generation // with its Stream
	Start, End int64             // bytes of the generation
	Records    int
	Codec      Codec
	CRC32C     uint32   // of the bytes
	SHA256     [32]byte // likewise
	Time       int64    // when the bytes were read, ms since 1970
	Stamp      int64    // of the records that have no time of their own, 0 for Time
	Late       bool
}

// Name is what the object's key must say.
func (m *Meta) Name() Name {
	n := Name{Generation: m.Generation.ID, Start: m.Start, End: m.End}
	copy(n.Hash[:], m.SHA256[:])
	return n
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// values is the metadata as text.
func (m *Meta) values() map[string]string {
	g := &m.Generation
	v := map[string]string{
		"shipper": strconv.Itoa(version), "codec": m.Codec.String(),
		"agent": escape(m.Agent), "host": escape(g.Host), "input": escape(g.Stream.Input),
		"stream": escape(g.Stream.Name), "path": escape(g.Path),
		"generation": fmt.Sprintf("%016x", g.ID),
		"file":       fmt.Sprintf("%d,%d,%d,%d,%d", g.File.Device, g.File.Inode, g.File.Birth, g.File.Truncations, g.File.Order),
		"start":      strconv.FormatInt(m.Start, 10), "end": strconv.FormatInt(m.End, 10),
		"records": strconv.Itoa(m.Records),
		"crc32c":  fmt.Sprintf("%08x", m.CRC32C), "sha256": hex.EncodeToString(m.SHA256[:]),
		"time": strconv.FormatInt(m.Time, 10),
	}
	set := func(name, value string, is bool) {
		if is {
			v[name] = value
		}
	}
	set("topic", escape(g.Stream.Topic), g.Stream.Topic != "")
	set("key", escape(string(g.Stream.Key)), g.Stream.Key != nil)
	set("headers", escapeHeaders(g.Headers), len(g.Headers) > 0)
	set("captures", escapeHeaders(g.Captures), len(g.Captures) > 0)
	set("stamp", strconv.FormatInt(m.Stamp, 10), m.Stamp != 0)
	set("late", "1", m.Late)
	return v
}

// ParseMeta reads metadata whose notes, if there are any, were put into v. It
// fails with ErrForeign or ErrNewer, or says what is wrong with an ErrDamaged.
func ParseMeta(v map[string]string) (*Meta, error) {
	format, err := strconv.Atoi(v["shipper"])
	switch {
	case err != nil:
		return nil, ErrForeign
	case format != version:
		return nil, fmt.Errorf("format %d: %w", format, ErrNewer)
	}
	p := parser{v: v}
	m := &Meta{
		Agent: p.text("agent"), Start: p.number("start"), End: p.number("end"), Records: int(p.number("records")),
		CRC32C: uint32(p.hex("crc32c", 32)), Time: p.number("time"), Stamp: p.number("stamp"), Late: v["late"] == "1",
		Generation: inputs.Generation{
			ID: p.hex("generation", 64), Path: p.text("path"), Host: p.text("host"),
			Headers: p.headers("headers"), Captures: p.headers("captures"), File: p.file(),
			Stream: &inputs.Stream{Input: p.text("input"), Name: p.text("stream"), Topic: p.text("topic")},
		},
	}
	if _, ok := v["key"]; ok {
		m.Generation.Stream.Key = []byte(p.text("key"))
	}
	if n, err := hex.Decode(m.SHA256[:], []byte(v["sha256"])); err != nil || n != len(m.SHA256) {
		p.fail("sha256", errors.New("not 64 hexadecimal digits"))
	}
	if m.Codec, err = ParseCodec(v["codec"]); err != nil {
		p.fail("codec", err)
	}
	if p.err == nil && (m.Start < 0 || m.End <= m.Start || m.End-m.Start > MaxRaw || m.Records < 0) {
		p.fail("end", errors.New("not a range"))
	}
	return m, p.err
}

// parser keeps the first error.
type parser struct {
	v   map[string]string
	err error
}

func (p *parser) fail(name string, err error) {
	if p.err == nil {
		p.err = fmt.Errorf("%w: metadata %s %q: %w", ErrDamaged, name, p.v[name], err)
	}
}

func (p *parser) text(name string) string {
	s, err := unescape(p.v[name])
	if err != nil {
		p.fail(name, err)
	}
	return s
}

func (p *parser) headers(name string) []inputs.Header {
	list, err := unescapeHeaders(p.v[name])
	if err != nil {
		p.fail(name, err)
	}
	return list
}

// number is 0 if there is none.
func (p *parser) number(name string) int64 {
	if p.v[name] == "" {
		return 0
	}
	n, err := strconv.ParseInt(p.v[name], 10, 64)
	if err != nil {
		p.fail(name, err)
	}
	return n
}

func (p *parser) hex(name string, bits int) uint64 {
	n, err := strconv.ParseUint(p.v[name], 16, bits)
	if err != nil {
		p.fail(name, err)
	}
	return n
}

func (p *parser) file() inputs.File {
	var f inputs.File
	parts := strings.Split(p.v["file"], ",")
	if len(parts) < 5 {
		p.fail("file", errors.New("not five numbers"))
		return f
	}
	number := func(s string) int64 {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			u, uerr := strconv.ParseUint(s, 10, 64)
			if uerr != nil {
				p.fail("file", err)
			}
			return int64(u)
		}
		return n
	}
	f.Device, f.Inode, f.Birth = uint64(number(parts[0])), uint64(number(parts[1])), number(parts[2])
	f.Truncations, f.Order = uint32(number(parts[3])), uint64(number(parts[4]))
	return f
}
