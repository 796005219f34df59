package checkpoint

import (
	"encoding/binary"
	"errors"
	"strings"
)

// The kinds of records in a frame of changes.
const (
	recordForget = iota + 1
	recordDropRoute
	recordRoute
	recordIdentity
	recordOffset
	recordForgetChoice
	recordChoice
	recordOwner
	recordNote
)

func appendUint32(b []byte, v uint32) []byte { return binary.LittleEndian.AppendUint32(b, v) }
func appendUint64(b []byte, v uint64) []byte { return binary.LittleEndian.AppendUint64(b, v) }

func appendString(b []byte, s string) []byte {
	return append(appendUint32(b, uint32(len(s))), s...)
}

func beginRecord(b []byte, kind byte, length int) []byte {
	return appendUint32(append(b, kind), uint32(length))
}

func appendForget(b []byte, id uint64) []byte {
	return appendUint64(beginRecord(b, recordForget, 8), id)
}

func appendDropRoute(b []byte, id RouteID) []byte {
	return appendUint32(beginRecord(b, recordDropRoute, 4), uint32(id))
}

func appendRoute(b []byte, r *Route) []byte {
	b = beginRecord(b, recordRoute, 4+4+len(r.Input)+4+len(r.Output)+4+len(r.Destination)+4+len(r.Cluster)+4)
	b = appendUint32(b, uint32(r.ID))
	b = appendString(b, r.Input)
	b = appendString(b, r.Output)
	b = appendString(b, r.Destination)
	b = appendString(b, r.Cluster)
	return appendUint32(b, uint32(r.Heir))
}

func appendIdentity(b []byte, id *Identity) []byte {
	b = beginRecord(b, recordIdentity, 64+4+len(id.Stream)+4+len(id.Path))
	b = appendUint64(b, id.ID)
	b = appendUint64(b, id.Device)
	b = appendUint64(b, id.Inode)
	b = appendUint64(b, uint64(id.Birth))
	b = appendUint64(b, id.Order)
	b = appendUint64(b, id.HeadHash)
	b = appendUint64(b, uint64(id.LastSeen))
	b = appendUint32(b, id.Truncations)
	b = appendUint32(b, id.HeadLength)
	b = appendString(b, id.Stream)
	return appendString(b, id.Path)
}

func appendOffset(b []byte, o *Offset) []byte {
	length := 29
	if o.Tally != (Tally{}) {
		length += 41
	}
	b = beginRecord(b, recordOffset, length)
	b = appendUint64(b, o.Generation)
	b = appendUint32(b, uint32(o.Route))
	b = appendUint64(b, uint64(o.Offset))
	b = append(b, o.ProofLength)
	b = appendUint64(b, o.ProofHash)
	t := &o.Tally
	if *t == (Tally{}) {
		return b
	}
	for _, v := range [...]int64{t.Bytes, t.Records, t.First, t.Last} {
		b = appendUint64(b, uint64(v))
	}
	b = appendUint32(appendUint32(b, t.Checksum), uint32(t.Partition))
	return append(b, t.Flags)
}

func choiceSize(c Choice) int { return 4 + len(c.Output) + 4 + len(c.Stream) + 4 + len(c.Topic) }

func appendChoiceKey(b []byte, c Choice) []byte {
	return appendString(appendString(appendString(b, c.Output), c.Stream), c.Topic)
}

func appendForgetChoice(b []byte, c Choice) []byte {
	return appendChoiceKey(beginRecord(b, recordForgetChoice, choiceSize(c)), c)
}

func appendChoice(b []byte, c Choice, s Shard) []byte {
	b = appendChoiceKey(beginRecord(b, recordChoice, choiceSize(c)+4+len(s.Topic)+4), c)
	return appendUint32(appendString(b, s.Topic), uint32(s.Partition))
}

func appendNote(b []byte, name, text string) []byte {
	b = beginRecord(b, recordNote, 4+len(name)+4+len(text))
	return appendString(appendString(b, name), text)
}

func appendOwner(b []byte, o *Owner) []byte {
	b = beginRecord(b, recordOwner, 4+len(o.Agent)+4+len(o.Machine)+4+len(o.Salt))
	return appendString(appendString(appendString(b, o.Agent), o.Machine), o.Salt)
}

// errRecord: returned for a frame whose CRC is right and whose content is not.
var errRecord = errors.New("malformed record")

