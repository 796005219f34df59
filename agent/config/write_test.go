package config

import (
	"strings"
	"testing"

	"shipper/agent/config/diag"
)

func TestWrite(t *testing.T) {
	const text = "agent {\n\tlanes = \"é\" # tab, wide letter\n  memory = \"\x1b[31m1MiB\"\n}\n\noutput \"kafka\" \"a\" {\n  brokers = [\"k:1\"]\n  tls { insecure_skip_verify = true }\n}\n"
	const want = "main.hcl:2:10: error: lanes must be a whole number, without quotes\n" +
		"  2 | \tlanes = \"é\" # tab, wide letter\n" +
		"    | \t        ^^^\n" +
		"  This is a text.\n" +
		"\n" +
		"main.hcl:3:12: error: bad memory: \"\uFFFD[31m1MiB\" is not a size\n" +
		"  3 |   memory = \"\uFFFD[31m1MiB\"\n" +
		"    |            ^^^^^^^^^^^\n" +
		"  Write a number and a unit: \"512KiB\", \"64MiB\", \"1GiB\" (1024 each), or KB, MB, GB (1000 each).\n" +
		"\n" +
		"main.hcl:8:32: warning: brokers' certificates are not verified\n" +
		"  8 |   tls { insecure_skip_verify = true }\n" +
		"    |                                ^^^^\n" +
		"  Anybody on the way can read and take the logs.\n"
	for range 20 { // the order must not depend on that of maps
		d := newDecoder()
		d.add(diag.NewSource("main.hcl", []byte(text)))
		_, found := d.config()
		var b strings.Builder
		if err := found.Write(&b); err != nil {
			t.Fatal(err)
		}
		if b.String() != want {
			t.Fatalf("got\n%s\nwant\n%s", b.String(), want)
		}
	}
}

// TestLongLine: of a line that fills the screen the part around the mark is shown.
func TestLongLine(t *testing.T) {
	d := newDecoder()
	d.add(diag.NewSource("main.hcl", []byte(`agent { id = "`+strings.Repeat("é", 5000)+`" + 1 }`)))
	_, found := d.config()
	for _, x := range found {
		if len(x.Source) > 320 || !strings.Contains(x.Marks, "^") {
			t.Errorf("%v: shows %d bytes, marks %q", x, len(x.Source), x.Marks)
		}
	}
	if !found.HasErrors() {
		t.Error("no error")
	}
}
