package explain

import (
	"fmt"
	"path"
	"time"

	"shipper/agent/config"
	"shipper/agent/logrotate"
	"shipper/inputs/logfile/names"
	"shipper/outputs"
)

// Rotation finds what logrotate's configuration can do to the lines of all files
// that are shipped. What one rule does to several logs of an input is one finding.
func Rotation(s *Source) []outputs.Finding {
	var found []outputs.Finding
	for _, p := range s.Rotation.Problems {
		found = append(found, outputs.Finding{Severity: outputs.Warning, Subject: "logrotate", Message: p,
			Cure: "run check as a user who may read logrotate's configuration, or correct it"})
	}
	at := map[[2]string]int{} // place in found, by rule and what is wrong
	more := map[int]int{}
	logs, _ := s.Logs(s.Config.Inputs) // check tells the problems itself
	for _, l := range logs {
		rule := s.Rotation.For(l.live())
		if rule == nil {
			continue
		}
		for _, w := range s.lint(l, rule) {
			f := outputs.Finding{Severity: outputs.Warning, Subject: rule.Place(), Message: w.What, Cure: w.Cure}
			same := [2]string{f.Subject, f.Message}
			if i, ok := at[same]; ok {
				more[i]++
				continue
			}
			at[same] = len(found)
			f.Message = l.live() + ": " + f.Message
			found = append(found, f)
		}
	}
	for i, n := range more {
		found[i].Message += fmt.Sprintf("; so for %d more", n)
	}
	return found
}

// lint tells what a rule can do to a log's lines.
func (s *Source) lint(l *Log, rule *logrotate.Rule) []logrotate.Warning {
	found := rule.Lint(l.unread())
	if w, ok := s.unseen(l, rule); ok {
		found = append(found, w)
	}
	return found
}

// unread counts what of the log is not shipped.
func (l *Log) unread() logrotate.Unread {
	var u logrotate.Unread
	back := 0
	for i := len(l.Generations) - 1; i >= 0; i-- {
		g := l.Generations[i]
		if g.Size < 0 {
			continue
		}
		if n := g.Left(); n > 0 {
			u.Bytes += n
			u.Oldest = back
		}
		back++
	}
	return u
}

// unseen tells whether the rule gives rotated files names that the input does not
// look for.
func (s *Source) unseen(l *Log, rule *logrotate.Rule) (logrotate.Warning, bool) {
	rotated := rule.Rotated(l.live(), time.Now())
	if rule.Rotate == 0 || rule.CopyTruncate {
		return logrotate.Warning{}, false // there is none, or it is a copy
	}
	var in *config.Input
	for _, c := range s.Config.Inputs {
		if c.Label == l.Input {
			in = c
		}
	}
	if in == nil {
		return logrotate.Warning{}, false
	}
	globs, err := names.New(in.Paths, in.ExcludePaths)
	if err != nil {
		return logrotate.Warning{}, false // the configuration is valid
	}
	if _, ok := globs.Classify(path.Dir(rotated), path.Base(rotated), in.Rotated); ok {
		return logrotate.Warning{}, false
	}
	return logrotate.Warning{
		What: fmt.Sprintf("rotated files are called like %q, which input %s does not look for: "+
			"what is not shipped when shipper is stopped and the file rotated is lost", rotated, in.Label),
		Cure: fmt.Sprintf("add the name to `rotated` of the input, or a glob such as %q to its `paths`",
			path.Join(path.Dir(rotated), path.Base(l.live())+"*")),
	}, true
}
