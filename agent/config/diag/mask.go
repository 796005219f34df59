package diag

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// Secrets are masked by looking at the text and not at the syntax tree, because
// the text that must not leak is often that of a file that does not parse.
// Masking too much only makes a message harder to read.
var (
	// What holds a password or is meant to, misspellings included.
	secretKey = regexp.MustCompile(`(?i)[\w-]*(?:pas+w|pas+[_-]?phrase|psw|paw?s+w|pwd|secret|token|credential)[\w-]*"?[ \t]*(?:[=:]|[ \t]")`)
	// The key of a certificate; a path in its place is no secret.
	privateKey = regexp.MustCompile(`(?i)(?:^|[\s{,;"])(?:[\w-]*_)?key"?[ \t]*=`)
	// Whose key it is: a message's key in an input block is no secret.
	keyOwner = regexp.MustCompile(`(?im)^[ \t]*(?:(input)|output)[ \t]+[^=\s]|\btls[ \t=]*\{`)
	pemKey   = regexp.MustCompile(`(?s)-----BEGIN [A-Z0-9 ]*KEY-----.*?(?:-----END [A-Z0-9 ]*KEY-----|\z)`)
	readCall = regexp.MustCompile(`^[ \t]*(?:env|file)\(`)
	pathText = regexp.MustCompile(`^[ \t]*"(?:\.{0,2}/[^"\n]{0,255}|[^"\n]{1,64}\.(?:pem|key|crt))"`)
	heredoc  = regexp.MustCompile(`^[ \t]*<<-?([\w-]+)[ \t]*\r?\n`)
)

// secretSpans finds what must not be shown of a configuration's text.
func secretSpans(text []byte) []span {
	var found []span
	for _, m := range secretKey.FindAllIndex(text, -1) {
		if !within(found, m[1]) && !readCall.Match(text[m[1]:]) {
			found = append(found, valueSpan(text, m[1]))
		}
	}
	owners := keyOwner.FindAllSubmatchIndex(text, -1)
	inInput := false
	for _, m := range privateKey.FindAllIndex(text, -1) {
		for len(owners) > 0 && owners[0][0] < m[0] {
			inInput = owners[0][2] >= 0
			owners = owners[1:]
		}
		rest := text[m[1]:]
		if !within(found, m[1]) && !inInput && !readCall.Match(rest) && !pathText.Match(rest) {
			found = append(found, valueSpan(text, m[1]))
		}
	}
	for _, m := range pemKey.FindAllIndex(text, -1) {
		found = append(found, span{m[0], m[1]})
	}
	return merge(found)
}

// within tells whether the span found last reaches beyond at.
func within(found []span, at int) bool {
	return len(found) > 0 && at < found[len(found)-1].end && at >= found[len(found)-1].start
}

// valueSpan is the value that starts after a key's "=": the rest of the line,
// and further lines for heredocs and within brackets.
func valueSpan(text []byte, start int) span {
	start += len(text[start:]) - len(bytes.TrimLeft(text[start:], " \t\r\n"))
	if m := heredoc.FindSubmatch(text[start:]); m != nil {
		for at := start + len(m[0]); at < len(text); {
			line, rest, _ := bytes.Cut(text[at:], []byte("\n"))
			at = len(text) - len(rest)
			if strings.TrimSpace(string(line)) == string(m[1]) {
				return span{start, at}
			}
		}
		return span{start, len(text)}
	}
	depth, inQuotes := 0, false
	at := start
	for ; at < len(text); at++ {
		c := text[at]
		switch {
		case c == '\n':
			inQuotes = false
			if depth <= 0 {
				return span{start, at}
			}
		case c == '\\' && inQuotes && at+1 < len(text) && text[at+1] != '\n':
			at++
		case c == '"':
			inQuotes = !inQuotes
		case inQuotes:
		case c == '(' || c == '[' || c == '{':
			depth++
		case c == ')' || c == ']' || c == '}':
			depth--
		}
	}
	return span{start, min(at, len(text))}
}

// merge sorts spans and joins those that overlap.
func merge(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int { return a.start - b.start })
	var merged []span
	for _, s := range spans {
		if n := len(merged); n > 0 && s.start < merged[n-1].end {
			merged[n-1].end = max(merged[n-1].end, s.end)
		} else if s.start < s.end {
			merged = append(merged, s)
		}
	}
	return merged
}
