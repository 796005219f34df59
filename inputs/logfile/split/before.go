package split

import "sync"

// Reader is a file that is read at an offset until b is full or the file ends.
type Reader interface {
	Pread(b []byte, offset int64) (n int, err error)
}

// scratch is what a file is looked through with.
type scratch [64 << 10]byte

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// LineBefore is the number of bytes between offset and the newline before it, or
// most if there is none so near.
func LineBefore(f Reader, offset, most int64) (int64, error) {
	b := scratches.Get().(*scratch)
	defer scratches.Put(b)
	for length := int64(0); ; {
		n := min(int64(len(b)), most-length, offset-length)
		if n <= 0 {
			return length, nil
		}
		got, err := f.Pread(b[:n], offset-length-n)
		if err != nil {
			return 0, err
		}
		for i := int64(got) - 1; i >= 0; i-- {
			if b[i] == '\n' {
				return length + n - 1 - i, nil
			}
		}
		length += n
	}
}
