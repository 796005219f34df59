package bucket

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/xml"
	"hash/crc32"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// mostKeys is how many keys one page of a listing holds.
const mostKeys = 1000

// Object is one that is stored.
type Object struct {
	Meta map[string]string // user metadata, names in lower case
	body []byte
	sum  string // CRC-32C as the protocol writes it
}

// Bucket is the store of objects by their keys. Requests name it in their path.
type Bucket struct {
	Name string

	mu      sync.Mutex
	objects map[string]Object
}

// Objects is what is stored now.
func (b *Bucket) Objects() map[string]Object {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.objects)
}

// ServeHTTP answers one request.
func (b *Bucket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch {
	case name != b.Name:
		fail(w, http.StatusNotFound, "NoSuchBucket")
	case key == "" && r.Method == http.MethodGet:
		b.list(w, r)
	case r.Method == http.MethodPut:
		b.put(w, r, key)
	case r.Method == http.MethodGet, r.Method == http.MethodHead:
		b.get(w, r, key)
	case r.Method == http.MethodDelete:
		b.mu.Lock()
		delete(b.objects, key)
		b.mu.Unlock()
		w.WriteHeader(http.StatusNoContent)
	default:
		fail(w, http.StatusMethodNotAllowed, "MethodNotAllowed")
	}
}

const (
	sumHeader  = "X-Amz-Checksum-Crc32c"
	metaPrefix = "X-Amz-Meta-"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (b *Bucket) put(w http.ResponseWriter, r *http.Request, key string) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		fail(w, http.StatusBadRequest, "IncompleteBody")
		return
	}
	o := Object{Meta: map[string]string{}, body: body}
	o.sum = base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, crc32.Checksum(body, castagnoli)))
	if sent := r.Header.Get(sumHeader); sent != "" && sent != o.sum {
		fail(w, http.StatusBadRequest, "BadDigest")
		return
	}
	for name, values := range r.Header {
		if rest, ok := strings.CutPrefix(name, metaPrefix); ok {
			o.Meta[strings.ToLower(rest)] = values[0]
		}
	}
	b.mu.Lock()
	if b.objects == nil {
		b.objects = map[string]Object{}
	}
	b.objects[key] = o
	b.mu.Unlock()
	w.Header().Set(sumHeader, o.sum)
}

func (b *Bucket) get(w http.ResponseWriter, r *http.Request, key string) {
	b.mu.Lock()
	o, ok := b.objects[key]
	b.mu.Unlock()
	if !ok {
		fail(w, http.StatusNotFound, "NoSuchKey")
		return
	}
	for name, v := range o.Meta {
		w.Header().Set(metaPrefix+name, v)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(o.body)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(o.body) // the client will see that something is missing
	}
}

type page struct {
	XMLName     xml.Name `xml:"ListBucketResult"`
	IsTruncated bool
	Next        string `xml:"NextContinuationToken,omitempty"`
	Contents    []entry
}

type entry struct {
	Key  string
	Size int
}

// list gives a page of the keys with a prefix. The token of the next one is the last
// key of this one.
func (b *Bucket) list(w http.ResponseWriter, r *http.Request) {
	prefix, after := r.URL.Query().Get("prefix"), r.URL.Query().Get("continuation-token")
	most := mostKeys
	if n, err := strconv.Atoi(r.URL.Query().Get("max-keys")); err == nil {
		most = min(most, n)
	}
	objects := b.Objects()
	var p page
	for _, key := range slices.Sorted(maps.Keys(objects)) {
		if !strings.HasPrefix(key, prefix) || key <= after {
			continue
		}
		if p.IsTruncated = len(p.Contents) == most; p.IsTruncated {
			p.Next = p.Contents[most-1].Key
			break
		}
		p.Contents = append(p.Contents, entry{key, len(objects[key].body)})
	}
	w.Header().Set("Content-Type", "application/xml")
	_ = xml.NewEncoder(w).Encode(&p) // the client will see that something is missing
}

func fail(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_ = xml.NewEncoder(w).Encode(&struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
	}{Code: code}) // likewise
}
