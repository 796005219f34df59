package corpus

import (
	"bytes"
	"testing"
)

// TestShape holds what the benchmark promises of its lines.
func TestShape(t *testing.T) {
	var a, b bytes.Buffer
	lines, size, err := Write(&a, 7, 8<<20)
	if err != nil {
		t.Fatal(err)
	}
	if int64(a.Len()) != size || int64(bytes.Count(a.Bytes(), []byte{'\n'})) != lines {
		t.Fatalf("%d bytes, %d lines announced; %d bytes made", size, lines, a.Len())
	}
	if mean := float64(size) / float64(lines); mean < 180 || mean > 190 {
		t.Errorf("lines have %.1f bytes on average, want 185", mean)
	}
	if _, _, err := Write(&b, 7, 8<<20); err != nil || !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Errorf("the same seed gave other lines (%v)", err)
	}
	ratio, err := Measure(&a, 1<<40)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%.1f bytes a line, lz4 %.2f, zstd %.2f", float64(size)/float64(lines), ratio.LZ4, ratio.Zstd)
	if ratio.LZ4 < 3 || ratio.LZ4 > 5 {
		t.Errorf("lz4 ratio is %.2f, want 3 to 5", ratio.LZ4)
	}
	if ratio.Zstd < 5 || ratio.Zstd > 8 {
		t.Errorf("zstd ratio is %.2f, want 5 to 8", ratio.Zstd)
	}
}
