package quarantine

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
)

// TestQuarantineSyncs: a record counts only when it is on disk. One that can't
// be synced is not left behind, and the descriptor is not trusted again.
func TestQuarantineSyncs(t *testing.T) {
	q := NewFile(filepath.Join(t.TempDir(), "quarantine"), 1<<20, slog.New(slog.DiscardHandler))
	defer q.Close(t.Context())
	sync, synced, broken := q.sync, 0, errors.New("I/O error")
	var failed *os.File
	q.sync = func(f *os.File) error {
		if synced++; synced == 2 {
			failed = f
			return broken
		}
		if f == failed {
			t.Error("a descriptor whose sync failed is used again")
		}
		return sync(f)
	}
	for i, want := range []error{nil, broken, nil} {
		if err := q.Put(t.Context(), &Record{Offset: int64(i), Value: []byte("x")}); !errors.Is(err, want) {
			t.Errorf("record %d: %v, want %v", i, err, want)
		}
		if synced != i+1 {
			t.Errorf("record %d: %d syncs, want %d", i, synced, i+1)
		}
	}
	data, err := os.ReadFile(q.Path())
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(data, []byte("\n")); n != 2 || bytes.Contains(data, []byte(`"offset":1,`)) {
		t.Errorf("the file holds %d records, want the first and the last:\n%s", n, data)
	}
}
