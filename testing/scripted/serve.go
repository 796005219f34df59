package scripted

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Act is what a broker does with a request. The zero Act serves it.
type Act struct {
	Delay time.Duration // wait before anything else
	// Skip leaves the work undone: nothing is appended.
	Skip bool
	// Code, if not 0, is answered in place of the true answer.
	Code int16
	// Named are the records, by number in the batch, that the answer blames.
	Named []int32
	// HangUp closes the connection in place of an answer; Silent never answers.
	HangUp, Silent bool
}

// The requests that are served, and their versions.
var served = map[kmsg.Key]int16{
	kmsg.Produce: 9, kmsg.Metadata: 10, kmsg.ApiVersions: 3, kmsg.InitProducerID: 4,
	kmsg.DescribeConfigs: 2, kmsg.SASLHandshake: 1, kmsg.SASLAuthenticate: 2,
}

// Serve answers the requests of one connection to a broker until it ends.
func (c *Cluster) Serve(broker int32, nc net.Conn) {
	defer func() { _ = nc.Close() }()
	for {
		req, correlation, err := read(nc)
		if err != nil {
			return
		}
		act := c.act(broker, req)
		if act.Delay > 0 {
			time.Sleep(act.Delay)
		}
		resp, err := c.answer(broker, req, act)
		switch {
		case err != nil || act.HangUp:
			if e, ok := nc.(*end); ok {
				e.in.end(syscall.ECONNRESET)
				e.out.end(syscall.ECONNRESET)
			}
			return
		case act.Silent:
			_, _ = io.Copy(io.Discard, nc)
			return
		}
		if err := write(nc, resp, correlation); err != nil {
			return
		}
	}
}

// read reads one request.
func read(r io.Reader) (req kmsg.Request, correlation int32, err error) {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, 0, err
	}
	frame := make([]byte, binary.BigEndian.Uint32(size[:]))
	if _, err := io.ReadFull(r, frame); err != nil {
		return nil, 0, err
	}
	if len(frame) < 10 {
		return nil, 0, errors.New("no request")
	}
	key, version := int16(binary.BigEndian.Uint16(frame)), int16(binary.BigEndian.Uint16(frame[2:]))
	correlation = int32(binary.BigEndian.Uint32(frame[4:]))
	if req = kmsg.RequestForKey(key); req == nil {
		return nil, 0, fmt.Errorf("request of key %d", key)
	}
	req.SetVersion(version)
	body := frame[10+max(0, int(int16(binary.BigEndian.Uint16(frame[8:])))):]
	if req.IsFlexible() {
		if len(body) == 0 || body[0] != 0 {
			return nil, 0, errors.New("a header with tags")
		}
		body = body[1:]
	}
	return req, correlation, req.ReadFrom(body)
}

// write writes one response.
func write(w io.Writer, resp kmsg.Response, correlation int32) error {
	frame := binary.BigEndian.AppendUint32(make([]byte, 4), uint32(correlation))
	if resp.IsFlexible() && resp.Key() != int16(kmsg.ApiVersions) {
		frame = append(frame, 0)
	}
	frame = resp.AppendTo(frame)
	binary.BigEndian.PutUint32(frame, uint32(len(frame)-4))
	_, err := w.Write(frame)
	return err
}

