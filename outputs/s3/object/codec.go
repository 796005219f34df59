package object

import "fmt"

// Codec is how an object's bytes are compressed.
type Codec uint8

// The codecs.
const (
	Zstd Codec = iota
	Gzip
	None
)

// String is the codec's name in configuration and metadata.
func (c Codec) String() string {
	switch c {
	case Gzip:
		return "gzip"
	case None:
		return "none"
	case Zstd:
	}
	return "zstd"
}

// Extension is what names of files with the codec end in.
func (c Codec) Extension() string {
	switch c {
	case Gzip:
		return ".gz"
	case None:
		return ""
	case Zstd:
	}
	return ".zst"
}

// ParseCodec takes String back.
func ParseCodec(s string) (Codec, error) {
	for _, c := range []Codec{Zstd, Gzip, None} {
		if s == c.String() {
			return c, nil
		}
	}
	return 0, fmt.Errorf("codec %q is not known", s)
}
