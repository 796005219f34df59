package corpus

import (
	"errors"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// Ratio is how many bytes of lines become one when compressed.
type Ratio struct {
	LZ4  float64 `json:"lz4"`
	Zstd float64 `json:"zstd"`
}

// block is how much is compressed at a time: what the agent reads for a batch.
const block = 512 << 10

// Measure compresses at most limit bytes of r in blocks of 512 KiB, each on its
// own, by LZ4 and by zstd at level 1.
func Measure(r io.Reader, limit int64) (Ratio, error) {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return Ratio{}, err
	}
	defer encoder.Close()
	var compressor lz4.Compressor
	plain, packed := make([]byte, block), make([]byte, lz4.CompressBlockBound(block))
	total, byLZ4, byZstd := 0, 0, 0
	r = io.LimitReader(r, limit)
	for {
		n, err := io.ReadFull(r, plain)
		if n > 0 {
			size, err := compressor.CompressBlock(plain[:n], packed)
			if err != nil {
				return Ratio{}, err
			}
			total, byLZ4 = total+n, byLZ4+size
			byZstd += len(encoder.EncodeAll(plain[:n], packed[:0]))
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return Ratio{
				LZ4:  float64(total) / float64(max(1, byLZ4)),
				Zstd: float64(total) / float64(max(1, byZstd)),
			}, nil
		}
		if err != nil {
			return Ratio{}, err
		}
	}
}
