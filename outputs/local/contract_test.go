package local

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"shipper/outputs"
	"shipper/outputs/outputtest"
)

func TestContract(t *testing.T) {
	for format, isJSON := range map[string]bool{"raw": false, "json": true} {
		t.Run("File/"+format, func(t *testing.T) {
			outputtest.Run(t, outputtest.Factory{
				Idempotent: true, Times: isJSON,
				Open: func(t *testing.T) outputtest.Destination {
					path := filepath.Join(t.TempDir(), "out.log")
					faults := &faults{}
					f, err := openFile(FileConfig{Path: path, JSON: isJSON}, faults.open)
					if err != nil {
						t.Fatal(err)
					}
					return outputtest.Destination{
						Output: f,
						Records: func(t *testing.T, _ outputs.Shard) []outputtest.Record {
							return parse(t, isJSON, readFile(t, path))
						},
						// The bytes are written; what they became is not known.
						LoseAnswer: func(*testing.T, outputs.Shard) { faults.failSyncs(1) },
					}
				},
			})
		})
		t.Run("Stdout/"+format, func(t *testing.T) {
			outputtest.Run(t, outputtest.Factory{
				Idempotent: true, Times: isJSON,
				Open: func(t *testing.T) outputtest.Destination {
					p := newPipe(t)
					s, err := OpenStdout(StdoutConfig{JSON: isJSON, File: p.w})
					if err != nil {
						t.Fatal(err)
					}
					p.drain()
					return outputtest.Destination{
						Output: s,
						Records: func(t *testing.T, _ outputs.Shard) []outputtest.Record {
							return parse(t, isJSON, p.all(t))
						},
					}
				},
			})
		})
	}
}

// parse reads lines back into records.
func parse(t *testing.T, isJSON bool, data []byte) []outputtest.Record {
	t.Helper()
	var records []outputtest.Record
	for line := range bytes.Lines(data) {
		value, whole := bytes.CutSuffix(line, []byte("\n"))
		if !whole {
			t.Fatalf("the last line is torn: %.80q", line)
		}
		r := outputtest.Record{Value: value}
		if isJSON {
			var object struct {
				Line       *string
				LineBase64 []byte `json:"line_base64"`
				Host, Path string
				Captures   map[string]string
				Time       time.Time
			}
			if err := json.Unmarshal(value, &object); err != nil {
				t.Fatalf("line %.200q: %v", value, err)
			}
			if r.Value = object.LineBase64; object.Line != nil {
				r.Value = []byte(*object.Line)
			}
			r.Time = object.Time.UnixMilli()
		}
		records = append(records, r)
	}
	return records
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return data
}

// pipe stands for a standard output that somebody reads, or does not.
type pipe struct {
	r, w *os.File

	mu   sync.Mutex
	got  []byte
	done chan struct{}
}

func newPipe(t *testing.T) *pipe {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p := &pipe{r: r, w: w}
	t.Cleanup(func() {
		_, _ = w.Close(), r.Close() // a test may have closed either
		if p.done != nil {
			<-p.done
		}
	})
	return p
}

// drain starts reading.
func (p *pipe) drain() {
	p.done = make(chan struct{})
	go func() {
		defer close(p.done)
		buf := make([]byte, 64<<10)
		for {
			n, err := p.r.Read(buf)
			p.mu.Lock()
			p.got = append(p.got, buf[:n]...)
			p.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
}

// all is everything that was written so far: it writes a mark and waits for it.
func (p *pipe) all(t *testing.T) []byte {
	t.Helper()
	const mark = "\x00\x00end of test\x00\x00"
	if _, err := io.WriteString(p.w, mark); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		p.mu.Lock()
		got, ended := bytes.CutSuffix(p.got, []byte(mark))
		got = bytes.Clone(got)
		p.mu.Unlock()
		if ended {
			return got
		}
	}
	t.Fatal("the mark did not come through the pipe")
	return nil
}
