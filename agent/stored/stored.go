package stored

import (
	"strings"
	"time"

	"shipper/checkpoint"
	"shipper/inputs/logfile"
	"shipper/inputs/logfile/tally"
)

// StreamKey is how a generation's stream is stored: two inputs that match the
// same file share its generation, but what stream it is in is each one's own.
func StreamKey(label, stream string) string { return label + "/" + stream }

// StreamOf returns the stream that the input of that label stored for a
// generation, and whether that input was the last to store one.
func StreamOf(g *checkpoint.Generation, label string) (stream string, ok bool) {
	return strings.CutPrefix(g.Stream, StreamKey(label, ""))
}

// Position is a stored watermark in the input's words.
func Position(w checkpoint.Watermark) logfile.Position {
	return logfile.Position{Offset: w.Offset, ProofLength: w.ProofLength, ProofHash: w.ProofHash, Tally: tally.Tally(w.Tally)}
}

func watermarkOf(p logfile.Position) checkpoint.Watermark {
	return checkpoint.Watermark{Offset: p.Offset, ProofLength: p.ProofLength, ProofHash: p.ProofHash, Tally: checkpoint.Tally(p.Tally)}
}

// AddProgress adds what a commit of one route of an input means for the checkpoint.
func AddProgress(c *checkpoint.Changes, p logfile.Progress, label string, route checkpoint.RouteID) {
	if p.Generation == 0 {
		return // refused by the input, which said why
	}
	AddIdentity(c, p, label)
	c.Offsets = append(c.Offsets, checkpoint.Offset{
		Generation: p.Generation, Route: route, Watermark: watermarkOf(p.Position),
	})
}

// AddIdentity adds what a commit says of the generation, and no offset.
func AddIdentity(c *checkpoint.Changes, p logfile.Progress, label string) {
	if i := p.Identity; i != nil && p.Generation != 0 {
		c.Identities = append(c.Identities, checkpoint.Identity{
			ID: i.ID, Stream: StreamKey(label, i.Stream), Path: i.Path, Device: i.Device, Inode: i.Inode, Birth: i.Birth,
			Truncations: i.Truncations, Order: i.Order, HeadLength: i.HeadLength, HeadHash: i.HeadHash,
			LastSeen: time.Now().Unix(),
		})
	}
}

// Reset empties changes and keeps their memory.
func Reset(c *checkpoint.Changes) {
	*c = checkpoint.Changes{Identities: c.Identities[:0], Offsets: c.Offsets[:0]}
}

// For lists what is known of every generation for the input of that label,
// whose routes have these ids, in the order of the input's routes. Where another
// input saved the generation last, the stream and the place in it are left for
// the input to find out.
func For(state checkpoint.State, label string, ids []checkpoint.RouteID) []logfile.Saved {
	saved := make([]logfile.Saved, 0, len(state.Generations))
	for _, g := range state.Generations {
		s := logfile.Saved{
			Identity: logfile.Identity{
				ID: g.ID, Path: g.Path, Device: g.Device, Inode: g.Inode, Birth: g.Birth,
				Truncations: g.Truncations, Order: g.Order, HeadLength: g.HeadLength, HeadHash: g.HeadHash,
			},
			Positions: map[int]logfile.Position{},
		}
		var ours bool
		if s.Stream, ours = StreamOf(g, label); !ours {
			s.Stream, s.Order = "", 0
		}
		for i, id := range ids {
			if w, ok := g.Watermarks[id]; ok {
				s.Positions[i] = Position(w)
			}
		}
		saved = append(saved, s)
	}
	return saved
}
