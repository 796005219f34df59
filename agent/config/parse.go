package config

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// tree is a parsed file, or a part of one.
type tree struct {
	body *hclsyntax.Body
	// broken says that the text has a syntax error, so that what is missing
	// in the tree may be there in the text.
	broken bool
}

// topLevel is where a block of the outermost level starts, if people indent as
// they do.
var topLevel = regexp.MustCompile(`(?m)^(?:agent|input|output)\b`)

// deepest is how far brackets may be nested: the parser recurses, and Go can't
// recover from a stack that is used up.
const deepest = 100

// parse returns the trees of a file. One error makes the parser lose its way to
// the end of the file, so a file with an error is parsed again block by block
// to find the errors behind it.
func (d *decoder) parse(s *source) []tree {
	start := hcl.Pos{Byte: 0, Line: 1, Column: 1}
	if at, ok := tooDeep(s, start); ok {
		d.errorAt(at, "nested too deep", fmt.Sprintf("More than %d brackets within each other, or operators on a line.", deepest))
		return []tree{{body: &hclsyntax.Body{}, broken: true}}
	}
	file, diags := hclsyntax.ParseConfig(s.text, s.name, start)
	if !diags.HasErrors() {
		return []tree{{body: file.Body.(*hclsyntax.Body)}}
	}
	var trees []tree
	cuts := []int{0}
	for _, m := range topLevel.FindAllIndex(s.text, -1) {
		if m[0] > 0 {
			cuts = append(cuts, m[0])
		}
	}
	for i, from := range cuts {
		to := len(s.text)
		if i+1 < len(cuts) {
			to = cuts[i+1]
		}
		start.Byte, start.Line = from, 1+bytes.Count(s.text[:from], []byte("\n"))
		file, diags := hclsyntax.ParseConfig(s.text[from:to], s.name, start)
		d.syntaxErrors(s, diags)
		trees = append(trees, tree{file.Body.(*hclsyntax.Body), diags.HasErrors()})
	}
	if !d.hasErrorIn(s) { // the cuts themselves made it right: a heredoc, say
		d.syntaxErrors(s, diags)
	}
	return trees
}

// syntaxErrors reports what the parser says of a part of a file: one error a
// line, and none behind a text whose end was not found, where all quotes are
// the wrong way round.
func (d *decoder) syntaxErrors(s *source, diags hcl.Diagnostics) {
	slices.SortStableFunc(diags, func(a, b *hcl.Diagnostic) int {
		return cmp.Compare(subject(s, a).Start.Byte, subject(s, b).Start.Byte)
	})
	for _, x := range diags {
		r := subject(s, x)
		line := Position{File: s.name, Line: r.Start.Line}
		if x.Severity == hcl.DiagError && !d.misread[line] {
			summary, detail := x.Summary, x.Detail
			if summary == "Unclosed configuration block" {
				detail = "Its closing brace is missing."
			}
			d.errorAt(r, strings.ToLower(summary[:1])+summary[1:], detail)
			d.misread[line] = true
		}
		if x.Summary == "Invalid multi-line string" {
			return
		}
	}
}

func subject(s *source, x *hcl.Diagnostic) hcl.Range {
	if x.Subject != nil {
		return *x.Subject
	}
	return hcl.Range{Filename: s.name, Start: hcl.InitialPos, End: hcl.InitialPos}
}

func (d *decoder) hasErrorIn(s *source) bool {
	for _, x := range d.found {
		if x.File == s.name && x.Severity == Error {
			return true
		}
	}
	return false
}

// tooDeep looks for brackets nested, or operators chained on a line, deeper than
// people do.
func tooDeep(s *source, start hcl.Pos) (hcl.Range, bool) {
	tokens, _ := hclsyntax.LexConfig(s.text, s.name, start)
	depth, chained := 0, 0
	for _, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen,
			hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			depth++
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen,
			hclsyntax.TokenTemplateSeqEnd:
			depth--
		case hclsyntax.TokenMinus, hclsyntax.TokenPlus, hclsyntax.TokenStar, hclsyntax.TokenSlash,
			hclsyntax.TokenPercent, hclsyntax.TokenBang, hclsyntax.TokenQuestion, hclsyntax.TokenAnd,
			hclsyntax.TokenOr, hclsyntax.TokenEqualOp, hclsyntax.TokenNotEqual,
			hclsyntax.TokenLessThan, hclsyntax.TokenGreaterThan:
			chained++
		case hclsyntax.TokenNewline:
			chained = 0
		}
		if depth > deepest || chained > deepest {
			return t.Range, true
		}
	}
	return hcl.Range{}, false
}