// answer serves a request as act says.
func (c *Cluster) answer(broker int32, req kmsg.Request, act Act) (kmsg.Response, error) {
	switch req := req.(type) {
	case *kmsg.ApiVersionsRequest:
		resp, _ := req.ResponseKind().(*kmsg.ApiVersionsResponse)
		for key, highest := range served {
			k := kmsg.NewApiVersionsResponseApiKey()
			k.ApiKey, k.MaxVersion = int16(key), highest
			resp.ApiKeys = append(resp.ApiKeys, k)
		}
		resp.ErrorCode = act.Code
		return resp, nil
	case *kmsg.MetadataRequest:
		resp := c.metadata(req)
		for i := range resp.Topics {
			if act.Code != 0 {
				resp.Topics[i].ErrorCode, resp.Topics[i].Partitions = act.Code, nil
			}
		}
		return resp, nil
	case *kmsg.InitProducerIDRequest:
		resp, _ := req.ResponseKind().(*kmsg.InitProducerIDResponse)
		c.mu.Lock()
		c.producer++
		resp.ProducerID = c.producer
		c.mu.Unlock()
		if resp.ErrorCode = act.Code; act.Code != 0 {
			resp.ProducerID, resp.ProducerEpoch = -1, -1
		}
		return resp, nil
	case *kmsg.ProduceRequest:
		return c.produce(broker, req, act), nil
	case *kmsg.DescribeConfigsRequest:
		return describe(req, act), nil
	case *kmsg.SASLHandshakeRequest:
		resp, _ := req.ResponseKind().(*kmsg.SASLHandshakeResponse)
		resp.ErrorCode, resp.SupportedMechanisms = act.Code, []string{"PLAIN"}
		return resp, nil
	case *kmsg.SASLAuthenticateRequest:
		resp, _ := req.ResponseKind().(*kmsg.SASLAuthenticateResponse)
		resp.ErrorCode = act.Code
		if act.Code == 0 && !bytes.Equal(req.SASLAuthBytes, []byte("\x00"+c.User+"\x00"+c.Password)) {
			resp.ErrorCode = saslFailed
		}
		return resp, nil
	}
	return nil, fmt.Errorf("request %T is not served", req)
}

// describe answers with the settings of a durable topic.
func describe(req *kmsg.DescribeConfigsRequest, act Act) kmsg.Response {
	resp, _ := req.ResponseKind().(*kmsg.DescribeConfigsResponse)
	for _, r := range req.Resources {
		rr := kmsg.NewDescribeConfigsResponseResource()
		rr.ResourceType, rr.ResourceName, rr.ErrorCode = r.ResourceType, r.ResourceName, act.Code
		if act.Code == 0 {
			two := "2"
			s := kmsg.NewDescribeConfigsResponseResourceConfig()
			s.Name, s.Value = "min.insync.replicas", &two
			rr.Configs = append(rr.Configs, s)
		}
		resp.Resources = append(resp.Resources, rr)
	}
	return resp
}

// produce appends what a request carries.
func (c *Cluster) produce(broker int32, req *kmsg.ProduceRequest, act Act) kmsg.Response {
	resp, _ := req.ResponseKind().(*kmsg.ProduceResponse)
	for i := range req.Topics {
		rt := kmsg.NewProduceResponseTopic()
		rt.Topic = req.Topics[i].Topic
		for j := range req.Topics[i].Partitions {
			rp := c.producePartition(broker, rt.Topic, &req.Topics[i].Partitions[j], act)
			rt.Partitions = append(rt.Partitions, rp)
		}
		resp.Topics = append(resp.Topics, rt)
	}
	return resp
}

func (c *Cluster) producePartition(broker int32, name string, req *kmsg.ProduceRequestTopicPartition, act Act) kmsg.ProduceResponseTopicPartition {
	resp := kmsg.NewProduceResponseTopicPartition()
	resp.Partition, resp.BaseOffset = req.Partition, -1
	var values []string
	if !act.Skip {
		c.mu.Lock()
		switch t := c.topics[name]; {
		case t == nil || int(req.Partition) >= len(t.partitions):
			resp.ErrorCode = unknownTopic
		case t.partitions[req.Partition].leader != broker:
			resp.ErrorCode = notLeader
		default:
			values, resp.BaseOffset, resp.ErrorCode = c.add(t.partitions[req.Partition], req.Records, &act)
		}
		c.mu.Unlock()
	}
	if len(values) > 0 && c.Take != nil {
		c.Take(name, req.Partition, values)
	}
	if act.Code != 0 {
		resp.ErrorCode, resp.BaseOffset = act.Code, -1
	}
	for _, n := range act.Named {
		e := kmsg.NewProduceResponseTopicPartitionErrorRecord()
		e.RelativeOffset = n
		resp.ErrorRecords = append(resp.ErrorRecords, e)
	}
	return resp
}

// add appends a batch, unless Judge refuses it.
func (c *Cluster) add(p *partition, raw []byte, act *Act) (values []string, offset int64, code int16) {
	if c.Judge != nil {
		batch := kmsg.NewRecordBatch()
		if err := batch.ReadFrom(raw); err != nil {
			return nil, -1, corrupt
		}
		all, err := decode(&batch)
		if err != nil {
			return nil, -1, corrupt
		}
		if code, act.Named = c.Judge(all); code != 0 {
			return nil, -1, code
		}
	}
	return p.append(raw)
}
