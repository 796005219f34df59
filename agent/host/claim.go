package host

import (
	"log/slog"

	"shipper/checkpoint"
)

// Claim makes this host the owner of the state in a store, and gives every
// generation another id if the state came from another host; that is logged, once.
// It returns what the ids of new generations are to be made from.
func Claim(store *checkpoint.Store, id string, now Machine, log *slog.Logger) (seed string) {
	s := store.State()
	c := Keep(s.Owner, id, now)
	if Copied(s.Owner, id, now) {
		c = Renew(s, id, now)
		cure := "nothing is to be done; before a state is moved the next time, run \"shipper checkpoint adopt --moved\" where it arrives, which keeps the ids"
		if id == s.Owner.Agent {
			cure = "if the other host goes on working, give this one an agent id of its own: a new /etc/machine-id, or id in the block agent; " +
				"if the state was moved, " + cure
		}
		log.Error("the state was written on another host; all files known there have new ids here, so that no two hosts give different lines the same id. "+
			"Offsets stay; what was under way when the state was copied may be delivered again",
			"written_by", s.Owner.Agent, "agent", id, "generations", len(s.Generations), "cure", cure)
	}
	store.Commit(c)
	return Seed(*c.Owner)
}
