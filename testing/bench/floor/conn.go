package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"shipper/outputs/kafka/recordbatch"
)

// conn is a connection to a broker.
type conn struct {
	net.Conn
	producer recordbatch.Producer
	// prefix is a Produce request up to the records, which end it; in version
	// 8 nothing follows them if there is only one partition.
	prefix      []byte
	correlation int32
	answer      []byte
}

// dial connects and gets a producer id.
func dial(o *options) (*conn, error) {
	nc, err := connect(o)
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: nc}
	initialize := kmsg.NewPtrInitProducerIDRequest()
	initialize.Version = 1
	c.correlation++
	if _, err := nc.Write(kmsg.NewRequestFormatter().AppendRequest(nil, initialize, c.correlation)); err != nil {
		nc.Close()
		return nil, err
	}
	response := initialize.ResponseKind().(*kmsg.InitProducerIDResponse)
	if err := c.read(response); err != nil {
		nc.Close()
		return nil, err
	}
	if err := kerr.ErrorForCode(response.ErrorCode); err != nil {
		nc.Close()
		return nil, err
	}
	c.producer = recordbatch.Producer{ID: response.ProducerID, Epoch: response.ProducerEpoch}

	request := kmsg.NewPtrProduceRequest()
	request.Version, request.Acks, request.TimeoutMillis = produceVersion, -1, 8000
	t := kmsg.NewProduceRequestTopic()
	t.Topic = o.topic
	p := kmsg.NewProduceRequestTopicPartition()
	p.Records = []byte{}
	t.Partitions = append(t.Partitions, p)
	request.Topics = append(request.Topics, t)
	c.prefix = kmsg.NewRequestFormatter(kmsg.FormatterClientID("floor")).AppendRequest(nil, request, 0)
	return c, nil
}

const produceVersion = 8

// connect dials, by TLS if an authority is given.
func connect(o *options) (net.Conn, error) {
	if o.ca == "" {
		return net.Dial("tcp", o.broker)
	}
	pem, err := os.ReadFile(o.ca)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate", o.ca)
	}
	return tls.Dial("tcp", o.broker, &tls.Config{RootCAs: roots})
}

// produce sends one record batch and waits for its acknowledgement.
func (c *conn) produce(batch []byte) error {
	c.correlation++
	binary.BigEndian.PutUint32(c.prefix, uint32(len(c.prefix)-4+len(batch)))
	binary.BigEndian.PutUint32(c.prefix[8:], uint32(c.correlation))
	binary.BigEndian.PutUint32(c.prefix[len(c.prefix)-4:], uint32(len(batch)))
	buffers := net.Buffers{c.prefix, batch}
	if _, err := buffers.WriteTo(c.Conn); err != nil {
		return err
	}
	var response kmsg.ProduceResponse
	response.Version = produceVersion
	if err := c.read(&response); err != nil {
		return err
	}
	for _, t := range response.Topics {
		for _, p := range t.Partitions {
			if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
				return err
			}
		}
	}
	return nil
}

// read reads the answer to the last request.
func (c *conn) read(response kmsg.Response) error {
	var head [8]byte
	if _, err := io.ReadFull(c, head[:]); err != nil {
		return err
	}
	size := int(binary.BigEndian.Uint32(head[:])) - 4
	if got := int32(binary.BigEndian.Uint32(head[4:])); got != c.correlation || size < 0 || size > 1<<20 {
		return fmt.Errorf("answer %d of %d bytes to request %d", got, size, c.correlation)
	}
	if cap(c.answer) < size {
		c.answer = make([]byte, size)
	}
	c.answer = c.answer[:size]
	if _, err := io.ReadFull(c, c.answer); err != nil {
		return err
	}
	return response.ReadFrom(c.answer)
}
