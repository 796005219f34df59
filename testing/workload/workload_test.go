package workload

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// lines reads all files of the writer's directory back.
func lines(t *testing.T, cfg Config) map[uint64]Line {
	t.Helper()
	paths, err := filepath.Glob(cfg.LogPath() + "*")
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[uint64]Line)
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		if len(data) > 0 && data[len(data)-1] != '\n' {
			t.Errorf("%s ends within a line", p)
		}
		for line := range bytes.Lines(data) {
			l, err := ParseLine(bytes.TrimSuffix(line, []byte("\n")))
			if err != nil {
				t.Fatalf("%s: %q: %v", p, line, err)
			}
			if _, twice := seen[l.Sequence]; twice {
				t.Fatalf("sequence %d is there twice", l.Sequence)
			}
			seen[l.Sequence] = l
		}
	}
	return seen
}

func TestEveryJournaledLineIsInTheFiles(t *testing.T) {
	for name, cfg := range map[string]Config{
		"numbered":     {Scheme: Numbered, RotateSize: 20_000},
		"dated":        {Scheme: Dated, RotateSize: 20_000},
		"blocks":       {Scheme: Dated, RotateSize: 20_000, Block: 4096, Split: 0.5},
		"late re-open": {Scheme: Numbered, RotateSize: 20_000, AfterRename: 7},
		"not rotated":  {Split: 1},
	} {
		t.Run(name, func(t *testing.T) {
			cfg.Dir, cfg.Source, cfg.Bytes, cfg.Seed = t.TempDir(), "app", 300_000, 5
			j, err := Write(context.Background(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			if cfg.RotateSize > 0 && j.Rotations < 10 {
				t.Errorf("only %d rotations", j.Rotations)
			}
			seen := lines(t, cfg)
			if uint64(len(seen)) != j.Lines || !j.Done {
				t.Errorf("%d lines in files, journal says %d, done %v", len(seen), j.Lines, j.Done)
			}
			var next uint64
			for i, g := range j.Generations {
				if g.Number != uint64(i) || g.First != next {
					t.Errorf("generation %d: %+v, want first %d", i, g, next)
				}
				for s := g.First; s < g.First+g.Lines; s++ {
					if seen[s].Generation != g.Number {
						t.Fatalf("sequence %d is stamped generation %d, want %d", s, seen[s].Generation, g.Number)
					}
				}
				next = g.First + g.Lines
			}
			read, err := ReadJournals(cfg.Dir)
			if err != nil || len(read) != 1 || read[0].Lines != j.Lines || !read[0].Done {
				t.Errorf("journal on disk: %+v, %v", read, err)
			}
		})
	}
}

func TestOldFilesAreDeleted(t *testing.T) {
	for _, scheme := range []Scheme{Numbered, Dated} {
		t.Run(string(scheme), func(t *testing.T) {
			cfg := Config{Dir: t.TempDir(), Source: "app", Bytes: 200_000, RotateSize: 10_000, Scheme: scheme, Keep: 3}
			j, err := Write(context.Background(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			rotated, _ := filepath.Glob(cfg.LogPath() + ".*")
			if len(rotated) != 3 || j.Deleted != j.Rotations-3 {
				t.Errorf("%v left, %d of %d deleted", rotated, j.Deleted, j.Rotations)
			}
			newest := j.Generations[len(j.Generations)-4:]
			seen := lines(t, cfg)
			for _, g := range newest {
				if g.Lines > 0 && seen[g.First].Generation != g.Number {
					t.Errorf("generation %d is not among the files kept", g.Number)
				}
			}
		})
	}
}

func TestSameSeedSameBytes(t *testing.T) {
	var first []byte
	for i := range 2 {
		cfg := Config{Dir: t.TempDir(), Source: "app", Bytes: 50_000, Seed: 9}
		if _, err := Write(context.Background(), cfg); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(cfg.LogPath())
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = data
		} else if !bytes.Equal(first, data) {
			t.Error("two writers with one seed wrote different bytes")
		}
	}
}

func TestParseLine(t *testing.T) {
	good := AppendLine(nil, Line{[]byte("app-1"), 3, 12345}, []byte("a payload "))
	l, err := ParseLine(good)
	if err != nil || string(l.Source) != "app-1" || l.Generation != 3 || l.Sequence != 12345 {
		t.Fatalf("%q: %+v, %v", good, l, err)
	}
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 1
		want := ErrTorn
		if i < len(magic) {
			want = ErrForeign
		}
		if _, err := ParseLine(bad); !errors.Is(err, want) {
			t.Errorf("byte %d changed: %v, want %v", i, err, want)
		}
		if _, err := ParseLine(good[:i]); err == nil {
			t.Errorf("cut after %d bytes: taken", i)
		}
	}
}

func TestBadConfig(t *testing.T) {
	dir := t.TempDir()
	for name, cfg := range map[string]Config{
		"no source":    {Dir: dir},
		"space":        {Dir: dir, Source: "a b"},
		"no directory": {Source: "a"},
		"scheme":       {Dir: dir, Source: "a", Scheme: "x"},
		"lengths":      {Dir: dir, Source: "a", MinLine: 9, MeanLine: 5},
	} {
		if w, err := Open(cfg); err == nil {
			t.Errorf("%s: taken", name)
			w.Close()
		}
	}
}

func FuzzParseLine(f *testing.F) {
	f.Add(AppendLine(nil, Line{[]byte("a"), 1, 2}, nil))
	f.Add([]byte("W1 "))
	f.Add(appendCRC([]byte("W1 a 1"), 0))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := ParseLine(data)
		if err == nil && (len(l.Source) == 0 || !bytes.Contains(data, l.Source)) {
			t.Errorf("%q parsed to %+v", data, l)
		}
	})
}
