package bucket

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"shipper/outputs/s3/object"
)

// Stats is what was put.
type Stats struct {
	Objects int64
	Bytes   int64 // as they came
	Raw     int64 // of the files, as the keys tell
}

// Bucket answers PUT as stores do that confirm CRC-32C, and everything else with
// "there is no such thing". Its methods are safe for concurrent use.
type Bucket struct {
	URL     string
	Reached chan struct{} // closed when so many raw bytes as wanted were put

	want   int64
	server http.Server

	mu    sync.Mutex
	stats Stats
}

// Start listens. Stop ends it.
func Start(want int64) (*Bucket, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b := &Bucket{URL: "http://" + l.Addr().String(), Reached: make(chan struct{}), want: want}
	b.server = http.Server{Handler: b, ReadHeaderTimeout: time.Minute}
	go func() { _ = b.server.Serve(l) }() // it ends by Stop
	return b, nil
}

// Stop ends it and tells what was put.
func (b *Bucket) Stop() Stats {
	_ = b.server.Close() // nothing is lost by it
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.stats
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// ServeHTTP implements http.Handler.
func (b *Bucket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPut {
		http.Error(w, "<Error><Code>NoSuchKey</Code></Error>", http.StatusNotFound)
		return
	}
	sum := crc32.New(castagnoli)
	n, err := io.Copy(sum, r.Body)
	if err != nil {
		return // the client has gone
	}
	text := base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, sum.Sum32()))
	if said := r.Header.Get("X-Amz-Checksum-Crc32c"); said != text {
		http.Error(w, fmt.Sprintf("<Error><Code>BadDigest</Code><Message>%s is %s</Message></Error>", said, text), http.StatusBadRequest)
		return
	}
	w.Header().Set("X-Amz-Checksum-Crc32c", text)
	name, _, _ := object.ParseKey(strings.TrimPrefix(r.URL.Path, "/"))
	b.mu.Lock()
	defer b.mu.Unlock()
	before := b.stats.Raw
	b.stats = Stats{b.stats.Objects + 1, b.stats.Bytes + n, before + name.End - name.Start}
	if before < b.want && b.stats.Raw >= b.want {
		close(b.Reached)
	}
}
