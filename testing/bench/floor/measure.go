package main

import (
	"fmt"
	"io"
	"os"

	"shipper/outputs/kafka/recordbatch"
)

// Result is what was measured.
type Result struct {
	Codec  string  `json:"codec"`
	Lines  int64   `json:"lines"`
	Bytes  int64   `json:"bytes"`  // of the file
	Sent   int64   `json:"sent"`   // bytes of record batches
	CPU    float64 `json:"cpu_s"`  // of all stages, in CPU seconds
	Stages []Stage `json:"stages"` // in order; their sum is CPU
}

// Stage is one part of the work.
type Stage struct {
	Name string  `json:"name"`
	CPU  float64 `json:"cpu_s"`
}

var codecs = map[string]recordbatch.Codec{
	"none": recordbatch.None, "snappy": recordbatch.Snappy, "lz4": recordbatch.LZ4, "zstd": recordbatch.Zstd,
}

func measure(file *os.File, conn *conn, codec string, stages bool) (*Result, error) {
	number, ok := codecs[codec]
	if !ok {
		return nil, fmt.Errorf("no codec %q", codec)
	}
	newEncoder := func(c recordbatch.Codec) *recordbatch.Encoder {
		return recordbatch.NewEncoder(recordbatch.Options{Codec: c, RecordID: true})
	}
	all, err := (&pass{depth: sending, encoder: newEncoder(number), conn: conn}).run(file)
	if err != nil {
		return nil, err
	}
	r := &Result{Codec: codec, Lines: all.lines, Bytes: all.bytes, Sent: all.sent, CPU: all.cpu.Seconds()}
	if !stages {
		return r, nil
	}

	cpu := func(p pass) (seconds float64) {
		if err != nil {
			return 0
		}
		var seen counts
		seen, err = p.run(file)
		return seen.cpu.Seconds()
	}
	read := cpu(pass{depth: reading})
	find := cpu(pass{depth: finding})
	plain := cpu(pass{depth: encoding, encoder: newEncoder(recordbatch.None)})
	twice := cpu(pass{depth: encoding, encoder: newEncoder(recordbatch.None), checksum: true})
	packed, checksum := plain, twice-plain
	if number != recordbatch.None {
		packed = cpu(pass{depth: encoding, encoder: newEncoder(number)})
		// The checksum is over the compressed bytes, which are fewer.
		checksum *= float64(all.sent) / float64(max(1, all.bytes))
	}
	r.Stages = []Stage{
		{"read", read},
		{"find", find - read},
		{"encode", plain - find - (twice - plain)},
		{"compress", packed - plain + (twice - plain) - checksum},
		{"checksum", checksum},
		{"send", r.CPU - packed},
	}
	return r, err
}

// print writes the result for people.
func (r *Result) print(w io.Writer) {
	fmt.Fprintf(w, "%s: %d lines, %.1f MB, %.3f CPU s, %.0f MB per CPU s\n",
		r.Codec, r.Lines, float64(r.Bytes)/1e6, r.CPU, float64(r.Bytes)/1e6/r.CPU)
	for _, s := range r.Stages {
		fmt.Fprintf(w, "  %-9s %7.3f s  %6.1f ns a line\n", s.Name, s.CPU, s.CPU*1e9/float64(max(1, r.Lines)))
	}
}
