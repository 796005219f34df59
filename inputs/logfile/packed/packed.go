// Package packed reads compressed files as if they were not: by offsets of their
// uncompressed bytes.
//
// The types to know:
//
//   - [Format]: how a file is compressed, as its name says.
//   - [File]: a compressed file that reads like a plain one, by one decoder that
//     goes forward.
//   - [Examine]: decodes a file once to its end mark and tells its true size. A
//     file that does not decode so far is not to be read: it is damaged, or
//     still being written.
//
// # Invariants
//
//   - Memory is bounded: a decoder's window is at most 8 MiB (larger ones are
//     refused with [ErrWindow]), and a File keeps the last MiB that it decoded.
//   - Bytes are handed out only as the decoder made them; checksums are checked
//     where the format has them, at the end of each member, which is why Examine
//     comes first.
//
// # Limits
//
//   - Reading what lies before the MiB that is kept decodes anew from the start.
//   - A stream of several members that is cut exactly between two of them looks
//     complete.
//   - xz and lz4 are not read.
package packed

import (
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"shipper/inputs/logfile/vfs"
)

// Format is how a file is compressed.
type Format uint8

// The formats. Unread is what a name tells to be compressed and is not read.
const (
	None Format = iota
	Gzip
	Zstd
	Bzip2
	Unread
)

// FormatOf judges by a file's name.
func FormatOf(name string) Format {
	switch {
	case strings.HasSuffix(name, ".gz"):
		return Gzip
	case strings.HasSuffix(name, ".zst"):
		return Zstd
	case strings.HasSuffix(name, ".bz2"):
		return Bzip2
	case strings.HasSuffix(name, ".xz"), strings.HasSuffix(name, ".lz4"):
		return Unread
	}
	return None
}

// MaxWindow is the most memory, in bytes, that a decoder may look back on.
const MaxWindow = 8 << 20

// The errors. ErrIncomplete: the stream ends before its end mark. ErrDamaged: it
// is not what the format allows. ErrWindow: it wants a window above MaxWindow.
// Errors of the file system are none of these.
var (
	ErrIncomplete = errors.New("the compressed stream does not end: it is cut off or still being written")
	ErrDamaged    = errors.New("the compressed stream is damaged")
	ErrWindow     = errors.New("decompression would need a window of more than 8 MiB")
)

// source is a vfs.File as an io.Reader. It keeps its own error, to tell those of
// the file system from those of the decoder.
type source struct {
	file   vfs.File
	offset int64
	err    error
}

// Read implements io.Reader.
func (s *source) Read(p []byte) (int, error) {
	n, err := s.file.Pread(p, s.offset)
	s.offset += int64(n)
	if err != nil {
		s.err = err
		return n, err
	}
	if n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

// decoder goes through a file's uncompressed bytes once.
type decoder struct {
	source
	io.Reader
	close func()
}

func newDecoder(file vfs.File, format Format) (*decoder, error) {
	d := &decoder{source: source{file: file}, close: func() {}}
	var err error
	switch format {
	case Gzip:
		d.Reader, err = gzip.NewReader(&d.source)
	case Zstd:
		var z *zstd.Decoder
		z, err = zstd.NewReader(&d.source, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(MaxWindow))
		if err == nil {
			d.Reader, d.close = z, z.Close
		}
	case Bzip2:
		d.Reader = bzip2.NewReader(&d.source)
	case None, Unread:
		return nil, fmt.Errorf("format %d is not read", format)
	}
	if err != nil {
		return nil, d.judge(err)
	}
	return d, nil
}

// Read implements io.Reader: io.EOF stands for the end mark only.
func (d *decoder) Read(p []byte) (int, error) {
	n, err := d.Reader.Read(p)
	if errors.Is(err, io.EOF) && d.source.offset == 0 {
		return n, ErrIncomplete // an empty file is nobody's compressed log
	}
	if err != nil && err != io.EOF { //nolint:errorlint // io.EOF itself means the end; wrapped, it does not
		return n, d.judge(err)
	}
	return n, err
}

// judge tells what an error means.
func (d *decoder) judge(err error) error {
	switch {
	case d.source.err != nil:
		return d.source.err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return ErrIncomplete
	case errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return ErrWindow
	}
	return fmt.Errorf("%w: %w", ErrDamaged, err)
}
