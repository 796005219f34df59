package workload

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
)

// Journal is what write(2) has returned for, of one source.
type Journal struct {
	Source    string `json:"source"`
	Seed      uint64 `json:"seed"`
	Scheme    Scheme `json:"scheme"`
	Lines     uint64 `json:"lines"` // whole lines; sequences 0 to Lines-1
	Bytes     int64  `json:"bytes"` // of these lines, newlines included
	Rotations uint64 `json:"rotations"`
	// Deleted counts generations that the writer itself removed. A test that
	// expects no loss must see to it that they had been read.
	Deleted uint64 `json:"deleted"`
	// Done says that the writer ended by itself. A journal that is not done is
	// of a writer that runs or was killed: there may be more lines than it
	// tells of.
	Done        bool         `json:"done"`
	Generations []Generation `json:"generations"`
}

// Generation is the part of a journal that went into one file.
type Generation struct {
	Number uint64 `json:"number"`
	First  uint64 `json:"first"` // sequence of its first line
	Lines  uint64 `json:"lines"`
	Bytes  int64  `json:"bytes"`
}

const journalSuffix = ".journal.json"

// write replaces the journal at path: a reader, and whoever looks after a
// crash, finds the old one or the new one, whole.
func (j *Journal) write(path string) error {
	data, err := json.Marshal(j)
	if err != nil {
		return fmt.Errorf("encode journal: %w", err)
	}
	temp := path + ".tmp"
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	_, err = f.Write(append(data, '\n'))
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	return nil
}

// ReadJournal reads the journal of one writer.
func ReadJournal(path string) (Journal, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Journal{}, fmt.Errorf("read journal: %w", err)
	}
	var j Journal
	if err := json.Unmarshal(data, &j); err != nil {
		return Journal{}, fmt.Errorf("read journal %s: %w", path, err)
	}
	return j, nil
}

// ReadJournals reads the journals of a directory, by source. It is an error if
// there are none.
func ReadJournals(dir string) ([]Journal, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*"+journalSuffix))
	if err != nil {
		return nil, fmt.Errorf("list journals: %w", err)
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("list journals: no *%s in %s", journalSuffix, dir)
	}
	sort.Strings(paths)
	var all []Journal
	for _, p := range paths {
		j, err := ReadJournal(p)
		if err != nil {
			return nil, err
		}
		all = append(all, j)
	}
	return all, nil
}
