package envelope

import (
	"bytes"
	"encoding/json"
	"testing"
)

// FuzzEscape compares the escaping of any text with what a JSON parser reads.
func FuzzEscape(f *testing.F) {
	f.Add([]byte("12345678\"12345678\n\x01"))
	f.Add([]byte("é\x1f é\" \\"))
	f.Fuzz(func(t *testing.T, text []byte) {
		valid := bytes.ToValidUTF8(text, []byte("?"))
		var got string
		quoted := append(appendEscaped([]byte{'"'}, valid), '"')
		if err := json.Unmarshal(quoted, &got); err != nil || got != string(valid) {
			t.Errorf("%q became %s (%v)", valid, quoted, err)
		}
	})
}
