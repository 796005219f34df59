// Command corpus writes a log file of web-server-like lines and says how well
// it compresses.
package main

import (
	"flag"
	"fmt"
	"os"

	"shipper/testing/bench/corpus"
)

func main() {
	out := flag.String("out", "", "file to write")
	size := flag.Int64("size", 1<<30, "bytes to write, at least")
	seed := flag.Uint64("seed", 1, "equal seeds give equal lines")
	flag.Parse()
	if err := run(*out, *seed, *size); err != nil {
		fmt.Fprintln(os.Stderr, "corpus:", err)
		os.Exit(1)
	}
}

func run(path string, seed uint64, size int64) error {
	if path == "" {
		return fmt.Errorf("-out is missing")
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	lines, bytes, err := corpus.Write(file, seed, size)
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		return err
	}
	read, err := os.Open(path)
	if err != nil {
		return err
	}
	defer read.Close()
	ratio, err := corpus.Measure(read, 64<<20)
	if err != nil {
		return err
	}
	fmt.Printf("seed=%d lines=%d bytes=%d mean=%.1f lz4=%.2f zstd=%.2f\n",
		seed, lines, bytes, float64(bytes)/float64(lines), ratio.LZ4, ratio.Zstd)
	return nil
}
