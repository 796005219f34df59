package packed

import (
	"bufio"
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

// IsFault tells whether an error is one of these: another try is in vain before the file
// has changed.
func IsFault(err error) bool {
	return errors.Is(err, ErrIncomplete) || errors.Is(err, ErrDamaged) || errors.Is(err, ErrWindow)
}

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
	src source
	io.Reader
	close func()
}

func newDecoder(file vfs.File, format Format) (*decoder, error) {
	d := &decoder{src: source{file: file}, close: func() {}}
	var err error
	switch format {
	case Gzip:
		d.Reader, err = gzip.NewReader(bufio.NewReaderSize(&d.src, chunk)) // it would read 4 KiB at a time itself
	case Zstd:
		var z *zstd.Decoder
		z, err = zstd.NewReader(&d.src, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(MaxWindow))
		if err == nil {
			d.Reader, d.close = z, z.Close
		}
	case Bzip2:
		d.Reader = bzip2.NewReader(&d.src)
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
	if errors.Is(err, io.EOF) && d.src.offset == 0 {
		return n, ErrIncomplete // an empty file is nobody's compressed log
	}
	if err != nil && err != io.EOF { // io.EOF itself means the end; wrapped, it does not
		return n, d.judge(err)
	}
	return n, err
}

// judge tells what an error means.
func (d *decoder) judge(err error) error {
	switch {
	case d.src.err != nil:
		return d.src.err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return ErrIncomplete
	case errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return ErrWindow
	}
	return fmt.Errorf("%w: %w", ErrDamaged, err)
}
