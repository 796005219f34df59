package oracle

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// ReadLines hands add every line of from, as records of one partition. A last
// line without its newline is a record, too.
func ReadLines(from io.Reader, add func(Record)) error {
	r := bufio.NewReaderSize(from, 1<<20)
	var offset int64
	var long []byte
	for {
		part, err := r.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			long = append(long, part...)
			continue
		}
		line := part
		if len(long) > 0 {
			long = append(long, part...)
			line = long
		}
		if len(line) > 0 {
			add(Record{Offset: offset, Value: bytes.TrimSuffix(line, []byte("\n"))})
			offset += int64(len(line))
			long = long[:0]
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read lines: %w", err)
		}
	}
}
