package explain

import (
	"os"
	"slices"

	"shipper/agent/config"
	"shipper/agent/explain/look"
	"shipper/agent/logrotate"
	"shipper/agent/match"
)

// Explanation is everything about one file.
type Explanation struct {
	Source   *Source
	File     *look.File
	Verdicts []match.Verdict // of every input
	Logs     []*Log          // those that the file belongs to, one for each input
	Problems []string
	Rule     *logrotate.Rule // nil: logrotate does not know the file
	Lint     []logrotate.Warning
}

// Explain looks at the file at a path, which is absolute.
func (s *Source) Explain(path string) *Explanation {
	e := &Explanation{Source: s, File: s.look(path)}
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	var of []*config.Input
	streams := map[[2]string]bool{}
	for _, in := range s.Config.Inputs {
		v := match.Judge(in, path, host)
		e.Verdicts = append(e.Verdicts, v)
		known := e.File.Known != nil && s.hasOffset(e.File.Known.Watermarks, in)
		if v.Takes || known {
			of = append(of, in)
		}
		if v.Takes {
			streams[[2]string{in.Label, v.Stream}] = true
		}
	}
	logs, problems := s.Logs(of)
	e.Problems = problems
	for _, l := range logs {
		has := slices.ContainsFunc(l.Generations, func(g *Generation) bool { return isOf(g, e.File) })
		if has || streams[[2]string{l.Input, l.Stream}] {
			e.Logs = append(e.Logs, l)
		}
	}
	e.Rule = s.Rotation.For(path)
	for _, l := range e.Logs {
		if e.Rule == nil {
			e.Rule = s.Rotation.For(l.live())
		}
	}
	if e.Rule == nil {
		return e
	}
	for _, l := range e.Logs {
		for _, w := range s.lint(l, e.Rule) {
			if !slices.Contains(e.Lint, w) {
				e.Lint = append(e.Lint, w)
			}
		}
	}
	if len(e.Logs) == 0 {
		e.Lint = e.Rule.Lint(logrotate.Unread{})
	}
	return e
}

// Taken tells whether any input ships the file.
func (e *Explanation) Taken() bool {
	return len(e.Logs) > 0 || slices.ContainsFunc(e.Verdicts, func(v match.Verdict) bool { return v.Takes })
}
