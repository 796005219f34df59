package packed

import (
	"errors"
	"io"

	"shipper/inputs/logfile/vfs"
)

// kept is how many of the bytes last decoded can be read again without decoding
// anew: a batch that is repeated, and the proof before it.
const kept = 1 << 20

// File reads a compressed file by offsets of its uncompressed bytes. It belongs
// to one goroutine at a time, as a decoder does.
type File struct {
	vfs.File // the compressed file: Stat and Close are about it
	format   Format
	keep     int      // bytes of window at least, once there are so many
	decoder  *decoder // nil before the first read and after an error
	head     []byte   // the first bytes, which are asked for with every read
	window   []byte   // the bytes that end at offset
	offset   int64    // how far the decoder came
	ended    bool     // the end mark is at offset
}

// NewFile reads file, which must stay open until Free.
func NewFile(file vfs.File, format Format) *File {
	return &File{File: file, format: format, keep: kept}
}

// Pread implements vfs.File. What lies before the window is decoded again from
// the start.
func (f *File) Pread(p []byte, offset int64) (int, error) {
	if offset+int64(len(p)) <= int64(len(f.head)) {
		return copy(p, f.head[offset:]), nil
	}
	if f.decoder == nil || offset < f.offset-int64(len(f.window)) {
		if err := f.rewind(); err != nil {
			return 0, err
		}
	}
	n := 0
	for n < len(p) {
		at := offset + int64(n)
		if at < f.offset {
			n += copy(p[n:], f.window[int64(len(f.window))-(f.offset-at):])
			continue
		}
		if f.ended {
			break
		}
		if err := f.advance(); err != nil {
			f.drop()
			return n, err
		}
	}
	return n, nil
}

const (
	chunk    = 64 << 10 // how much is decoded at once
	headKept = 1 << 10
)

// advance decodes one chunk more into the window.
func (f *File) advance() error {
	if len(f.window)+chunk > cap(f.window) {
		if f.window == nil {
			f.window = make([]byte, 0, f.keep+max(f.keep/4, 2*chunk))
		} else {
			last := f.window[len(f.window)-f.keep+chunk:]
			f.window = f.window[:copy(f.window[:cap(f.window)], last)]
		}
	}
	n, err := io.ReadFull(f.decoder, f.window[len(f.window):len(f.window)+chunk])
	f.window = f.window[:len(f.window)+n]
	if f.offset == 0 {
		f.head = append(f.head[:0], f.window[:min(n, headKept)]...)
	}
	f.offset += int64(n)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		f.ended = true
		return nil
	}
	return err
}

func (f *File) rewind() error {
	f.drop()
	d, err := newDecoder(f.File, f.format)
	if err != nil {
		return err
	}
	f.decoder = d
	return nil
}

func (f *File) drop() {
	if f.decoder != nil {
		f.decoder.close()
	}
	f.decoder, f.window, f.offset, f.ended = nil, f.window[:0], 0, false
}

// Free gives up the decoder and its memory; the file stays open.
func (f *File) Free() {
	f.drop()
	f.window = nil
}

// Examine decodes a file to its end mark and returns the number of its
// uncompressed bytes. On the way show is called for each offset in marks, which
// ascend, with the at most before bytes (no more than 512 KiB) that end there;
// offsets behind the end are not shown. stop is asked now and then, and ends it
// with the error that it returns. It does not close the file.
func Examine(file vfs.File, format Format, marks []int64, before int, show func(mark int64, b []byte), stop func() error) (int64, error) {
	f := NewFile(file, format)
	f.keep = before + 2*chunk // what is decoded stays in the processor's cache
	defer f.Free()
	if err := f.rewind(); err != nil {
		return 0, err
	}
	for !f.ended {
		if err := stop(); err != nil {
			return 0, err
		}
		if err := f.advance(); err != nil {
			return 0, err
		}
		for len(marks) > 0 && marks[0] <= f.offset {
			end := int64(len(f.window)) - (f.offset - marks[0])
			show(marks[0], f.window[max(0, end-int64(before)):end])
			marks = marks[1:]
		}
	}
	return f.offset, nil
}
