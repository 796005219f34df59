package recordbatch

// minKeep is kept of each buffer in any case.
const minKeep = 4 << 20

// What a record may take beside its line: lengths and the header id, and, in
// format JSON, names, host, path, captures and time. Headers and captures of
// the configuration's own that are longer than usual are not foreseen.
const (
	rawRoom  = 48
	jsonRoom = 192
)

// Memory is what an encoder holds once it has seen the largest ordinary batch,
// in bytes. Text that JSON must escape all over takes more.
func (o Options) Memory() int {
	n := o.plainBytes()
	switch o.Codec {
	case Snappy:
		n += o.packedBytes()
	case LZ4:
		n += o.packedBytes() + 256<<10 // the table
	case Zstd:
		n += o.packedBytes() + 7<<18 // tables and window, whatever the batch
	case None:
	}
	return n
}

// plainBytes is the largest buffer of records: a buffer that grows takes up to
// a quarter more than it needs.
func (o Options) plainBytes() int {
	n := o.BatchBytes + o.BatchRecords*rawRoom
	if o.Format == JSON {
		n = o.BatchBytes*4/3 + o.BatchRecords*jsonRoom // base64 if need be
	}
	return n + n/4
}

// packedBytes is the largest buffer of compressed records: room is made for
// those that do not compress.
func (o Options) packedBytes() int {
	n := o.plainBytes()
	if o.Codec == Snappy {
		n += n / 6
	}
	return n + 4<<10
}
