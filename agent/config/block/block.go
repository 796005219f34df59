package block

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Tree is a parsed file, or a part of one.
type Tree struct {
	*hclsyntax.Body
	// Broken says that the text has a syntax error, so that what is missing
	// in the tree may be there in the text.
	Broken bool
}

// Block is a block of a tree.
type Block struct {
	*hclsyntax.Block
	Broken bool // as in Tree
}

// Blocks are the outermost blocks.
func (t Tree) Blocks() []Block { return blocks(t.Body, t.Broken) }

// Inner are the blocks within.
func (b Block) Inner() []Block { return blocks(b.Body, b.Broken) }

func blocks(body *hclsyntax.Body, broken bool) []Block {
	all := make([]Block, len(body.Blocks))
	for i, b := range body.Blocks {
		all[i] = Block{b, broken}
	}
	return all
}

// Has tells whether a key is written.
func (b Block) Has(key string) bool {
	_, ok := b.Body.Attributes[key]
	return ok
}

// Lacks tells whether a key is surely not written.
func (b Block) Lacks(key string) bool { return !b.Has(key) && !b.Broken }

// At is where a key's value is written, or the head of the block.
func (b Block) At(key string) hcl.Range {
	if a, ok := b.Body.Attributes[key]; ok {
		return a.Expr.Range()
	}
	return b.DefRange()
}

// Key is where a key's value is written in an inner block of that name, or the
// head of the block.
func (b Block) Key(inner, key string) hcl.Range {
	for _, i := range b.Inner() {
		if i.Type == inner {
			return i.At(key)
		}
	}
	return b.DefRange()
}
