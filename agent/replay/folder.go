package replay

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Folder is where a replay keeps its plan and how far it has got, until it is done.
type Folder struct{ dir string }

const planName = "plan.json"

// FolderOf is the folder, below an agent's state directory, of the replay with these
// options, as far as they decide what is shipped.
func FolderOf(stateDir string, options ...any) (Folder, error) {
	b, err := json.Marshal(options)
	return Folder{filepath.Join(stateDir, "replay", fmt.Sprintf("%x", sha256.Sum256(b))[:16])}, err
}

// State is the directory for what was shipped so far.
func (f Folder) State() string { return filepath.Join(f.dir, "state") }

// Load reads the plan of an earlier process, if there is one, into plan. Of another
// version than that it can't be read.
func (f Folder) Load(plan any, version int) (found bool, err error) {
	b, err := os.ReadFile(filepath.Join(f.dir, planName))
	var its struct {
		Version int `json:"version"`
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("look for an earlier plan: %w", err)
	case json.Unmarshal(b, &its) != nil || its.Version != version || json.Unmarshal(b, plan) != nil:
		return false, fmt.Errorf("the plan in %q can't be read: begin anew with --restart", f.dir)
	}
	return true, nil
}

// Store writes a plan down. With restart, what there was of an earlier one is
// forgotten before.
func (f Folder) Store(plan any, restart bool) error {
	if restart {
		if err := f.Remove(); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return err
	}
	b, err := json.MarshalIndent(plan, "", "  ")
	if err != nil {
		return err
	}
	temp := filepath.Join(f.dir, planName+".new")
	if err := os.WriteFile(temp, b, 0o600); err != nil {
		return err
	}
	return os.Rename(temp, filepath.Join(f.dir, planName))
}

// Remove forgets everything.
func (f Folder) Remove() error { return os.RemoveAll(f.dir) }
