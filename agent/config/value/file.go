package value

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// LargestFile is what a configuration file, or a file that it names, may hold:
// far more than anybody writes. It keeps a path that was mistyped into a log
// file from being read whole.
const LargestFile = 1 << 20

// ReadFile reads a regular file whole. It asks before it opens, because the
// open of a FIFO waits for a writer.
func ReadFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, errors.New("it is a directory")
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, LargestFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > LargestFile {
		return nil, fmt.Errorf("it is larger than %d bytes", LargestFile)
	}
	return text, nil
}

// Explain says why a path that is named elsewhere could not be read, and what
// to do; advice may be "".
func Explain(err error) (reason, advice string) {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	switch {
	case errors.Is(err, fs.ErrPermission):
		advice = "Let the user that shipper runs as read it, or run this command as that user."
	case errors.Is(err, fs.ErrNotExist):
		advice = "Check the path; a symbolic link may lead nowhere."
	}
	return err.Error(), advice
}
