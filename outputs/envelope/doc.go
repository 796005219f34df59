// Package envelope makes the JSON object in which a record goes where an output's
// format is "json":
//
//	{"line":"…","host":"…","path":"…","captures":{"app":"…"},"time":"2026-01-02T15:04:05.678Z"}
//
// A line that is not valid UTF-8 goes, in base64, by the name of line_base64 in
// place of line. Invalid bytes of the other strings become U+FFFD.
package envelope
