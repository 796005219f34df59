package pick

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"shipper/agent/config"
	"shipper/agent/match"
	"shipper/agent/parts"
	"shipper/inputs/logfile"
)

// Group is files of one input.
type Group struct {
	Input *config.Input
	Files []File
}

// File is a file as its input sees it.
type File struct{ Path, Topic string }

// Expand makes absolute paths of arguments. Of a directory, or what a glob
// matches, those files count that takes says yes to; a file that is named counts
// whatever it is. Each path comes once.
func Expand(args []string, takes func(path string) bool) ([]string, error) {
	var paths []string
	for _, arg := range args {
		if strings.Contains(arg, "://") {
			return nil, fmt.Errorf("%q is no file: only files, directories and globs can be read", arg)
		}
		abs, err := filepath.Abs(arg)
		if err != nil {
			return nil, err
		}
		info, err := os.Stat(abs)
		var found []string
		switch {
		case err == nil && info.IsDir():
			found, err = below(abs, takes)
		case err == nil:
			paths = append(paths, abs)
			continue
		case strings.ContainsAny(arg, "*?[{"):
			found, err = doublestar.FilepathGlob(abs, doublestar.WithFilesOnly())
			found = slices.DeleteFunc(found, func(p string) bool { return !takes(p) })
		}
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("%q: there is no file that an input takes; \"shipper explain FILE\" says why one is not taken", arg)
		}
		paths = append(paths, found...)
	}
	slices.Sort(paths)
	return slices.Compact(paths), nil
}

// below lists the regular files below a directory.
func below(dir string, takes func(string) bool) ([]string, error) {
	var found []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && takes(path) {
			found = append(found, path)
		}
		return err
	})
	return found, err
}

// Taken returns the inputs that take a path; label limits them to one, "" does not.
func Taken(cfg *config.Config, host, label, path string) []match.Verdict {
	var list []match.Verdict
	for _, in := range cfg.Inputs {
		if label != "" && in.Label != label {
			continue
		}
		if v := match.Judge(in, path, host); v.Takes {
			list = append(list, v)
		}
	}
	return list
}

// Sort puts each path to the input that takes it, or to the one of that label. A
// path that none takes is an error, and so is one that several take.
func Sort(cfg *config.Config, host, label string, paths []string) ([]Group, error) {
	if label != "" && !slices.ContainsFunc(cfg.Inputs, func(in *config.Input) bool { return in.Label == label }) {
		return nil, fmt.Errorf("the configuration has no input %q", label)
	}
	var groups []Group
	for _, path := range paths {
		verdicts := Taken(cfg, host, label, path)
		switch {
		case len(verdicts) == 0 && label != "":
			return nil, fmt.Errorf("input %q does not take %q; \"shipper explain\" says why", label, path)
		case len(verdicts) == 0:
			return nil, fmt.Errorf("no input takes %q; \"shipper explain\" says why", path)
		case len(verdicts) > 1:
			return nil, fmt.Errorf("%q is taken by the inputs %q and %q: name one with --input", path, verdicts[0].Input.Label, verdicts[1].Input.Label)
		}
		v := &verdicts[0]
		i := slices.IndexFunc(groups, func(g Group) bool { return g.Input == v.Input })
		if i < 0 {
			groups = append(groups, Group{Input: v.Input})
			i = len(groups) - 1
		}
		groups[i].Files = append(groups[i].Files, File{Path: path, Topic: v.Topic})
	}
	return groups, nil
}

// Open opens files as the group's input would. saved is what the agent's state says
// of that input. The Input is to be closed.
func (g *Group) Open(env logfile.Env, saved []logfile.Saved, files []logfile.Chosen) (*logfile.Input, []*logfile.Choice, error) {
	in, err := logfile.New(parts.Input(g.Input), env)
	if err != nil {
		return nil, nil, err
	}
	choices, err := in.Choose(files, saved)
	if err != nil {
		return nil, nil, errors.Join(err, in.Close())
	}
	return in, choices, nil
}
