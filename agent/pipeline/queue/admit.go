package queue

import "errors"

// identified is an output that can tell what is behind it, whatever its address:
// a Kafka cluster has an id.
type identified interface {
	// Identity returns the id of what answered last, "" if it has none, and
	// false while nothing has answered. It does not block.
	Identity() (id string, ok bool)
}

// errUnheard: nothing has answered yet that could say what it is.
var errUnheard = errors.New("the cluster has not said its id yet")

// Admit returns nil if the lines of a feed may go to what is behind the output
// now, and else why they wait. A route that no cluster has acknowledged anything
// of takes whichever answers first, and a cluster that tells no id is believed
// to be the right one. It does not block.
func (q *Queue) Admit(f *Feed) error {
	cluster := f.route.Cluster()
	if q.identified == nil || cluster == "" {
		return nil
	}
	id, ok := q.identified.Identity()
	switch {
	case !ok:
		// The output asks the cluster for what it is asked for, and hears the
		// id with the answer.
		if _, err := q.output.Shard(f.cursor.Stream()); err != nil {
			return err
		}
		return errUnheard
	case id != "" && id != cluster:
		return f.route.Hold(id, q.log)
	}
	f.route.LetGo(q.log)
	return nil
}

// Cluster is the id of what is behind the output now, "" if that is not known.
func (q *Queue) Cluster() string {
	identified := q.currently().identified
	if identified == nil {
		return ""
	}
	id, _ := identified.Identity()
	return id
}
