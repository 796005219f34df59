package block

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"shipper/agent/config/diag"
	"shipper/agent/config/value"
)

// deepest is how far brackets may be nested: the parser recurses, and Go can't
// recover from a stack that is used up.
const deepest = 100

// Parse returns the trees of a file. One error makes the parser lose its way to
// the end of the file, so a file with an error is parsed again in parts to find
// the errors behind it; parts start where begin, at the start of an outermost
// block, matches.
func Parse(d *value.Decoder, s *diag.Source, begin *regexp.Regexp) []Tree {
	if at, ok := tooDeep(s); ok {
		d.ErrorAt(at, "nested too deep", fmt.Sprintf("More than %d brackets within each other, or operators on a line.", deepest))
		return []Tree{{Body: &hclsyntax.Body{}, Broken: true}}
	}
	file, diags := hclsyntax.ParseConfig(s.Text, s.Name, hcl.InitialPos)
	if !diags.HasErrors() {
		return []Tree{{Body: file.Body.(*hclsyntax.Body)}}
	}
	var trees []Tree
	from := 0
	for _, m := range append(begin.FindAllIndex(s.Text, -1), []int{len(s.Text)}) {
		to := m[0]
		start := hcl.Pos{Byte: from, Line: 1 + bytes.Count(s.Text[:from], []byte("\n")), Column: 1}
		file, diags := hclsyntax.ParseConfig(s.Text[from:to], s.Name, start)
		syntaxErrors(d, s, diags)
		trees = append(trees, Tree{file.Body.(*hclsyntax.Body), diags.HasErrors()})
		from = to
	}
	if !d.HasErrorsIn(s.Name) { // the cuts themselves made it right: a heredoc, say
		syntaxErrors(d, s, diags)
	}
	return trees
}

// syntaxErrors reports what the parser says of a part of a file: none behind a
// text whose end was not found, where all quotes are the wrong way round.
func syntaxErrors(d *value.Decoder, s *diag.Source, diags hcl.Diagnostics) {
	slices.SortStableFunc(diags, func(a, b *hcl.Diagnostic) int {
		return cmp.Compare(subject(s, a).Start.Byte, subject(s, b).Start.Byte)
	})
	for _, x := range diags {
		if x.Severity == hcl.DiagError {
			summary, detail := wording(x)
			d.Syntax(value.Place(subject(s, x)), summary, detail)
		}
		if x.Summary == "Invalid multi-line string" {
			return
		}
	}
}

func subject(s *diag.Source, x *hcl.Diagnostic) hcl.Range {
	if x.Subject != nil {
		return *x.Subject
	}
	return hcl.Range{Filename: s.Name, Start: hcl.InitialPos, End: hcl.InitialPos}
}

// tooDeep looks for brackets nested, or operators chained on a line, deeper than
// people do.
func tooDeep(s *diag.Source) (hcl.Range, bool) {
	tokens, _ := hclsyntax.LexConfig(s.Text, s.Name, hcl.InitialPos)
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
