package packed

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"

	"shipper/inputs/logfile/vfs"
	"shipper/testing/need"
)

func text(lines int) []byte {
	var b bytes.Buffer
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range lines {
		fmt.Fprintf(&b, "%09d %x\n", i, rnd.Uint64())
	}
	return b.Bytes()
}

func pack(t *testing.T, format Format, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	switch format {
	case Gzip:
		w := gzip.NewWriter(&b)
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	case Zstd:
		w, err := zstd.NewWriter(&b)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	case Bzip2:
		if err := need.Programs(t.Context(), map[string]string{"bzip2": "bzip2"}); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("bzip2", "-c")
		cmd.Stdin, cmd.Stdout = bytes.NewReader(data), &b
		if err := cmd.Run(); err != nil {
			t.Fatal(err)
		}
	case None, Unread:
		t.Fatal("no format")
	}
	return b.Bytes()
}

func open(t *testing.T, data []byte) vfs.File {
	t.Helper()
	p := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(p, data, 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := vfs.OS.Open(vfs.Place{Root: p})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func never() error { return nil }

func TestReadsLikeAPlainFile(t *testing.T) {
	data := text(120_000) // more than is kept
	for _, format := range []Format{Gzip, Zstd, Bzip2} {
		t.Run(fmt.Sprint(format), func(t *testing.T) {
			f := NewFile(open(t, pack(t, format, data)), format)
			seed := uint64(rand.Int64())
			rnd := rand.New(rand.NewPCG(seed, 0))
			buf := make([]byte, 1500<<10)
			offset := int64(0)
			for range 60 {
				switch rnd.IntN(6) {
				case 0:
					offset = rnd.Int64N(int64(len(data)) + 100)
				case 1:
					offset = max(0, offset-rnd.Int64N(600<<10))
				case 2:
					offset = 0
				}
				p := buf[:1+rnd.IntN(1<<rnd.IntN(21))]
				n, err := f.Pread(p, offset)
				want := data[min(offset, int64(len(data))):min(offset+int64(len(p)), int64(len(data)))]
				if err != nil || !bytes.Equal(p[:n], want) {
					t.Fatalf("seed %d: %d bytes at %d: got %d, want %d, %v", seed, len(p), offset, n, len(want), err)
				}
				offset += int64(n)
			}
			f.Free()
		})
	}
}

func TestExamine(t *testing.T) {
	data := text(60_000)
	for _, format := range []Format{Gzip, Zstd, Bzip2} {
		t.Run(fmt.Sprint(format), func(t *testing.T) {
			whole := pack(t, format, data)
			marks := []int64{10, 1000, 70_000, int64(len(data)), int64(len(data)) + 1}
			shown := 0
			n, err := Examine(open(t, whole), format, marks, 64, func(mark int64, b []byte) {
				if mark != marks[shown] || !bytes.Equal(b, data[max(0, mark-64):mark]) {
					t.Errorf("at %d: %q", mark, b)
				}
				shown++
			}, never)
			if err != nil || n != int64(len(data)) || shown != 4 {
				t.Fatalf("%d of %d bytes, %d marks, %v", n, len(data), shown, err)
			}
			for _, cut := range []int{0, 1, 5, 100, len(whole) / 2, len(whole) - 1} {
				if _, err := Examine(open(t, whole[:cut]), format, nil, 0, nil, never); !errors.Is(err, ErrIncomplete) {
					t.Errorf("%d of %d bytes: %v", cut, len(whole), err)
				}
			}
			damaged := bytes.Clone(whole)
			damaged[len(damaged)/2] ^= 0x10
			if _, err := Examine(open(t, damaged), format, nil, 0, nil, never); !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrIncomplete) {
				t.Errorf("damaged: %v", err)
			}
			two := append(bytes.Clone(whole), whole...)
			if n, err := Examine(open(t, two), format, nil, 0, nil, never); err != nil || n != 2*int64(len(data)) {
				t.Errorf("two members: %d, %v", n, err)
			}
			stopped := errors.New("stopped")
			if _, err := Examine(open(t, whole), format, nil, 0, nil, func() error { return stopped }); !errors.Is(err, stopped) {
				t.Errorf("stopped: %v", err)
			}
		})
	}
}

func TestLargeWindowsAreRefused(t *testing.T) {
	for _, test := range []struct {
		window int
		want   error
	}{{8 << 20, nil}, {16 << 20, ErrWindow}} {
		var b bytes.Buffer
		w, err := zstd.NewWriter(&b, zstd.WithWindowSize(test.window))
		if err != nil {
			t.Fatal(err)
		}
		for range 20 { // unknown size, as from a pipe: the frame tells its window
			if _, err := w.Write(text(30_000)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := Examine(open(t, b.Bytes()), Zstd, nil, 0, nil, never); !errors.Is(err, test.want) {
			t.Errorf("window %d: %v", test.window, err)
		}
	}
}

func FuzzExamine(f *testing.F) {
	f.Add(uint8(Gzip), []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"))
	f.Add(uint8(Zstd), []byte("\x28\xb5\x2f\xfd\x04\x00\x01\x00\x00"))
	f.Add(uint8(Bzip2), []byte("BZh91AY&SY"))
	f.Fuzz(func(t *testing.T, format uint8, data []byte) {
		if fm := Format(format); fm == Gzip || fm == Zstd || fm == Bzip2 {
			rounds := 0
			_, err := Examine(open(t, data), fm, []int64{1, 100}, 64, func(int64, []byte) {}, func() error {
				if rounds++; rounds > 1000 {
					return ErrDamaged // a bomb is no news
				}
				return nil
			})
			if len(data) == 0 && err == nil {
				t.Error("nothing was taken for a stream")
			}
		}
	})
}
