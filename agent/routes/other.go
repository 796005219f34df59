package routes

import (
	"fmt"

	"shipper/checkpoint"
)

// OtherCluster is why a route waits for a person: its offsets are those of what one
// cluster acknowledged, and another is there now.
type OtherCluster struct {
	Now      string // the id that the output tells
	question string // the whole text
}

// newOtherCluster asks what is meant now that another cluster answers.
func newOtherCluster(r checkpoint.Route, now string) *OtherCluster {
	name := r.Input + ":" + r.Output
	return &OtherCluster{now, fmt.Sprintf(
		"another cluster answers: the lines up to the stored offsets were acknowledged by cluster %s, this is %s. "+
			"Nothing is shipped until you say what is meant; lines wait in their files. "+
			"If the brokers of output %s are the wrong ones, correct them. "+
			"Otherwise stop the agent, and then: if the new cluster has those lines (it is a copy) or is not to have them: "+
			"shipper checkpoint adopt --route %s; if it is to get every line that is still on disk (it was set up anew, "+
			"or restored from an old backup): shipper checkpoint reset --all --route %s",
		r.Cluster, now, r.Output, name, name)}
}

func (e *OtherCluster) Error() string { return e.question }
