package main

import (
	"bytes"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"syscall"
	"time"

	"shipper/inputs"
	"shipper/outputs"
	"shipper/outputs/kafka/recordbatch"
)

// depth is how far a pass goes.
type depth int

const (
	reading depth = iota
	finding
	encoding
	sending
)

// pass goes over files once.
type pass struct {
	depth    depth
	encoder  *recordbatch.Encoder // from encoding on
	checksum bool                 // compute the checksum once more, to see its cost
	conn     *conn                // for sending

	buffer *inputs.Buffer
	batch  outputs.Batch
	seen   counts
}

// counts is what a pass has seen.
type counts struct {
	lines, bytes, sent int64
	cpu, wall          time.Duration
}

// How much the agent takes for one batch, by default.
const (
	batchBytes   = 512 << 10
	batchRecords = 13213
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// over makes the pass.
func (p *pass) over(files []*os.File) (counts, error) {
	p.buffer = inputs.NewBuffer(batchBytes)
	p.batch.Segments = make([]inputs.Segment, 1)
	begun := time.Now()
	cpu, err := cpuTime()
	if err != nil {
		return p.seen, err
	}
	for _, file := range files {
		if err := p.file(file); err != nil {
			return p.seen, err
		}
	}
	finish, err := cpuTime()
	p.seen.cpu, p.seen.wall = finish-cpu, time.Since(begun)
	return p.seen, err
}

// file makes the pass over one file. Buffers and batch are as in the agent: what
// is cut off behind the last newline is read again.
func (p *pass) file(file *os.File) error {
	generation := &inputs.Generation{
		ID: 1, Path: file.Name(), Host: "bench", Stream: &inputs.Stream{Input: "bench", Name: file.Name(), Topic: "bench"},
	}
	for at := int64(0); ; {
		p.buffer.Reset()
		data := p.buffer.Data[:batchBytes]
		n, err := file.ReadAt(data, at)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		end := bytes.LastIndexByte(data[:n], '\n') + 1
		if end == 0 {
			return nil
		}
		segment := &p.batch.Segments[0]
		*segment = inputs.Segment{Gen: generation, Start: at, Data: data[:end]}
		if p.depth >= finding {
			segment.Ends = appendEnds(p.buffer.Ends, segment.Data, batchRecords)
			end = int(segment.Ends[len(segment.Ends)-1])
			segment.Data = data[:end]
			p.seen.lines += int64(len(segment.Ends))
		}
		at += int64(end)
		segment.End = at
		p.seen.bytes += int64(end)
		if p.depth >= encoding {
			if err := p.ship(); err != nil {
				return err
			}
		}
	}
}

// ship encodes the batch and, in the last pass, sends it.
func (p *pass) ship() error {
	var producer recordbatch.Producer
	if p.conn != nil {
		producer = p.conn.producer
	}
	p.batch.Time = time.Now()
	p.encoder.Reset()
	raw, err := p.encoder.Encode(&p.batch, producer)
	if err != nil {
		return err
	}
	if p.checksum {
		crc32.Checksum(raw, castagnoli)
	}
	p.seen.sent += int64(len(raw))
	if p.conn == nil {
		return nil
	}
	if err := p.conn.produce(raw); err != nil {
		return err
	}
	p.conn.producer.Sequence += int32(p.batch.Len())
	return nil
}

// appendEnds appends the ends of the lines of data, which are whole, but no more
// than most.
func appendEnds(ends []uint32, data []byte, most int) []uint32 {
	for p := 0; p < len(data) && len(ends) < most; {
		p += bytes.IndexByte(data[p:], '\n') + 1
		ends = append(ends, uint32(p))
	}
	return ends
}

// cpuTime is what this process has used, user and system.
func cpuTime() (time.Duration, error) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0, err
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), nil
}
