package logfile

import (
	"regexp"
	"strings"
	"testing"

	"shipper/inputs"
)

// A batch holds no more records than its buffer allows, and what is left is not
// forgotten.
func TestRecordsOfABatchAreBounded(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"plain":    nil,
		"filtered": func(c *Config) { c.Exclude = []*regexp.Regexp{regexp.MustCompile("^never$")} },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, change)
			r.write("app.log", strings.Repeat("x\n", 100))
			r.in.scan()
			var c *Cursor
			for c = range r.woken {
			}
			buf := inputs.NewBuffer(64 << 10)
			buf.MaxRecords = 30
			got := 0
			for turn := range 4 {
				buf.Reset()
				seg, more, err := c.Read(t.Context(), buf, 64<<10)
				if err != nil {
					t.Fatal(err)
				}
				if want := min(30, 100-got); seg.Len() != want || more != (turn < 3) {
					t.Fatalf("turn %d: %d records, more %v; want %d", turn, seg.Len(), more, want)
				}
				if turn < 3 {
					if again, more, _ := c.Read(t.Context(), buf, 64<<10); again.Start != again.End || !more {
						t.Fatalf("a full buffer took %d bytes more", again.End-again.Start)
					}
					buf.Reset()
					if seg, _, err = c.Read(t.Context(), buf, 64<<10); err != nil {
						t.Fatal(err)
					}
				}
				got += seg.Len()
				c.Commit(&seg)
			}
		})
	}
}
