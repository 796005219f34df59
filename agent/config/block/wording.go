package block

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// wordings replace what the parser says of the commonest mistakes: its words
// are those of the language's specification.
var wordings = map[string]struct{ summary, detail string }{
	"Argument or block definition required": {
		"neither a key nor a block", "Write NAME = VALUE for a key, NAME { ... } for a block."},
	"Attribute redefined": {"the same key again", ""},
	"Invalid escape sequence": {
		"unknown escape sequence", `For a backslash write two: "\\d" is \d to a regular expression.`},
	"Invalid multi-line string": {
		"text without an end", `The closing quote is missing. A quote within a text is written \".`},
	"Invalid single-argument block definition": {
		"more than one key on the line", "Only a block with a single key fits on a line. Write each key on a line of its own."},
	"Missing item separator": {
		"list without an end", `Items are separated by commas, and after the last one the list is closed by "]".`},
	"Missing newline after argument": {
		"the value should end here", `Each key is written on a line of its own, and a value with a unit in quotes: "128MiB", "5s".`},
	"Unclosed configuration block": {
		"block without an end", "Its closing brace is missing."},
}

// wording is what to say of a syntax error.
func wording(x *hcl.Diagnostic) (summary, detail string) {
	if w, ok := wordings[x.Summary]; ok {
		if w.detail == "" {
			w.detail = x.Detail
		}
		return w.summary, w.detail
	}
	return strings.ToLower(x.Summary[:1]) + x.Summary[1:], x.Detail
}
