package logfile

// report notes a problem and logs it once, until it is solved.
func (in *Input) report(p Problem) {
	in.mu.Lock()
	old, known := in.problems[p.Path]
	in.problems[p.Path] = p
	tell, suppressed := false, 0
	if !known || old != p {
		tell, suppressed = in.warned.Allow(in.now())
	}
	in.mu.Unlock()
	if tell {
		in.log.Warn("a path can't be shipped", "path", p.Path, "what", p.What, "cure", p.Cure, "not_logged", suppressed)
	}
}

// solved takes a problem back.
func (in *Input) solved(path string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	delete(in.problems, path)
}
