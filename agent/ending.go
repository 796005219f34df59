package agent

import (
	"time"

	"shipper/agent/audit"
	"shipper/agent/stored"
	"shipper/checkpoint"
	"shipper/inputs/logfile"
)

// complete says that a generation is complete on a route: in the log, and to the
// audit topic if there is one. Only when whoever is to know it does is that stored,
// and the file disposed of.
func (a *Agent) complete(s *source, c *logfile.Completion) {
	r, record := s.routes[c.Route], audit.New(c, a.id)
	if tell, suppressed := s.completions.Allow(time.Now()); tell {
		a.log.Info("a file is complete", append(record.Attrs(), keyRoute, r.Name(), "not_logged", suppressed)...)
	}
	confirm := func() {
		var changes checkpoint.Changes
		stored.AddProgress(&changes, s.input.Confirm(c), s.cfg.Label, r.ID())
		a.store.Commit(&changes)
	}
	auditor := s.pipes[c.Route].Auditor()
	if auditor == nil || s.cfg.AuditTopic == "" {
		confirm()
		return
	}
	err := auditor.Add(record, c.Generation, s.cfg.AuditTopic, confirm)
	if err != nil { // it is tried again by the next process
		a.log.Error("a complete file can't be told of", keyPath, record.Path, keyError, err)
		r.Failed(err)
	}
}

// needed tells whether an input other than by has yet to ship something of a file.
func (a *Agent) needed(by *source, device, inode uint64) bool {
	for _, other := range a.force.Load().sources {
		if other != by && other.input.Needs(device, inode) {
			return true
		}
	}
	return false
}
