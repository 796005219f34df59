package discard

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log"
	"net"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// maxFrame is the longest request that is taken.
const maxFrame = 128 << 20

// serve answers the requests of one connection in their order.
func (b *Broker) serve(conn net.Conn) {
	in := bufio.NewReaderSize(conn, 64<<10)
	var frame, answer []byte
	for {
		var size [4]byte
		if _, err := io.ReadFull(in, size[:]); err != nil {
			return
		}
		n := binary.BigEndian.Uint32(size[:])
		if n > maxFrame {
			log.Printf("discard: request of %d bytes from %s", n, conn.RemoteAddr())
			return
		}
		if uint32(cap(frame)) < n {
			frame = make([]byte, n)
		}
		frame = frame[:n]
		if _, err := io.ReadFull(in, frame); err != nil {
			return
		}
		var err error
		answer, err = b.answer(answer[:0], frame)
		if err != nil {
			log.Printf("discard: request from %s: %v", conn.RemoteAddr(), err)
			return
		}
		if len(answer) == 0 {
			continue // acks=0
		}
		if b.away.Load() {
			return // it was taken, and nobody will hear of it
		}
		if _, err := conn.Write(answer); err != nil {
			return
		}
	}
}

var errShort = errors.New("request is cut short")

// answer appends the answer to a request, its length first. Nothing is appended
// if the request wants no answer.
func (b *Broker) answer(dst, frame []byte) ([]byte, error) {
	b.requests.Add(1)
	if len(frame) < 10 {
		return nil, errShort
	}
	key := int16(binary.BigEndian.Uint16(frame))
	version := int16(binary.BigEndian.Uint16(frame[2:]))
	correlation := frame[4:8]
	clientID := int16(binary.BigEndian.Uint16(frame[8:]))
	body := frame[10:]
	if int(clientID) > len(body) {
		return nil, errShort
	}
	body = body[max(0, clientID):]

	api, known := apis[key]
	if !known || version < api.min || version > api.max {
		if key != apiVersions.Int16() {
			return nil, fmt.Errorf("%s version %d is not offered", kmsg.NameForKey(key), version)
		}
		// Kafka answers in the oldest version, which everybody can read.
		response := b.versions(0)
		response.ErrorCode = errUnsupportedVersion
		return appendAnswer(dst, correlation, response), nil
	}
	request := kmsg.RequestForKey(key)
	request.SetVersion(version)
	if request.IsFlexible() {
		var err error
		if body, err = skipTags(body); err != nil {
			return nil, err
		}
	}
	// Names are copied out of body, record batches are not.
	if err := request.ReadFrom(body); err != nil {
		return nil, fmt.Errorf("%s version %d: %w", kmsg.NameForKey(key), version, err)
	}
	response := b.respond(request)
	if response == nil {
		return dst, nil
	}
	return appendAnswer(dst, correlation, response), nil
}

func appendAnswer(dst, correlation []byte, response kmsg.Response) []byte {
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	dst = append(dst, correlation...)
	if response.IsFlexible() && response.Key() != apiVersions.Int16() {
		dst = append(dst, 0) // no tags
	}
	dst = response.AppendTo(dst)
	binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start-4))
	return dst
}

// skipTags skips the tagged fields of a request header.
func skipTags(body []byte) ([]byte, error) {
	count, n := binary.Uvarint(body)
	if n <= 0 {
		return nil, errShort
	}
	body = body[n:]
	for range count {
		for i := range 2 { // tag, then length
			v, n := binary.Uvarint(body)
			if n <= 0 {
				return nil, errShort
			}
			body = body[n:]
			if i == 1 {
				if v > uint64(len(body)) {
					return nil, errShort
				}
				body = body[v:]
			}
		}
	}
	return body, nil
}
