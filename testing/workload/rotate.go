package workload

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// dateLayout is the suffix of dated names, in UTC.
const dateLayout = "20060102T150405.000"

// Rotate renames the log, writes Config.AfterRename more lines to it, deletes
// what is beyond Config.Keep, and begins the next generation.
func (w *Writer) Rotate() error {
	if err := w.flush(); err != nil {
		return err
	}
	var err error
	if w.cfg.Scheme == Dated {
		err = w.renameToDate()
	} else {
		err = w.shiftNumbers()
	}
	if err != nil {
		return fmt.Errorf("rotate log: %w", err)
	}
	for range w.cfg.AfterRename {
		w.appendLine()
	}
	if err := w.flush(); err != nil {
		return err
	}
	if err := w.file.Close(); err != nil {
		return fmt.Errorf("close log: %w", err)
	}
	w.journal.Rotations++
	w.rotations.Store(int64(w.journal.Rotations))
	if err := w.create(); err != nil {
		return fmt.Errorf("rotate log: %w", err)
	}
	return w.saveJournal()
}

// shiftNumbers makes room for app.log.1, from the highest number down, so that
// no name is ever taken by two files.
func (w *Writer) shiftNumbers() error {
	path := w.cfg.LogPath()
	last := 0
	for exists(path + "." + strconv.Itoa(last+1)) {
		last++
	}
	for n := last; n >= 0; n-- {
		from := path
		if n > 0 {
			from += "." + strconv.Itoa(n)
		}
		if w.cfg.Keep > 0 && n >= w.cfg.Keep {
			if err := os.Remove(from); err != nil {
				return err
			}
			w.journal.Deleted++
			continue
		}
		if err := os.Rename(from, path+"."+strconv.Itoa(n+1)); err != nil {
			return err
		}
	}
	return nil
}

// renameToDate gives every file a millisecond of its own, in order: two
// rotations may fall into the same one, and rename replaces what is there.
func (w *Writer) renameToDate() error {
	path := w.cfg.LogPath()
	at := time.Now().UTC().Truncate(time.Millisecond)
	if !at.After(w.lastDate) {
		at = w.lastDate.Add(time.Millisecond)
	}
	for exists(path + "." + at.Format(dateLayout)) { // of an earlier writer
		at = at.Add(time.Millisecond)
	}
	w.lastDate = at
	if err := os.Rename(path, path+"."+at.Format(dateLayout)); err != nil {
		return err
	}
	if w.cfg.Keep == 0 {
		return nil
	}
	old, err := filepath.Glob(path + ".*") // sorted by name, which is by date
	if err != nil {
		return err
	}
	for ; len(old) > w.cfg.Keep; old = old[1:] {
		if err := os.Remove(old[0]); err != nil {
			return err
		}
		w.journal.Deleted++
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
