package rule

import (
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"

	"shipper/agent/config/diag"
)

// NotEmpty refuses the empty text.
func NotEmpty(s string) string {
	if s == "" {
		return "is empty; leave the key out if it is optional"
	}
	return ""
}

// Absolute checks an absolute path.
func Absolute(s string) string {
	switch {
	case !filepath.IsAbs(s):
		return "must be an absolute path, one that starts with /"
	case strings.ContainsRune(s, 0):
		return "holds a zero byte"
	}
	return ""
}

// Glob checks an absolute glob of files.
func Glob(s string) string {
	if wrong := Absolute(s); wrong != "" {
		return wrong
	}
	switch {
	case !doublestar.ValidatePattern(s):
		return `is no glob: a bracket or brace is not closed, or a class is empty; put a \ before the characters * ? [ ] { } \ that stand for themselves`
	case strings.HasSuffix(s, "/"):
		return "names a directory; files in it are " + s + "*"
	case slices.ContainsFunc(strings.Split(s, "/"), func(name string) bool { return name == "." || name == ".." }):
		return "can't have . or .. as a directory"
	}
	return ""
}

// SpansNothing tells whether a glob has a ** that works as a single *.
func SpansNothing(glob string) bool {
	return slices.ContainsFunc(strings.Split(glob, "/"), func(name string) bool {
		return strings.Contains(name, "**") && name != "**"
	})
}

// Rotated checks a glob of what follows a live name.
func Rotated(s string) string {
	switch {
	case s == "":
		return "is empty"
	case strings.Contains(s, "/"):
		return "can't contain a /: rotated files are looked for beside the live one"
	case !doublestar.ValidatePattern(s):
		return "is no glob: a bracket or brace is not closed, or a class is empty"
	case doublestar.MatchUnvalidated(s, ""):
		return `matches every name; it is a glob of what follows the live name, such as ".old" or "~[0-9]*"`
	}
	return ""
}

// reservedHeaders are written by shipper itself.
var reservedHeaders = []string{"cut", "id", "late", "partial", "split", "stream"}

// Header checks a header's name.
func Header(s string) string {
	switch {
	case s == "":
		return "is empty"
	case slices.Contains(reservedHeaders, s):
		return "is a header that shipper writes itself, as are " + diag.List(reservedHeaders)
	}
	return ""
}

// StartAt checks where to begin in files.
func StartAt(s string) string {
	if s == "beginning" || s == "end" {
		return ""
	}
	if _, err := time.Parse(time.RFC3339, s); err != nil {
		return "is one of beginning and end, or a time such as 2026-01-02T15:04:05Z"
	}
	return ""
}

// Layout checks the layout of a time.
func Layout(s string) string {
	if s == "rfc3339" || s == "unix" || s == "unix_ms" {
		return ""
	}
	// Only what the layout can express survives the way there and back.
	at := time.Date(2033, 11, 22, 21, 34, 56, 0, time.UTC)
	text := at.Format(s)
	if text == s {
		return "is neither rfc3339, unix nor unix_ms, and shows no part of a time; a Go layout writes the time 2006-01-02 15:04:05"
	}
	if _, err := time.Parse(s, text); err != nil {
		return "is a layout that can't be read back: " + text
	}
	return ""
}

// URL checks the address of a service.
func URL(s string) string {
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return "is not a URL such as https://s3.example.com"
	}
	return ""
}

// Prefix checks what keys of objects begin with.
func Prefix(s string) string {
	for part := range strings.SplitSeq(strings.Trim(s, "/"), "/") {
		if part == "" || part == "." || part == ".." {
			return "has an empty part, . or .. between its slashes"
		}
	}
	return ""
}

// placeholders of ObjectKey.
var placeholders = []string{"topic", "host", "agent", "input", "date", "hour"}

// ObjectKey checks a template of keys of objects.
func ObjectKey(s string) string {
	if wrong := Prefix(s); wrong != "" {
		return wrong
	}
	for rest := s; ; {
		before, after, found := strings.Cut(rest, "{")
		if strings.Contains(before, "}") {
			return "has a } without a {"
		}
		if !found {
			return ""
		}
		name, behind, closed := strings.Cut(after, "}")
		if !closed || !slices.Contains(placeholders, name) {
			return "can hold {" + strings.Join(placeholders, "}, {") + "} in braces, and nothing else"
		}
		rest = behind
	}
}

// longestSocket is what a system's sockaddr_un holds, terminator excluded.
const longestSocket = 103

// Listen checks an address to serve: host:port, unix:/path, or "off".
func Listen(s string) string {
	if s == "off" {
		return ""
	}
	if path, ok := strings.CutPrefix(s, "unix:"); ok {
		if len(path) > longestSocket {
			return "is longer than a socket's name may be: " + strconv.Itoa(longestSocket) + " bytes"
		}
		if wrong := Absolute(path); wrong != "" {
			return "names a socket, whose path " + wrong + ": unix:/run/shipper/http.sock"
		}
		return ""
	}
	return checkPort(s, 0)
}

// OffHost tells whether other hosts reach a good address.
func OffHost(s string) bool {
	host, _, err := net.SplitHostPort(s)
	if s == "off" || strings.HasPrefix(s, "unix:") || err != nil {
		return false
	}
	addr, err := netip.ParseAddr(host)
	return host != "localhost" && (err != nil || !addr.Unmap().IsLoopback())
}

// Broker checks the address of a broker.
func Broker(s string) string {
	host, _, err := net.SplitHostPort(s)
	if err == nil && host == "" {
		return "lacks the host: host:port"
	}
	return checkPort(s, 1)
}

func checkPort(s string, least uint64) string {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return "is not host:port, such as localhost:9092"
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n < least {
		return "has no port between " + strconv.FormatUint(least, 10) + " and 65535"
	}
	return ""
}

var topicPattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,249}$`)

// Topic holds a topic's name against Kafka's rules.
func Topic(s string) string {
	if s == "." || s == ".." || !topicPattern.MatchString(s) {
		return "is no name that Kafka allows: 1 to 249 letters, digits, dots, _ and -"
	}
	return ""
}
