package quarantine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"shipper/agent/config"
	"shipper/agent/parts"
	"shipper/outputs/quarantine"
)

// Record is a record in quarantine.
type Record = quarantine.Record

// Selection is which records are meant. Its zero value means all.
type Selection struct {
	IDs    []string // as list shows them; nil: any
	Output string   // "": any
	Topic  string   // "": any
}

func (s *Selection) has(r *quarantine.Record) bool {
	return (s.IDs == nil || slices.Contains(s.IDs, r.ID())) &&
		(s.Output == "" || s.Output == r.Output) && (s.Topic == "" || s.Topic == r.Topic)
}

// Files are the quarantine files of a configuration.
type Files struct {
	cfg   *config.Config
	paths []string
	// Topics says of outputs whose records go to a topic first which one.
	Topics map[string]string
}

// Open finds the files. It touches none.
func Open(cfg *config.Config) *Files {
	f := &Files{cfg: cfg, Topics: map[string]string{}}
	for _, o := range cfg.Outputs {
		if path, _ := parts.QuarantineFile(cfg, o); !slices.Contains(f.paths, path) {
			f.paths = append(f.paths, path)
		}
		if o.Kafka != nil && o.Kafka.Quarantine != nil && o.Kafka.Quarantine.Topic != "" {
			f.Topics[o.Name()] = o.Kafka.Quarantine.Topic
		}
	}
	return f
}

// Paths are the files' paths.
func (f *Files) Paths() []string { return f.paths }

// Each calls see for the selected records. What can't be read is an error of the
// end, and does not keep back the rest.
func (f *Files) Each(s Selection, see func(*quarantine.Record)) error {
	var errs []error
	for _, path := range f.paths {
		for r, err := range quarantine.Records(path) {
			switch {
			case err != nil:
				errs = append(errs, err)
			case s.has(r):
				see(r)
			}
		}
	}
	return errors.Join(errs...)
}

// Drop takes the selected records away for ever, and returns how many.
func (f *Files) Drop(s Selection) (dropped int, err error) {
	for _, path := range f.paths {
		n, err := edit(path, func(e *quarantine.Editor) (int, error) { return e.Remove(s.has) })
		if dropped += n; err != nil {
			return dropped, err
		}
	}
	return dropped, nil
}

// edit has f work as the only editor of a file.
func edit(path string, f func(*quarantine.Editor) (int, error)) (int, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	e, err := quarantine.Edit(path)
	if err != nil {
		return 0, err
	}
	n, err := f(e)
	if cerr := e.Close(); err == nil && cerr != nil {
		err = fmt.Errorf("unlock quarantine: %w", cerr)
	}
	return n, err
}
