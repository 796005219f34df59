package edit

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"shipper/checkpoint"
)

// longestLine bounds a line of an export, in bytes: a path has at most 4096, and
// a generation as many offsets as there are routes.
const longestLine = 1 << 20

// Parse reads an export. An error says in which line it is not what Write makes.
func Parse(r io.Reader) (checkpoint.State, error) {
	p := parser{state: checkpoint.State{
		Generations: map[uint64]*checkpoint.Generation{},
		Routes:      map[checkpoint.RouteID]checkpoint.Route{},
		Choices:     map[checkpoint.Choice]checkpoint.Shard{},
	}}
	in := bufio.NewScanner(r)
	in.Buffer(nil, longestLine)
	for n := 1; in.Scan(); n++ {
		if err := p.line(in.Bytes(), n == 1); err != nil {
			return checkpoint.State{}, fmt.Errorf("read export: line %d: %w", n, err)
		}
	}
	switch {
	case in.Err() != nil:
		return checkpoint.State{}, fmt.Errorf("read export: %w", in.Err())
	case !p.ended:
		return checkpoint.State{}, errors.New("read export: its end is missing: it was cut off")
	}
	if err := p.connected(); err != nil {
		return checkpoint.State{}, fmt.Errorf("read export: %w", err)
	}
	return p.state, nil
}

type parser struct {
	state checkpoint.State
	ended bool
}

func (p *parser) line(text []byte, first bool) error {
	var l line
	if err := json.Unmarshal(text, &l); err != nil {
		return err
	}
	if p.ended {
		return errors.New("something follows the end")
	}
	switch {
	case first && l.Version == 0:
		return errors.New(`this is no export of a checkpoint: it does not begin with "shipper_checkpoint"`)
	case first && l.Version != formatVersion:
		return fmt.Errorf("the export is of version %d, this shipper knows version %d", l.Version, formatVersion)
	case first:
		if l.Owner != nil {
			p.state.Owner = checkpoint.Owner(*l.Owner)
		}
		return nil
	case l.Route != nil:
		return p.route(l.Route)
	case l.Generation != nil:
		return p.generation(l.Generation)
	case l.Choice != nil:
		return p.choice(l.Choice)
	case l.Note != nil:
		if p.state.Notes == nil {
			p.state.Notes = map[string]string{}
		}
		p.state.Notes[l.Note.Name] = l.Note.Text
		return nil
	case l.End != nil:
		p.ended = true
		have := end{Routes: len(p.state.Routes), Generations: len(p.state.Generations), Choices: len(p.state.Choices), Notes: len(p.state.Notes)}
		if have != *l.End {
			return fmt.Errorf("it should hold %+v and holds %+v", *l.End, have)
		}
		return nil
	}
	return errors.New("neither route, generation, choice nor end")
}

func (p *parser) route(r *route) error {
	if _, ok := p.state.Routes[r.ID]; ok || r.ID == 0 {
		return fmt.Errorf("route id %d is there twice, or is 0", r.ID)
	}
	p.state.Routes[r.ID] = checkpoint.Route{
		ID: r.ID, Input: r.Input, Output: r.Output, Destination: r.Destination, Cluster: r.Cluster, Heir: r.Heir,
	}
	return nil
}

func (p *parser) generation(x *generation) error {
	id := uint64(x.ID)
	if _, ok := p.state.Generations[id]; ok || id == 0 {
		return fmt.Errorf("generation id %016x is there twice, or is 0", id)
	}
	g := &checkpoint.Generation{
		Identity: checkpoint.Identity{
			ID: id, Device: x.Device, Inode: x.Inode, Birth: x.Birth, Truncations: x.Truncations, Order: x.Order,
			HeadLength: x.HeadLength, HeadHash: uint64(x.HeadHash), LastSeen: x.LastSeen,
		},
		Watermarks: map[checkpoint.RouteID]checkpoint.Watermark{},
	}
	var streamErr, pathErr error
	g.Stream, streamErr = unpack(x.Stream, x.StreamBase64)
	g.Path, pathErr = unpack(x.Path, x.PathBase64)
	if err := errors.Join(streamErr, pathErr); err != nil {
		return err
	}
	for _, o := range x.Offsets {
		if o.Offset < 0 || int64(o.ProofLength) > o.Offset {
			return fmt.Errorf("offset %d with a proof of %d bytes can't be", o.Offset, o.ProofLength)
		}
		w := checkpoint.Watermark{Offset: o.Offset, ProofLength: o.ProofLength, ProofHash: uint64(o.ProofHash)}
		if o.Counted != nil {
			w.Tally = checkpoint.Tally(*o.Counted)
		}
		g.Watermarks[o.Route] = w
	}
	p.state.Generations[id] = g
	return nil
}

func (p *parser) choice(c *choice) error {
	stream, err := unpack(c.Stream, c.StreamBase64)
	if err != nil {
		return err
	}
	p.state.Choices[checkpoint.Choice{Output: c.Output, Stream: stream, Topic: c.Topic}] =
		checkpoint.Shard{Topic: c.ShardTopic, Partition: c.Partition}
	return nil
}

// connected tells whether every offset is of a route that is there.
func (p *parser) connected() error {
	for id, g := range p.state.Generations {
		for r := range g.Watermarks {
			if _, ok := p.state.Routes[r]; !ok {
				return fmt.Errorf("generation %016x has an offset of route %d, which is not there", id, r)
			}
		}
	}
	return nil
}
