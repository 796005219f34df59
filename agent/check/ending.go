package check

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"shipper/agent/config"
	"shipper/inputs/logfile"
	"shipper/inputs/logfile/calls"
	"shipper/outputs"
)

// endings finds what keeps files from coming to their end as configured.
func endings(in *config.Input, matches []logfile.Match) []outputs.Finding {
	var all []outputs.Finding
	find := func(severity outputs.Severity, message, cure string) {
		all = append(all, outputs.Finding{Severity: severity, Subject: "input " + in.Label, Message: message, Cure: cure})
	}
	rotated := slices.ContainsFunc(matches, func(m logfile.Match) bool { return m.Rotated })
	if in.CompletedOnly && in.CompleteWhen == "sealed" && len(matches) > 0 && !rotated {
		find(outputs.Warning, "ships finished files only, and no file here has a successor yet",
			"if these files are never rotated, set complete_when = \"quiet\"")
	}
	if in.OnComplete != "move" {
		return all
	}
	disk := calls.NewQuestions()
	to, err := device(disk, in.MoveTo)
	if err != nil {
		find(outputs.Problem, fmt.Sprintf("complete files can't be moved: %v", err), "make the directory move_to, for the user that the agent runs as")
		return all
	}
	for _, m := range matches {
		if from, err := device(disk, filepath.Dir(m.Path)); err == nil && from != to {
			find(outputs.Problem, fmt.Sprintf("%q can't be moved to %q: that is on another file system", m.Path, in.MoveTo),
				"choose a directory on the same file system")
			break
		}
	}
	return all
}

var errNoDirectory = errors.New("it is not a directory")

// device is that of a directory.
func device(disk *calls.Group, dir string) (uint64, error) {
	type answer struct {
		info fs.FileInfo
		err  error
	}
	said, ok := calls.Ask(disk, func() answer {
		info, err := os.Stat(dir)
		return answer{info, err}
	})
	if !ok {
		return 0, &fs.PathError{Op: "stat", Path: dir, Err: calls.ErrSilent}
	}
	if said.err != nil {
		return 0, said.err
	}
	st, ok := said.info.Sys().(*syscall.Stat_t)
	if !said.info.IsDir() || !ok {
		return 0, &fs.PathError{Op: "stat", Path: dir, Err: errNoDirectory}
	}
	return uint64(st.Dev), nil //nolint:unconvert // narrower on other machines
}
