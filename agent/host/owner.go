package host

import (
	"maps"

	"shipper/checkpoint"
	"shipper/checkpoint/edit"
)

// Copied tells whether a state came from another host than this one, on which
// the agent has this id. A state that has no owner yet is this host's own.
func Copied(old checkpoint.Owner, id string, now Machine) bool {
	if old == (checkpoint.Owner{}) {
		return false
	}
	switch parse(old.Machine).compare(now) {
	case same:
		return false
	case other:
		return true
	default:
		return old.Agent != id
	}
}

// Keep makes this host the owner of a state. The ids in it stay: the state is
// its own, or came with everything and for good.
func Keep(old checkpoint.Owner, id string, now Machine) *checkpoint.Changes {
	known := parse(old.Machine)
	maps.Copy(known, now)
	return &checkpoint.Changes{Owner: &checkpoint.Owner{Agent: id, Machine: known.String(), Salt: old.Salt}}
}

// Renew makes this host the owner of a copy, while the original may go on
// working: every generation gets another id, and those to come get ids that
// differ from the original's, even if both agents have one id.
func Renew(s checkpoint.State, id string, now Machine) *checkpoint.Changes {
	owner := checkpoint.Owner{Agent: id, Machine: now.String()}
	if id == s.Owner.Agent {
		lasting := maps.Clone(now)
		delete(lasting, boot)
		owner.Salt = hash(id, s.Owner.Salt, lasting.String())
	}
	c := edit.NewIDs(s, Seed(owner))
	c.Owner = &owner
	return c
}

// SeedOf is Seed of a state, which may have no owner yet, for an agent of that id.
func SeedOf(o checkpoint.Owner, id string) string {
	if o == (checkpoint.Owner{}) {
		return id
	}
	return Seed(o)
}

// Seed is what the ids of new generations are made from.
func Seed(o checkpoint.Owner) string {
	if o.Salt == "" {
		return o.Agent
	}
	return o.Agent + "~" + o.Salt
}
