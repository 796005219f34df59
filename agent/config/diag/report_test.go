package diag

import (
	"strings"
	"testing"
)

func TestReport(t *testing.T) {
	const text = "a = 1\npassword = \"hunter2\"\nb = 2\n"
	at := func(line, start, end int) Range {
		return Range{Position{"b.hcl", line, 1}, start, end}
	}
	var r Report
	r.Add(NewSource("b.hcl", []byte(text)))
	r.Unreadable("a.hcl", "can't read", "")
	r.At(Warning, at(3, 27, 28), "third", "")
	r.Syntax(at(2, 17, 26), "second: hunter2", "hunter2")
	r.At(Error, at(2, 6, 14), "nonsense that follows from it", "")
	r.At(Error, at(1, 0, 1), "first", "")
	var got strings.Builder
	if err := r.Diagnostics().Write(&got); err != nil {
		t.Fatal(err)
	}
	const want = "b.hcl:1:1: error: first\n" +
		"  1 | a = 1\n" +
		"    | ^\n" +
		"\n" +
		"b.hcl:2:1: error: second: ***\n" +
		"  2 | password = ***\n" +
		"    |            ^^^\n" +
		"  ***\n" +
		"\n" +
		"b.hcl:3:1: warning: third\n" +
		"  3 | b = 2\n" +
		"    | ^\n" +
		"\n" +
		"a.hcl: error: can't read\n"
	if got.String() != want {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
}
