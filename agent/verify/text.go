package verify

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"

	"github.com/dustin/go-humanize"
)

func hex(id uint64) string { return fmt.Sprintf("%016x", id) }

// lineOf takes the line out of an object of package envelope.
func lineOf(value []byte) ([]byte, error) {
	var v struct {
		Line   *string `json:"line"`
		Base64 *string `json:"line_base64"`
	}
	if err := json.Unmarshal(value, &v); err != nil {
		return nil, err
	}
	switch {
	case v.Line != nil:
		return []byte(*v.Line), nil
	case v.Base64 != nil:
		return base64.StdEncoding.DecodeString(*v.Base64)
	}
	return nil, fmt.Errorf("no line in %.40q", value)
}

// mostShown is how many ranges of a kind are printed for a file, without all.
const mostShown = 20

// Write prints the report for people. printable makes a path fit for a terminal.
func (r *Report) Write(w io.Writer, all bool, printable func(string) string) error {
	for i := range r.Files {
		f := &r.Files[i]
		verdict := "complete"
		if !f.OK() {
			verdict = "NOT AS IT SHOULD BE"
		}
		if _, err := fmt.Fprintf(w, "%s, generation %s, up to byte %s: %s\n", printable(f.Path), f.Generation, humanize.Comma(f.End), verdict); err != nil {
			return err
		}
		fmt.Fprintf(w, "  delivered once    %s\n", records(f.Once))
		for _, kind := range []struct {
			what   string
			ranges Ranges
		}{
			{"delivered twice", f.Twice}, {"missing", f.Missing}, {"quarantined", f.Quarantined}, {"aside", f.Aside},
			{"different", f.Different}, {"out of order", f.Disordered}, {"extra", f.Extra},
		} {
			writeRanges(w, kind.what, kind.ranges, all)
		}
		if f.Unfinished > 0 {
			fmt.Fprintf(w, "  unfinished        a last line of %s bytes without newline\n", humanize.Comma(f.Unfinished))
		}
		if f.Newer > 0 {
			fmt.Fprintf(w, "  newer             %s, written since\n", records(f.Newer))
		}
	}
	for _, c := range r.Conflicts {
		fmt.Fprintf(w, "CONFLICT: %s\n", printable(c))
	}
	_, err := fmt.Fprintf(w, "read %s; %s of %s other generations, %s without id\n", records(r.Records),
		humanize.Comma(r.Others), humanize.Comma(int64(r.OtherGenerations)), humanize.Comma(r.Nameless))
	return err
}

func records(n int64) string {
	if n == 1 {
		return "1 record"
	}
	return humanize.Comma(n) + " records"
}

func writeRanges(w io.Writer, what string, rs Ranges, all bool) {
	if len(rs) == 0 {
		return
	}
	fmt.Fprintf(w, "  %-17s %s\n", what, records(rs.records()))
	for i, r := range rs {
		if i == mostShown && !all {
			fmt.Fprintf(w, "    and %s ranges more (--all shows them)\n", humanize.Comma(int64(len(rs)-i)))
			return
		}
		fmt.Fprintf(w, "    bytes %d to %d, %s\n", r.Start, r.End, records(r.Records))
	}
}
