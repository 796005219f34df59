package logrotate

import (
	"slices"
	"strconv"
	"strings"
)

// parse reads the lines of one file. Outside of blocks a line is a setting for
// all blocks that follow, or the names before a brace, which may take several
// lines; a name begins with / or a quotation mark.
func (l *loader) parse(path string, lines [][]byte, depth int) {
	var names []string
	var block *Rule
	script := false
	for i := range lines {
		words := split(string(lines[i]))
		if script {
			script = len(words) == 0 || words[0] != "endscript"
			continue
		}
		for len(words) > 0 {
			switch w := words[0]; {
			case w == "{":
				block = &Rule{File: path, Line: i + 1, Patterns: names, Settings: l.global}
				names, words = nil, words[1:]
			case w == "}":
				if block != nil {
					l.config.Rules = append(l.config.Rules, block)
				}
				block, words = nil, words[1:]
			case block == nil && isName(w):
				names, words = append(names, w), words[1:]
			case isScript(w):
				script, words = true, nil
			case block == nil && w == "include" && len(words) > 1:
				l.include(words[1], path, depth+1)
				words = nil
			case block == nil && w == "tabooext" && len(words) > 1:
				l.setTaboo(words[1:])
				words = nil
			default:
				s := &l.global
				if block != nil {
					s = &block.Settings
				}
				words = s.set(words)
			}
		}
	}
	if block != nil {
		l.problem("%s: the block of line %d has no end", path, block.Line)
	}
}

func isName(w string) bool { return strings.HasPrefix(w, "/") || strings.HasPrefix(w, "~") }

func isScript(w string) bool {
	return slices.Contains([]string{"prerotate", "postrotate", "firstaction", "lastaction", "preremove"}, w)
}

// split cuts a line into words: braces are words of their own, quotation marks
// keep spaces together, = between words is a space, # begins a comment.
func split(line string) []string {
	var words []string
	var word strings.Builder
	quote, inWord := rune(0), false
	end := func() {
		if inWord {
			words = append(words, word.String())
			word.Reset()
		}
		inWord = false
	}
	runes := []rune(line)
	for i := 0; i < len(runes); i++ {
		c := runes[i]
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case c == '\\' && i+1 < len(runes):
			i++
			word.WriteRune(runes[i])
			inWord = true
		case quote != 0:
			word.WriteRune(c)
		case (c == '"' || c == '\'') && !inWord:
			quote, inWord = c, true
		case c == '#' && !inWord:
			return words
		case c == ' ' || c == '\t' || c == '\r' || (c == '=' && !inWord):
			end()
		case c == '{' && !inWord, c == '}' && !inWord, c == '{' && lastOfLine(runes[i+1:]):
			end()
			words = append(words, string(c))
		default:
			word.WriteRune(c)
			inWord = true
		}
	}
	end()
	return words
}

// lastOfLine tells a brace that opens a block and has no space before it from
// one of a pattern, such as /var/log/{a,b}.log.
func lastOfLine(rest []rune) bool {
	text := strings.TrimSpace(string(rest))
	return text == "" || strings.HasPrefix(text, "#")
}

// set takes one setting from the front of words and returns the rest of them. A
// setting takes the rest of its line, but for those without a value, which may be
// followed by the brace that ends the block.
func (s *Settings) set(words []string) []string {
	value, rest := "", words[1:]
	if len(rest) > 0 && rest[0] != "}" {
		value = rest[0]
	}
	after := rest[min(len(rest), 1):]
	switch w := words[0]; w {
	case "copytruncate", "nocopytruncate":
		s.CopyTruncate = w == "copytruncate"
	case "compress", "nocompress":
		s.Compress = w == "compress"
	case "delaycompress", "nodelaycompress":
		s.DelayCompress = w == "delaycompress"
	case "shred", "noshred":
		s.Shred = w == "shred"
	case "dateext", "nodateext":
		s.DateExt = w == "dateext"
	case "noolddir":
		s.OldDir = ""
	case "hourly", "daily", "weekly", "monthly", "yearly":
		s.Every, s.Size = w, 0
		return fromBrace(rest) // weekly may be followed by a day
	case "rotate":
		s.Rotate = number(value, s.Rotate)
		return after
	case "start":
		s.Start = number(value, s.Start)
		return after
	case "size":
		s.Size, s.Every = bytesOf(value), ""
		return after
	case "maxsize":
		s.MaxSize = bytesOf(value)
		return after
	case "olddir":
		s.OldDir = value
		return after
	case "dateformat":
		s.DateFormat = value
		return after
	case "extension":
		s.Extension = value
		return after
	case "compressext":
		s.CompressExt = value
		return after
	default:
		return fromBrace(rest) // of no interest here, with all its values
	}
	return rest
}

// fromBrace skips words up to a brace that ends the block.
func fromBrace(words []string) []string {
	if i := slices.Index(words, "}"); i >= 0 {
		return words[i:]
	}
	return nil
}

func number(s string, old int) int {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	return old
}

// bytesOf reads a size such as 100k, 5M or 1G; 0 if it is none.
func bytesOf(s string) int64 {
	unit := int64(1)
	for suffix, u := range map[string]int64{"k": 1 << 10, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30} {
		if rest, ok := strings.CutSuffix(s, suffix); ok {
			s, unit = rest, u
			break
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || n > 1<<60/unit {
		return 0
	}
	return n * unit
}

// setTaboo takes the values of tabooext: with + in front they are added.
func (l *loader) setTaboo(words []string) {
	if words[0] == "+" {
		words = words[1:]
		l.taboo = slices.Clone(l.taboo)
	} else {
		l.taboo = nil
	}
	for _, w := range words {
		for t := range strings.SplitSeq(w, ",") {
			if t != "" {
				l.taboo = append(l.taboo, t)
			}
		}
	}
}
