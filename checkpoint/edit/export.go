package edit

import (
	"bufio"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"shipper/checkpoint"
)

// formatVersion is that of the export.
const formatVersion = 1

// line is one line of an export; exactly one of its parts is there.
type line struct {
	Version   int       `json:"shipper_checkpoint,omitempty"`
	WrittenAt time.Time `json:"written_at,omitzero"`
	Host      string    `json:"host,omitempty"`
	Owner     *owner    `json:"owner,omitempty"` // with Version

	Route      *route      `json:"route,omitempty"`
	Generation *generation `json:"generation,omitempty"`
	Choice     *choice     `json:"choice,omitempty"`
	Note       *note       `json:"note,omitempty"`
	End        *end        `json:"end,omitempty"`
}

type owner struct {
	Agent   string `json:"agent"`
	Machine string `json:"machine"`
	Salt    string `json:"salt,omitempty"`
}

type route struct {
	ID          checkpoint.RouteID `json:"id"`
	Input       string             `json:"input"`
	Output      string             `json:"output"`
	Destination string             `json:"destination"`
	Cluster     string             `json:"cluster,omitempty"`
	Heir        checkpoint.RouteID `json:"heir,omitempty"`
}

type generation struct {
	ID           hexadecimal `json:"id"`
	Stream       string      `json:"stream,omitempty"`
	StreamBase64 string      `json:"stream_base64,omitempty"`
	Path         string      `json:"path,omitempty"`
	PathBase64   string      `json:"path_base64,omitempty"`
	Device       uint64      `json:"device,string"`
	Inode        uint64      `json:"inode,string"`
	Birth        int64       `json:"birth,string"`
	Truncations  uint32      `json:"truncations"`
	Order        uint64      `json:"order,string"`
	HeadLength   uint32      `json:"head_length"`
	HeadHash     hexadecimal `json:"head_hash"`
	LastSeen     int64       `json:"last_seen"`
	Offsets      []offset    `json:"offsets"`
}

type offset struct {
	Route       checkpoint.RouteID `json:"route"`
	Offset      int64              `json:"offset"`
	ProofLength uint8              `json:"proof_length"`
	ProofHash   hexadecimal        `json:"proof_hash"`
	Counted     *counted           `json:"counted,omitempty"`
}

// counted is a checkpoint.Tally.
type counted struct {
	Bytes     int64  `json:"bytes"`
	Records   int64  `json:"records"`
	First     int64  `json:"first"`
	Last      int64  `json:"last"`
	Checksum  uint32 `json:"checksum"`
	Partition int32  `json:"partition"`
	Flags     uint8  `json:"flags"`
}

type choice struct {
	Output       string `json:"output"`
	Stream       string `json:"stream,omitempty"`
	StreamBase64 string `json:"stream_base64,omitempty"`
	Topic        string `json:"topic"`
	ShardTopic   string `json:"shard_topic"`
	Partition    int32  `json:"partition"`
}

type note struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

type end struct {
	Routes      int `json:"routes"`
	Generations int `json:"generations"`
	Choices     int `json:"choices"`
	Notes       int `json:"notes,omitempty"`
}

// hexadecimal is 64 bits as 16 digits.
type hexadecimal uint64

func (h hexadecimal) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%016x", uint64(h)), nil }

func (h *hexadecimal) UnmarshalText(b []byte) error {
	n, err := strconv.ParseUint(string(b), 16, 64)
	if err != nil || len(b) != 16 {
		return fmt.Errorf("%q is not 16 hexadecimal digits", b)
	}
	*h = hexadecimal(n)
	return nil
}

// pack returns s for one of two keys: as it is, or in base64.
func pack(s string) (plain, base64ed string) {
	if utf8.ValidString(s) {
		return s, ""
	}
	return "", base64.StdEncoding.EncodeToString([]byte(s))
}

func unpack(plain, base64ed string) (string, error) {
	if base64ed == "" {
		return plain, nil
	}
	b, err := base64.StdEncoding.DecodeString(base64ed)
	return string(b), err
}

// Write exports a state. The same state always gives the same lines, but for the
// time in the first.
func Write(w io.Writer, s checkpoint.State, host string, at time.Time) error {
	out := bufio.NewWriter(w) // remembers the first error
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	put := func(l line) error { return e.Encode(&l) }
	first := line{Version: formatVersion, WrittenAt: at.UTC().Truncate(time.Second), Host: host}
	if s.Owner != (checkpoint.Owner{}) {
		first.Owner = (*owner)(&s.Owner)
	}
	if err := put(first); err != nil {
		return fmt.Errorf("write export: %w", err)
	}
	for _, id := range slices.Sorted(maps.Keys(s.Routes)) {
		r := s.Routes[id]
		if err := put(line{Route: &route{ID: id, Input: r.Input, Output: r.Output, Destination: r.Destination, Cluster: r.Cluster, Heir: r.Heir}}); err != nil {
			return fmt.Errorf("write export: %w", err)
		}
	}
	for _, g := range Generations(s) {
		if err := put(line{Generation: exported(g)}); err != nil {
			return fmt.Errorf("write export: %w", err)
		}
	}
	choices := slices.SortedFunc(maps.Keys(s.Choices), func(a, b checkpoint.Choice) int {
		return cmp.Or(cmp.Compare(a.Output, b.Output), cmp.Compare(a.Stream, b.Stream), cmp.Compare(a.Topic, b.Topic))
	})
	for _, c := range choices {
		x := choice{Output: c.Output, Topic: c.Topic, ShardTopic: s.Choices[c].Topic, Partition: s.Choices[c].Partition}
		x.Stream, x.StreamBase64 = pack(c.Stream)
		if err := put(line{Choice: &x}); err != nil {
			return fmt.Errorf("write export: %w", err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Notes)) {
		if err := put(line{Note: &note{Name: name, Text: s.Notes[name]}}); err != nil {
			return fmt.Errorf("write export: %w", err)
		}
	}
	err := put(line{End: &end{Routes: len(s.Routes), Generations: len(s.Generations), Choices: len(s.Choices), Notes: len(s.Notes)}})
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		return fmt.Errorf("write export: %w", err)
	}
	return nil
}

func exported(g *checkpoint.Generation) *generation {
	x := &generation{
		ID: hexadecimal(g.ID), Device: g.Device, Inode: g.Inode, Birth: g.Birth, Truncations: g.Truncations,
		Order: g.Order, HeadLength: g.HeadLength, HeadHash: hexadecimal(g.HeadHash), LastSeen: g.LastSeen,
		Offsets: []offset{},
	}
	x.Stream, x.StreamBase64 = pack(g.Stream)
	x.Path, x.PathBase64 = pack(g.Path)
	for _, id := range slices.Sorted(maps.Keys(g.Watermarks)) {
		w := g.Watermarks[id]
		o := offset{id, w.Offset, w.ProofLength, hexadecimal(w.ProofHash), nil}
		if w.Tally != (checkpoint.Tally{}) {
			o.Counted = (*counted)(&w.Tally)
		}
		x.Offsets = append(x.Offsets, o)
	}
	return x
}

// Generations lists the generations of a state by stream, in the order of
// shipping.
func Generations(s checkpoint.State) []*checkpoint.Generation {
	return slices.SortedFunc(maps.Values(s.Generations), func(a, b *checkpoint.Generation) int {
		return cmp.Or(cmp.Compare(a.Stream, b.Stream), cmp.Compare(a.Order, b.Order), cmp.Compare(a.ID, b.ID))
	})
}
