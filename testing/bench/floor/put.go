package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/klauspost/compress/zstd"
)

// objectBytes is how much the agent puts into one object, by default.
const objectBytes = 4 << 20

// archive puts files into a bucket, one object after the other: compressed as the
// agent does by default, with a checksum, and nothing that tells what it is.
func archive(bucket string, paths []string) (*Result, error) {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, err
	}
	r := &Result{Codec: "zstd"}
	begun := time.Now()
	data, packed := make([]byte, objectBytes), []byte(nil)
	for _, path := range paths {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		for at := int64(0); ; {
			n, err := file.ReadAt(data, at)
			if err != nil && !errors.Is(err, io.EOF) {
				return nil, errors.Join(err, file.Close())
			}
			end := bytes.LastIndexByte(data[:n], '\n') + 1
			if end == 0 {
				break
			}
			r.Lines += int64(bytes.Count(data[:end], []byte{'\n'}))
			packed = encoder.EncodeAll(data[:end], packed[:0])
			if err := put(fmt.Sprintf("%s/floor/%d", bucket, r.Bytes), packed); err != nil {
				return nil, errors.Join(err, file.Close())
			}
			at += int64(end)
			r.Bytes += int64(end)
			r.Sent += int64(len(packed))
		}
		if err := file.Close(); err != nil {
			return nil, err
		}
	}
	cpu, err := cpuTime()
	r.CPU, r.Wall = cpu.Seconds(), time.Since(begun).Seconds()
	return r, err
}

func put(url string, body []byte) error {
	request, err := http.NewRequest(http.MethodPut, url, bytes.NewReader(body)) //nolint:noctx // it ends with the process
	if err != nil {
		return err
	}
	sum := binary.BigEndian.AppendUint32(nil, crc32.Checksum(body, castagnoli))
	request.Header.Set("X-Amz-Checksum-Crc32c", base64.StdEncoding.EncodeToString(sum))
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("put %s: %s", url, answer.Status)
	}
	return errors.Join(err, answer.Body.Close())
}
