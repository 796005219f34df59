package recordbatch

import "math/bits"

// maxVarint is the most bytes a varint of 32 bits takes.
const maxVarint = 5

// zigzag maps numbers of small magnitude to small unsigned ones, as all varints
// in records are written.
func zigzag(n int64) uint64 { return uint64(n<<1) ^ uint64(n>>63) }

// varintLen is the number of bytes that n takes as a varint: one for every
// seven bits.
func varintLen(n int) int { return (bits.Len64(zigzag(int64(n))|1) + 6) / 7 }

// appendVarint appends n as a varint.
func appendVarint(dst []byte, n int64) []byte {
	u := zigzag(n)
	for u >= 0x80 {
		dst = append(dst, byte(u)|0x80)
		u >>= 7
	}
	return append(dst, byte(u))
}

// putVarint writes n, which is not negative and less than 2^31, at dst[p] and
// returns the position after it. dst must have room for maxVarint bytes.
func putVarint(dst []byte, p, n int) int {
	u := uint64(n) << 1
	for u >= 0x80 {
		dst[p] = byte(u) | 0x80
		p++
		u >>= 7
	}
	dst[p] = byte(u)
	return p + 1
}