// decodeChanges reads the payload of a frame of changes; nothing of it refers
// to the payload afterwards. Unknown records are counted, and bytes behind the
// last known field of a record are skipped: that is how newer versions add to
// the format.
func decodeChanges(payload []byte) (c *Changes, unknown int, err error) {
	c = &Changes{}
	for len(payload) > 0 {
		if len(payload) < 5 {
			return nil, 0, errRecord
		}
		length := int64(binary.LittleEndian.Uint32(payload[1:]))
		if length > int64(len(payload))-5 {
			return nil, 0, errRecord
		}
		f := fields{b: payload[5 : 5+length]}
		kind := payload[0]
		payload = payload[5+length:]
		switch kind {
		case recordForget:
			c.Forget = append(c.Forget, f.uint64())
		case recordDropRoute:
			c.DropRoutes = append(c.DropRoutes, RouteID(f.uint32()))
		case recordRoute:
			c.Routes = append(c.Routes, f.route())
		case recordIdentity:
			c.Identities = append(c.Identities, f.identity())
		case recordOffset:
			c.Offsets = append(c.Offsets, f.offset())
		case recordForgetChoice:
			c.ForgetChoices = append(c.ForgetChoices, f.choice())
		case recordChoice:
			if c.Choices == nil {
				c.Choices = make(map[Choice]Shard)
			}
			choice := f.choice()
			c.Choices[choice] = Shard{f.string(), int32(f.uint32())}
		case recordOwner:
			c.Owner = &Owner{f.string(), f.string(), f.string()}
		case recordNote:
			if c.Notes == nil {
				c.Notes = make(map[string]string)
			}
			name := f.string()
			c.Notes[name] = f.string()
		default:
			unknown++
		}
		if f.short {
			return nil, 0, errRecord
		}
	}
	return c, unknown, nil
}

// fields takes the fields of one record from the front of b.
type fields struct {
	b     []byte
	short bool // a field was missing
}

func (f *fields) take(n int64) []byte {
	if f.short || n > int64(len(f.b)) {
		f.short = true
		return nil
	}
	v := f.b[:n]
	f.b = f.b[n:]
	return v
}

func (f *fields) uint8() uint8 {
	if v := f.take(1); v != nil {
		return v[0]
	}
	return 0
}

func (f *fields) uint32() uint32 {
	if v := f.take(4); v != nil {
		return binary.LittleEndian.Uint32(v)
	}
	return 0
}

func (f *fields) uint64() uint64 {
	if v := f.take(8); v != nil {
		return binary.LittleEndian.Uint64(v)
	}
	return 0
}

func (f *fields) string() string { return string(f.take(int64(f.uint32()))) }

func (f *fields) route() Route {
	r := Route{ID: RouteID(f.uint32()), Input: f.string(), Output: f.string(), Destination: f.string()}
	if len(f.b) > 0 { // the first builds did not know it
		r.Cluster = f.string()
	}
	if len(f.b) > 0 { // likewise
		r.Heir = RouteID(f.uint32())
	}
	return r
}

func (f *fields) choice() Choice { return Choice{f.string(), f.string(), f.string()} }

func (f *fields) offset() Offset {
	o := Offset{Generation: f.uint64(), Route: RouteID(f.uint32())}
	o.Watermark = Watermark{Offset: int64(f.uint64()), ProofLength: f.uint8(), ProofHash: f.uint64()}
	if len(f.b) > 0 { // else it was counted by nobody
		o.Tally = Tally{
			Bytes: int64(f.uint64()), Records: int64(f.uint64()), First: int64(f.uint64()), Last: int64(f.uint64()),
			Checksum: f.uint32(), Partition: int32(f.uint32()), Flags: f.uint8(),
		}
	}
	f.short = f.short || o.Offset < 0
	return o
}

func (f *fields) identity() Identity {
	id := Identity{
		ID: f.uint64(), Device: f.uint64(), Inode: f.uint64(), Birth: int64(f.uint64()),
		Order: f.uint64(), HeadHash: f.uint64(), LastSeen: int64(f.uint64()),
		Truncations: f.uint32(), HeadLength: f.uint32(),
	}
	id.Stream, id.Path = f.string(), f.string()
	// A stream is mostly named like its file: share the memory.
	if strings.HasPrefix(id.Path, id.Stream) {
		id.Stream = id.Path[:len(id.Stream)]
	}
	return id
}
