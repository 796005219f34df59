// Package object is the format in which bytes of log files are kept in an object
// store: names, metadata and content. It knows no store.
//
// The types to know:
//
//   - [Name]: what a key says: generation, range and the hash of the bytes.
//   - [Meta]: what anybody needs to make records of the bytes again, anywhere.
//   - [Encoder] makes the content and the metadata of a segment, [Decode] brings
//     the segment back.
//
// An object holds the bytes [start, end) of one generation as they are in the
// file, compressed as a whole:
//
//	aws s3 cp s3://bucket/key - | zstdcat
//
// gives the file's own lines.
//
// # Key
//
//	<prefix>/<agent id>/<generation>/<start>-<end>-<hash>
//
// The generation is 16 hexadecimal digits, start and end are 20 decimal ones, so
// that keys sort by place, and hash is the first 16 hexadecimal digits of the
// SHA-256 of the bytes. So the same name is the same bytes: to store an object a
// second time changes nothing, and other bytes, be it by two hosts that have the
// same agent id, have other names. Objects of a generation may overlap: a crash
// between storing and remembering leaves that. Readers go by start, longest
// first, and skip what they have; see [Name.Compare].
//
// A key of an archive begins with what its template gives in place of agent id
// and generation; its last part is
//
//	<generation>-<start>-<end>-<hash><.zst, .gz or nothing>
//
// An empty object whose key is that of another with ".returned" behind says that
// the other one's bytes have arrived where they belonged.
//
// # Metadata, version 1
//
// User metadata (x-amz-meta-…) in the alphabet of headers: what is not a
// printable ASCII character, and the characters % , = themselves, stand as % and
// two hexadecimal digits.
//
//	shipper       format version: 1
//	codec         zstd, gzip or none: how the bytes are compressed
//	agent, host   id of the agent that stored the object, name of its host
//	input         label of the input
//	stream, path  name of the log; path under which the file was first read
//	topic         where its records go, if they go to a topic
//	generation    16 hexadecimal digits
//	file          device,inode,birth time (ns since 1970),truncations,order: what
//	              the file is recognised by, and its place in its stream
//	start, end    the range, in bytes of the generation
//	records       number of records in it
//	crc32c        of the bytes, 8 hexadecimal digits
//	sha256        of the bytes, 64 hexadecimal digits
//	time          when the bytes were read, ms since 1970
//	stamp         timestamp of the records that have none of their own, ms since
//	              1970; missing if that is `time`
//	late          1 if the generation's successor was begun before
//	key           the records' key; missing if they have none
//	headers       what else travels with the records: name=value,name=value
//	captures      what the input's `match` found: name=value,name=value
//	notes         length of the notes that follow the bytes; missing if there are none
//
// A store takes 2 KiB of metadata. What does not fit (long paths, many headers)
// stands in a note instead. Readers ignore names they do not know.
//
// # Content, version 1
//
// With codec zstd: one zstd frame with the bytes; then notes, each in a skippable
// frame, which every zstd decoder passes over:
//
//	0  4  magic of a skippable frame, 0x184D2A5B, little endian
//	4  4  length of the rest
//	8  4  "shpr"
//	12 1  kind: 'M' or 'R'
//	13 …  a zstd frame with the note
//
// With codec gzip: one member with the bytes. With codec none: the bytes. An
// object that needs notes has the codec zstd, whatever was asked for.
//
// Note M holds lines "name: value" of metadata that did not fit. Note R is there
// if the records are not simply the lines (joined, cut, filtered, unterminated
// ones). It holds for each record:
//
//	varint   bytes from the end of the record before (at first from start) to the
//	         record's value; less than 0 where records lie one in another
//	uvarint  length of the value in the file
//	byte     bits 0 to 2: piece (0 whole line, 1 first, 2 middle, 3 last,
//	         4 without newline); bits 3 and 4: source (0 unknown, 1 stdout,
//	         2 stderr); bit 5: cut because nothing more came in time; bit 6: a
//	         time follows; bit 7: a value follows
//	varint   time, ms since 1970, if bit 6 is set
//	uvarint  length of the value, and its bytes, if bit 7 is set: a joined value,
//	         which is not one run of the file
//
// A record's id is the generation and start plus the place of its value. Whatever
// is added later in a way that older readers must not pass over has another
// format version: [ErrNewer].
package object
