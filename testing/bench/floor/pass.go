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

// pass goes over the file once.
type pass struct {
	depth    depth
	encoder  *recordbatch.Encoder // from encoding on
	checksum bool                 // compute the checksum once more, to see its cost
	conn     *conn                // for sending
}

// counts is what a pass has seen.
type counts struct {
	lines, bytes, sent int64
	cpu                time.Duration
}

// batchBytes is how much the agent reads for one batch.
const batchBytes = 512 << 10

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// run makes the pass. File, buffers and batch are as in the agent: what is cut
// off behind the last newline is read again.
func (p *pass) run(file *os.File) (counts, error) {
	buffer := inputs.NewBuffer(batchBytes)
	generation := &inputs.Generation{
		ID: 1, Path: file.Name(), Host: "bench", Stream: &inputs.Stream{Input: "bench", Name: file.Name(), Topic: "bench"},
	}
	batch := &outputs.Batch{Segments: make([]inputs.Segment, 1)}
	var producer recordbatch.Producer
	if p.depth == sending {
		producer = p.conn.producer
	}
	var seen counts
	begin, err := cpuTime()
	if err != nil {
		return seen, err
	}
	for {
		buffer.Reset()
		data := buffer.Data[:batchBytes]
		n, err := file.ReadAt(data, seen.bytes)
		if err != nil && !errors.Is(err, io.EOF) {
			return seen, err
		}
		end := bytes.LastIndexByte(data[:n], '\n') + 1
		if end == 0 {
			break
		}
		segment := &batch.Segments[0]
		*segment = inputs.Segment{Gen: generation, Start: seen.bytes, End: seen.bytes + int64(end), Data: data[:end]}
		seen.bytes += int64(end)
		if p.depth < finding {
			continue
		}
		segment.Ends = appendEnds(buffer.Ends, segment.Data)
		seen.lines += int64(len(segment.Ends))
		if p.depth < encoding {
			continue
		}
		batch.Time = time.Now()
		p.encoder.Reset()
		raw, err := p.encoder.Encode(batch, producer)
		if err != nil {
			return seen, err
		}
		if p.checksum {
			crc32.Checksum(raw, castagnoli)
		}
		seen.sent += int64(len(raw))
		if p.depth < sending {
			continue
		}
		if err := p.conn.produce(raw); err != nil {
			return seen, err
		}
		producer.Sequence += int32(len(segment.Ends))
	}
	if p.depth == sending {
		p.conn.producer = producer
	}
	finish, err := cpuTime()
	seen.cpu = finish - begin
	return seen, err
}

// appendEnds appends the ends of the lines of data, which are whole.
func appendEnds(ends []uint32, data []byte) []uint32 {
	for p := 0; p < len(data); {
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
