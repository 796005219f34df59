package status

import (
	"fmt"

	"github.com/dustin/go-humanize"
)

// failover prints what became of an output's lines while it took none.
func (p *printer) failover(f *Failover) {
	if len(f.Shards) == 0 && f.AsideObjects == 0 && f.DivertedObjects == 0 && f.LastError == "" {
		return
	}
	p.wrapped("  ", fmt.Sprintf("failover to %s: %s aside in %s objects; %s objects diverted, %s returned",
		Printable(f.To), Size(f.AsideBytes), humanize.Comma(int64(f.AsideObjects)), humanize.Comma(f.DivertedObjects), humanize.Comma(f.ReturnedObjects)))
	if f.LastError != "" {
		p.wrapped("    ", Printable(f.LastError))
	}
	const most = 10 // partitions of a topic tell the same story
	for i := range f.Shards[:min(most, len(f.Shards))] {
		s := &f.Shards[i]
		p.wrapped("    ", fmt.Sprintf("%s partition %d: %s%s: %s", Printable(s.Topic), s.Partition, s.State, p.since(" for %s", s.Since), Printable(s.Reason)))
	}
	if n := len(f.Shards) - most; n > 0 {
		p.wrapped("    ", fmt.Sprintf("and %d more", n))
	}
}
