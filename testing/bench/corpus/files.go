package corpus

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Files are log files.
type Files struct {
	Dir   string
	Paths []string
	Lines int64
	Bytes int64
}

// MakeFiles makes count files of size bytes in all in a directory, unless an
// earlier call has left them there, and reads them once. length is that of each
// line, 0 for lines as web servers write them.
func MakeFiles(dir string, seed uint64, size int64, length, count int) (*Files, error) {
	f := &Files{Dir: dir}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	for i := range count {
		path := filepath.Join(dir, fmt.Sprintf("%03d.log", i))
		own, share := seed+uint64(i), size/int64(count)
		if !current(path, own, share, length) {
			if err := writeFile(path, own, share, length); err != nil {
				return nil, fmt.Errorf("write %s: %w", path, err)
			}
		}
		lines, bytes, err := countLines(path)
		if err != nil {
			return nil, err
		}
		f.Paths = append(f.Paths, path)
		f.Lines, f.Bytes = f.Lines+lines, f.Bytes+bytes
	}
	return f, nil
}

// generate writes what a file holds.
func generate(w io.Writer, seed uint64, size int64, length int) error {
	var err error
	if length > 0 {
		_, _, err = WriteFixed(w, seed, size, length)
	} else {
		_, _, err = Write(w, seed, size)
	}
	return err
}

// current tells whether the file at path is what the generator makes today, by
// its beginning.
func current(path string, seed uint64, size int64, length int) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	var want bytes.Buffer
	if err := generate(&want, seed, min(size, 64<<10), length); err != nil {
		return false
	}
	got := make([]byte, want.Len())
	n, _ := io.ReadFull(file, got)
	return n > 0 && bytes.Equal(got[:n], want.Bytes()[:n])
}

// writeFile makes the file under another name first, so that a half-written one is
// never taken for whole.
func writeFile(path string, seed uint64, size int64, length int) error {
	file, err := os.Create(path + ".part")
	if err != nil {
		return err
	}
	err = generate(file, seed, size, length)
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}

// countLines reads a file from its beginning to its end.
func countLines(path string) (lines, size int64, err error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, 0, err
	}
	defer file.Close()
	buf := make([]byte, 1<<20)
	for {
		n, err := file.Read(buf)
		lines += int64(bytes.Count(buf[:n], []byte{'\n'}))
		size += int64(n)
		if errors.Is(err, io.EOF) {
			return lines, size, nil
		}
		if err != nil {
			return 0, 0, err
		}
	}
}
