package main

import (
	"fmt"
	"os"

	"shipper/outputs/kafka/recordbatch"
)

// Result is what was measured.
type Result struct {
	Codec  string  `json:"codec"`
	Lines  int64   `json:"lines"`
	Bytes  int64   `json:"bytes"` // of the file
	Sent   int64   `json:"sent"`  // bytes of record batches
	CPU    float64 `json:"cpu_s"` // of all stages, in CPU seconds
	Wall   float64 `json:"wall_s"`
	Stages []Stage `json:"stages,omitempty"` // in order; their sum is CPU
}

// Stage is one part of the work.
type Stage struct {
	Name string  `json:"name"`
	CPU  float64 `json:"cpu_s"`
}

var codecs = map[string]recordbatch.Codec{
	"none": recordbatch.None, "snappy": recordbatch.Snappy, "lz4": recordbatch.LZ4, "zstd": recordbatch.Zstd,
}

func (o *options) encoder(c recordbatch.Codec) *recordbatch.Encoder {
	return recordbatch.NewEncoder(recordbatch.Options{Codec: c, RecordID: o.id, BatchBytes: batchBytes, BatchRecords: batchRecords})
}

func measure(paths []string, conn *conn, o *options) (*Result, error) {
	codec, ok := codecs[o.codec]
	if !ok {
		return nil, fmt.Errorf("no codec %q", o.codec)
	}
	var files []*os.File
	for _, path := range paths {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		files = append(files, file)
	}
	all, err := (&pass{depth: sending, encoder: o.encoder(codec), conn: conn}).over(files)
	if err != nil {
		return nil, err
	}
	r := &Result{Codec: o.codec, Lines: all.lines, Bytes: all.bytes, Sent: all.sent, CPU: all.cpu.Seconds(), Wall: all.wall.Seconds()}
	if !o.stages {
		return r, nil
	}

	cpu := func(p pass) (seconds float64) {
		if err != nil {
			return 0
		}
		var seen counts
		seen, err = p.over(files)
		return seen.cpu.Seconds()
	}
	read := cpu(pass{depth: reading})
	find := cpu(pass{depth: finding})
	plain := cpu(pass{depth: encoding, encoder: o.encoder(recordbatch.None)})
	twice := cpu(pass{depth: encoding, encoder: o.encoder(recordbatch.None), checksum: true})
	packed, checksum := plain, twice-plain
	if codec != recordbatch.None {
		packed = cpu(pass{depth: encoding, encoder: o.encoder(codec)})
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
